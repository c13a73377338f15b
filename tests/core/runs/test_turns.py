"""Whose turn it is, and when."""

from __future__ import annotations

import pytest

from core.runs.folder import RunFolder
from core.runs.turns import USUAL_SECONDS, Turns, expected_of, seconds_until
from core.workspace import Workspace


@pytest.fixture
def ask(tmp_path):
    """A job of somebody's, and how long it takes."""

    def make(owner: str, seconds: object = 10.0) -> RunFolder:
        return RunFolder.create(Workspace(tmp_path / owner).runs, "train", owner, {"expected": seconds})

    return make


def order(turns: Turns) -> list[str]:
    return [waiting.job.title for waiting in turns]


def test_for_one_person_it_is_the_order_of_asking(ask):
    turns, jobs = Turns(), [ask("me", seconds) for seconds in (300, 5, 60, 1, 200)]
    for job in jobs:
        turns.add(job)
    assert [turns.take().job.id for _ in jobs] == [job.id for job in jobs] and turns.take() is None


def test_turns_go_round(ask):
    turns = Turns()
    for owner in ("Mia", "Mia", "Mia", "Ben", "Ben", "Fox"):
        turns.add(ask(owner))
    assert order(turns) == ["Mia", "Ben", "Fox", "Mia", "Ben", "Mia"]


def test_whoever_comes_later_is_not_behind_all_that_somebody_else_has_asked_for(ask):
    turns = Turns()
    for _ in range(9):
        turns.add(ask("Mia"))
    for _ in range(3):
        turns.take()
    turns.add(ask("Ben"))
    assert order(turns).index("Ben") <= 1


def test_short_comes_before_long_and_the_long_one_is_not_put_off_for_ever(ask):
    turns = Turns()
    turns.add(ask("Mia", 100))
    taken = []
    for number in range(30):  # a new short job of somebody new, again and again
        turns.add(ask(f"s{number}", 10))
        taken.append(turns.take().job.title)
    assert taken[0] == "s0" and 5 < taken.index("Mia") < 25


def test_the_share_of_everybody_is_the_same_however_they_cut_their_work(ask):
    turns, spent = Turns(), {"many": 0.0, "few": 0.0}
    for _ in range(60):
        turns.add(ask("many", 5))
    for _ in range(5):
        turns.add(ask("few", 60))
    for _ in range(40):
        one = turns.take()
        spent[one.job.title] += one.seconds
    assert abs(spent["many"] - spent["few"]) <= 60


def test_what_does_not_fit_is_passed_over_and_keeps_its_place(ask):
    turns = Turns()
    turns.add(ask("long", 200))
    turns.add(ask("short", 250))
    assert turns.take(lambda one: one.owner.endswith("short")).job.title == "short"
    assert turns.take().job.title == "long"


def test_one_leaves(ask):
    turns, mia, ben = Turns(), ask("Mia"), ask("Ben")
    turns.add(mia), turns.add(ben)
    assert (turns.position(mia.id), turns.position(ben.id), turns.position("x")) == (0, 1, None)
    assert turns.remove(mia.id) is mia and turns.remove(mia.id) is None and turns.position(ben.id) == 0


def test_what_was_taken_back_counts_for_nothing(ask):
    turns, long = Turns(), ask("Mia", 600)
    turns.add(long), turns.add(ask("Mia", 20)), turns.add(ask("Ben", 100))
    assert order(turns) == ["Ben", "Mia", "Mia"]
    turns.remove(long.id)
    turns.add(ask("Mia", 20)), turns.add(ask("Ann", 50))
    assert [(one.job.title, one.tag) for one in turns] == [("Mia", 20), ("Mia", 40), ("Ann", 50), ("Ben", 100)]


def test_when_a_turn_comes(ask):
    turns, jobs = Turns(), [ask(name, seconds) for name, seconds in (("a", 10), ("b", 20), ("c", 30), ("d", 40))]
    for job in jobs:
        turns.add(job)
    begins = [seconds_until(job.id, turns, [8.0, 3.0], 2) for job in jobs]
    assert begins == [3, 8, 13, 28]
    assert [seconds_until(job.id, turns, [], 4) for job in jobs] == [0, 0, 0, 0]
    assert seconds_until("x", turns, [], 1) is None and seconds_until(jobs[0].id, turns, [5.0, 6.0, 7.0], 1) == 7


@pytest.mark.parametrize(
    ("said", "seconds"), [(30, 30), (0.1, 2), (None, USUAL_SECONDS), ("x", USUAL_SECONDS), (-5, USUAL_SECONDS),
                          (float("nan"), USUAL_SECONDS), (float("1e5"), 1e5), (1e12, 1e6), (float("inf"), 1e6)],
)  # fmt: skip
def test_how_long_a_job_takes_is_what_was_estimated(ask, said, seconds):
    """One of weeks was once taken for a usual one, which nobody refuses."""
    assert expected_of(ask("Mia", said)) == seconds
