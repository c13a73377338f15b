"""Speeds are measured, never assumed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.hardware import measured_speed, note_speed
from tests.helpers import bare_dataset, example, message_dataset


def test_the_last_measurement_counts(workspace):
    note_speed(workspace, "m", "embed", 100, 2.0)
    note_speed(workspace, "m", "embed", 100, 4.0)
    assert measured_speed(workspace, "m", "embed") == 25.0


def test_models_and_kinds_of_work_are_kept_apart(workspace):
    note_speed(workspace, "m", "embed", 100, 1.0)
    note_speed(workspace, "m", "full-96", 100, 2.0)
    assert measured_speed(workspace, "m", "full-96") == 50.0
    assert measured_speed(workspace, "m", "full-224") is None
    assert measured_speed(workspace, "n", "embed") is None
    assert measured_speed(workspace, "m", "embed") == 100.0


@pytest.mark.parametrize(("examples", "seconds"), [(3, 1.0), (100, 0.0), (100, -1.0)])
def test_what_says_nothing_about_speed_is_not_kept(workspace, examples, seconds):
    note_speed(workspace, "m", "embed", examples, seconds)
    assert measured_speed(workspace, "m", "embed") is None


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe"])
def test_a_spoilt_file_costs_the_measurements_only(workspace, content):
    (workspace.cache / "speed.json").write_bytes(content)
    assert measured_speed(workspace, "m", "embed") is None
    note_speed(workspace, "m", "embed", 100, 1.0)
    assert measured_speed(workspace, "m", "embed") == 100.0


def test_a_picture_is_a_picture_and_a_message_counts_by_its_length(workspace):
    assert bare_dataset([example("a", "x"), example("b", "x")]).effort([0, 1]) == 2.0
    messages = message_dataset(workspace)
    letters = [len(messages.examples[i].text) for i in (0, 5)]
    assert messages.effort([0, 5]) == pytest.approx((sum(letters) + 40) / 120)


def test_a_recording_counts_by_its_length_and_a_piece_of_one_by_its_own(workspace):
    facts = ({"seconds": 3.0}, {"seconds": 9.0}, {"seconds": 27.0, "pieces": 3}, {})
    recordings = [replace(example(str(n), "x"), facts=given) for n, given in enumerate(facts)]
    sounds = replace(bare_dataset(recordings), modality="sound")
    assert [sounds.effort([i]) for i in range(4)] == [1.0, 2.0, 2.0, 1.0]
