"""A training as an animated GIF: its frames, its size, and letters that no font has."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from core.errors import RunError
from core.messages import ENGLISH
from core.report import replay
from core.report.replay import LARGEST, font_for, render_replay, spaced
from core.results.finished_run import FinishedRun
from core.results.wall import wall_of
from tests.helpers import message_dataset, picture_dataset, trained


def opened(content):
    picture = Image.open(io.BytesIO(content))
    frames = []
    for number in range(picture.n_frames):
        picture.seek(number)
        frames.append((picture.info["duration"], picture.convert("RGB").copy()))
    return picture, frames


@pytest.fixture
def run(workspace, tiny_models):
    def finished(make=picture_dataset, **recipe):
        return FinishedRun.open(trained(workspace, make(workspace), **recipe), workspace)

    return finished


@pytest.mark.parametrize("make", [picture_dataset, message_dataset])
def test_it_begins_with_the_baseline_and_ends_with_what_was_learnt(run, make):
    finished = run(make, strategy="head", epochs=4)
    content = render_replay(finished, ENGLISH, seconds=1.2)
    picture, frames = opened(content)
    assert (picture.format, picture.size, picture.info["loop"]) == ("GIF", (800, 450), 0)
    assert len(content) <= LARGEST
    assert len(frames) >= 4  # frames that are the same are one
    assert sum(duration for duration, _ in frames[:-1]) == pytest.approx(1000, abs=250)
    wall = wall_of(finished.progress, finished.dataset.classes)
    truths = [finished.dataset.classes.index(finished.dataset.examples[i].label) for i in wall.examples]
    whole = None
    for (_, frame), scene in ((frames[0], wall.scenes[0]), (frames[-1], wall.scenes[-1])):
        right = sum(said == truth for said, truth in zip(scene.predicted, truths, strict=True))
        pixels = np.asarray(frame.crop((420, 80, 790, 395))).astype(int)
        green = int(((pixels[..., 1] > 120) & (pixels[..., 0] < 60)).sum())
        whole = whole or green / right  # of one tile
        assert green == pytest.approx(right * whole, rel=0.2)


def test_one_that_is_too_large_has_fewer_frames(run, monkeypatch):
    finished = run(strategy="head", epochs=5)
    whole = render_replay(finished, ENGLISH)
    monkeypatch.setattr(replay, "LARGEST", len(whole) - 1)
    smaller = render_replay(finished, ENGLISH)
    assert len(smaller) < len(whole)
    assert opened(smaller)[0].n_frames < opened(whole)[0].n_frames


def test_letters_that_no_font_has_are_left_out_and_never_drawn_as_boxes(run, monkeypatch):
    assert font_for(["Accuracy 85\u00a0%"]) == "" and spaced("85\u00a0%\u202f.") == "85 % ."
    assert font_for(["\U0010fff0"]) is None
    monkeypatch.setattr(replay, "_FONTS", ())
    assert font_for(["训练"]) is None
    assert render_replay(run(title="\U0010fff0训练"), ENGLISH) == render_replay(run(title=" "), ENGLISH)


def test_where_there_is_nothing_to_replay_it_says_so(run):
    with pytest.raises(RunError, match="nothing to replay"):
        render_replay(run(lambda workspace: picture_dataset(workspace, each=1)), ENGLISH)
