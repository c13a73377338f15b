"""Recordings through the pages: seen with players, tried, explained, recorded with the microphone."""

from __future__ import annotations

import numpy as np
import pytest

from core.data.dataset import kept_datasets
from core.storage import read_sealed
from tests.core.modalities.sound.making import file, tone
from tests.helpers import sound_dataset, trained
from tests.pages.conftest import press, visit, words


@pytest.fixture
def dataset(workspace):
    made = sound_dataset(workspace, each=4)
    made.save(workspace)
    return made


def test_it_is_tried_and_explained_with_something_to_listen_to(app, workspace, dataset):
    run = trained(workspace, dataset, model="speech-embedding", strategy="nearest")
    visit(app, "use/try_it.py", run=run.id)
    assert "Make a recording" in [option for group in app.button_group for option in group.options]
    app.file_uploader[0].set_value([("given.wav", file(tone(3_000)), "audio/wav")]).run()
    assert not app.exception, app.exception
    assert "confidence" in words(app)
    assert len(app.get("audio")) == 1
    next(toggle for toggle in app.toggle if toggle.label == "Why?").set_value(True).run()
    assert not app.exception, app.exception
    assert "Yellow: silencing this" in words(app)
    assert len(app.get("audio")) == 1 + 2 + 5  # what was given, it as it is and without a part, the nearest five
    (job,) = [path.parent for path in workspace.jobs.glob("*/without.wav")]
    assert read_sealed(job / "without.wav") != read_sealed(job / "sound.wav")


def test_a_dataset_is_seen_and_heard(app, dataset):
    visit(app, "prepare/data.py", dataset=dataset.id)
    assert len(app.get("audio")) >= len(dataset.examples)  # the data check shows some of them, too


def test_what_is_recorded_is_cut_at_its_pauses_and_added(app, workspace, dataset):
    quiet = np.zeros(8_000, np.float32)
    said = np.concatenate([quiet, tone(500, 0.3), quiet, tone(600, 0.3), quiet])
    visit(app, "prepare/data.py", dataset=dataset.id)
    next(one for one in app.button_group if one.label == "How do you want to add examples?").set_value(
        "microphone"
    ).run()
    next(one for one in app.text_input if one.label == "Class of the next examples").set_value("beep").run()
    app.get("audio_input")[0].set_value(("said.wav", file(said), "audio/wav")).run()
    assert not app.exception, app.exception
    press(app, "Add 2 recordings")
    newest = kept_datasets(workspace)[0][1]
    assert newest["counts"]["beep"] == 2
