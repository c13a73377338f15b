"""How far a run is, and how long it will take, from its events alone."""

from __future__ import annotations

import pytest

from core.events import EpochEnd, PhaseProgress, RunEnded, RunStarted, StepEnd, Warned
from core.runs.progress import follow

STARTED = RunStarted("r", "d", {}, ("a", "b"), 6, 2, 0, 0.5, 4, "")
ENDED = RunEnded("r", "completed")


def epoch(number: int, seconds: float, of: int = 4) -> EpochEnd:
    return EpochEnd(number, of, 0.1, 0.9, 0.2, 0.8, seconds)


def step(of_epoch: int, number: int, seconds: float, steps: int = 10) -> StepEnd:
    return StepEnd(of_epoch, number, steps, 0.5, seconds)


def test_nothing_has_happened():
    progress = follow([])
    assert (progress.share, progress.seconds_left, progress.ended, progress.started) == (0.0, None, None, None)


def test_before_the_first_epoch_the_phase_counts():
    progress = follow([STARTED, PhaseProgress("embed", 3, 12)])
    assert progress.share == 0.25
    assert progress.seconds_left is None
    assert progress.phase.phase == "embed"


def test_an_empty_phase_does_not_divide_by_zero():
    assert follow([PhaseProgress("read", 0, 0)]).share == 0.0


@pytest.mark.parametrize(
    ("events", "share"),
    [
        ([epoch(0, 10)], 0.0),
        ([epoch(0, 10), step(1, 5, 11)], 0.125),
        ([epoch(0, 10), step(1, 10, 12)], 0.25),
        ([epoch(0, 10), step(1, 10, 12), epoch(1, 12)], 0.25),
        ([epoch(0, 10), epoch(1, 12), step(2, 5, 13)], 0.375),
        ([epoch(0, 10), epoch(1, 12), epoch(2, 14), epoch(3, 16), epoch(4, 18)], 1.0),
    ],
)
def test_the_share_counts_epochs_and_the_steps_of_the_current_one(events, share):
    assert follow([STARTED, PhaseProgress("embed", 12, 12), *events]).share == pytest.approx(share)


def test_the_share_never_falls_while_a_run_goes_on():
    events = [STARTED, epoch(0, 1)]
    for number in range(1, 5):
        events += [step(number, s, number + s / 10) for s in range(1, 11)]
        events.append(epoch(number, number + 1))
    shares = [follow(events[:n]).share for n in range(2, len(events) + 1)]
    assert shares == sorted(shares)
    assert shares[-1] == 1.0


@pytest.mark.parametrize(
    ("events", "left"),
    [
        ([epoch(0, 10)], None),
        ([epoch(0, 10), step(1, 5, 11)], 7.0),  # half an epoch took 1 s; three and a half are left
        ([epoch(0, 10), epoch(1, 12)], 6.0),
        ([epoch(0, 10), epoch(1, 12), step(2, 5, 13)], 5.0),
        ([epoch(0, 10), epoch(1, 12), epoch(2, 20)], 10.0),
        ([epoch(0, 10), epoch(4, 18)], 0.0),
    ],
)
def test_the_time_left_follows_from_the_pace_so_far_without_what_came_before(events, left):
    assert follow([STARTED, *events]).seconds_left == (left if left is None else pytest.approx(left))


def test_a_run_that_is_over_is_done():
    progress = follow([STARTED, epoch(0, 1), ENDED])
    assert (progress.share, progress.seconds_left, progress.ended) == (1.0, None, ENDED)


def test_everything_to_look_at_is_gathered():
    events = [STARTED, Warned("one"), epoch(0, 1), Warned("two"), epoch(1, 2)]
    progress = follow(iter(events))
    assert progress.started == STARTED
    assert progress.warnings == ["one", "two"]
    assert [e.epoch for e in progress.epochs] == [0, 1]
