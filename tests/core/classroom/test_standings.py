"""What the board knows of everybody, and who is really better than whom."""

from __future__ import annotations

import pytest

from core.classroom.room import ClassRoom
from core.classroom.standings import Standing, Standings, league
from core.evaluation.answers import Answer, write_answers
from core.evaluation.intervals import wilson
from core.events import Score
from core.lessons.catalogue import get_lesson
from core.lessons.progress import Progress, keep_progress
from core.runs.folder import RunFolder
from tests.helpers import message_dataset


@pytest.fixture
def room(workspace):
    return ClassRoom.create(workspace, "7b")


@pytest.fixture
def scored(tmp_path):
    """Somebody who got so many of the first `n` examples of a dataset right, each at its place."""

    def make(right, n=40, dataset="same", start=0):
        run = RunFolder.create(tmp_path, "train", "x", {"dataset": dataset})
        write_answers(
            [Answer(f"{start + i}", "validation", "a", {"a": float(i < right), "b": float(i >= right)})
             for i in range(n)], run.path,
        )  # fmt: skip
        return Standing(80, 1, run, Score(right / n, wilson(right, n), n, 0.5), dataset)

    return make


def test_nobody_is_better_where_chance_could_have_decided(scored):
    found = league([scored(right) for right in (30, 33, 31, 34, 29)])
    assert [round(score.accuracy * 40) for score in found.scores] == [34, 33, 31, 30, 29]
    assert "best of 5 scores is not clearly better than any other" in str(found.says)


def test_some_are_clearly_worse_and_some_are_not(scored):
    found = league([scored(right) for right in (39, 38, 15, 10)])
    assert "clearly better than 2 of the others. For the other 1 chance could have decided." in str(found.says)
    assert "than the other one" in str(league([scored(39), scored(10)]).says)
    assert "than all 2 others" in str(league([scored(39), scored(10), scored(9)]).says)


def test_those_who_answered_the_same_examples_are_compared_example_by_example(scored):
    """40 against 33 of the same 40: every example that differs speaks for one; of other examples it would be luck."""
    assert "clearly better" in str(league([scored(40), scored(33)]).says).replace("not clearly", "no")
    others = league([scored(38), scored(33, start=1000)])
    assert "not clearly better" in str(others.says)


def test_what_is_on_another_dataset_compares_with_nothing(scored):
    found = league([scored(39), scored(30), scored(40, dataset="other"), Standing(5)])
    assert (len(found.scores), found.others) == (2, 1)
    assert not league([]).says and not league([scored(3)]).says


def test_what_somebody_has_is_looked_up_when_something_changed(room):
    mia, standings = room.join("Mia"), Standings()
    assert standings.of(room, mia) == Standing()
    home = room.workspace_of(mia)
    dataset = message_dataset(home, each=5)
    dataset.save(home)
    assert standings.of(room, mia).examples == len(dataset.examples)
    run = RunFolder.create(home.runs, "train", "x", {"dataset": dataset.id})
    run.begin()
    assert standings.of(room, mia).runs == 0
    run.end("completed", result={"validation": {"accuracy": 0.5, "interval": [0.2, 0.8], "n": 6, "baseline": 0.3}})
    found = standings.of(room, mia)
    assert (found.runs, found.score.n, found.dataset) == (1, 6, dataset.id) and standings.of(room, mia) is found
    keep_progress(Progress(2), get_lesson("shortcut", "en", home), home)
    assert (standings.of(room, mia).lesson, standings.of(room, mia).progress.step) == ("shortcut", 2)
