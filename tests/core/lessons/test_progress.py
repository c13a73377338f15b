"""How far a student is comes back, each student's apart, and what is damaged begins anew."""

from __future__ import annotations

import os

import pytest

from core.errors import DataError
from core.lessons.goals import Found
from core.lessons.progress import Progress, keep_progress, last_lesson, progress_folder, read_progress
from core.lessons.reading import read_lesson
from core.storage import Damaged, write_json
from tests.lessons import write_lesson

FAR = Progress(3, {"score": 0.7}, {"train": Found(("r1",), {"accuracy": 0.8}, worked=True)}, {"0": 0, "1": 0}, True)


@pytest.fixture
def lesson(tmp_path):
    return read_lesson(write_lesson(tmp_path))


def test_it_comes_back_as_it_was(lesson, workspace):
    assert read_progress(lesson, workspace) == Progress() and not Progress().begun
    keep_progress(FAR, lesson, workspace)
    assert read_progress(lesson, workspace) == FAR and FAR.begun
    assert FAR.right(lesson.steps[3]) == 1


def test_each_learner_has_their_own(lesson, workspace):
    keep_progress(FAR, lesson, workspace, "fox-1")
    assert read_progress(lesson, workspace, "fox-2") == read_progress(lesson, workspace) == Progress()
    assert read_progress(lesson, workspace, "fox-1") == FAR
    for name in ("../x", "texts/..", ""):
        with pytest.raises(DataError):
            keep_progress(FAR, lesson, workspace, name)


def test_what_is_damaged_is_a_value(lesson, workspace):
    keep_progress(FAR, lesson, workspace)
    (file,) = workspace.root.glob("lessons/me/*.json")
    file.write_bytes(file.read_bytes().replace(b"0.7", b"0.9"))
    assert isinstance(read_progress(lesson, workspace), Damaged)
    for strange in ({"format": 1}, {"format": 1, "progress": {"step": "far"}}, {"format": 1, "progress": {"step": -1}}):
        write_json(file, strange)
        assert isinstance(read_progress(lesson, workspace), Damaged), strange


def test_a_lesson_that_became_shorter(lesson, workspace):
    keep_progress(Progress(step=99), lesson, workspace)
    assert read_progress(lesson, workspace).step == len(lesson.steps) - 1


def test_the_last_lesson_is_the_one_in_which_something_was_done_last(lesson, workspace, tmp_path):
    assert last_lesson(workspace) is None
    other = read_lesson(write_lesson(tmp_path, name="other.en.md"))
    for step, at, where in ((1, 3, lesson), (2, 2, other), (3, 1, lesson)):
        keep_progress(Progress(step), where, workspace)
        file = progress_folder(workspace) / f"{where.id}.json"
        os.utime(file, (10 - at, 10 - at))
    assert last_lesson(workspace) == (lesson.id, Progress(3)) and last_lesson(workspace, "fox") is None
    assert last_lesson(workspace, since=9) == (lesson.id, Progress(3)) and last_lesson(workspace, since=9.5) is None
    (progress_folder(workspace) / f"{lesson.id}.json").write_text("{}")
    assert last_lesson(workspace) is None
