"""How far a run is, and how long it will take, from its events alone."""

from __future__ import annotations

import re

import pytest

from core.events import EpochEnd, Progress, RunEnded, RunStarted, Searched, StepEnd, Warned
from core.messages import NOTHING, Message, counted
from core.runs.progress import STAGES, follow, last_progress, wording, worth
from tests.helpers import PROJECT

STARTED = RunStarted("r", "d", {}, ("a", "b"), 6, 2, 0, 0.5, 4, NOTHING)
ENDED = RunEnded("r", "completed")


def epoch(number: int, seconds: float, of: int = 4) -> EpochEnd:
    return EpochEnd(number, of, 0.1, 0.9, 0.2, 0.8, seconds)


def step(of_epoch: int, number: int, seconds: float, steps: int = 10) -> StepEnd:
    return StepEnd(of_epoch, number, steps, 0.5, seconds)


def test_nothing_has_happened():
    progress = follow([])
    assert (progress.share, progress.seconds_left, progress.ended, progress.started) == (0.0, None, None, None)


def test_before_the_first_epoch_the_phase_counts():
    progress = follow([STARTED, Progress("embed", 3, 12)])
    assert progress.share == 0.25
    assert progress.seconds_left is None
    assert progress.stage.stage == "embed"


def test_while_the_best_model_is_looked_for_the_bar_does_not_go_back_at_every_step_within():
    looking = [Progress("search", 3, 10), Progress("embed", 0, 12)]
    assert follow(looking).share == 0.3 and follow(looking).stage.stage == "embed"
    found = Searched({}, NOTHING, 0.9, 0.8, 42, 5.0, NOTHING)
    assert follow([*looking, found, Progress("embed", 6, 12)]).share == 0.5
    assert "80\u00a0% of 42" not in str(worth(found)) and "on average over 42 examples" in str(worth(found))


def test_an_empty_phase_does_not_divide_by_zero():
    assert follow([Progress("read", 0, 0)]).share == 0.0


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
    assert follow([STARTED, Progress("embed", 12, 12), *events]).share == pytest.approx(share)


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


@pytest.mark.parametrize(
    ("events", "trained", "share"),
    [
        ([epoch(0, 10)], False, 0.0),
        ([epoch(0, 10), epoch(3, 16), step(4, 5, 17)], False, 0.875),
        ([epoch(0, 10), epoch(4, 18)], True, 1.0),
        ([epoch(0, 10, of=0)], True, 0.0),  # what is fitted at once has no epochs to come
        ([epoch(0, 10), epoch(4, 18), Progress("folds", 2, 8)], True, 0.25),
        ([epoch(0, 10), epoch(2, 14), Progress("rivals", 0, 1)], True, 0.0),  # it stopped early
    ],
)
def test_after_the_last_epoch_the_bar_tells_of_the_measuring(events, trained, share):
    progress = follow([STARTED, Progress("embed", 12, 12), *events])
    assert (progress.trained, progress.share) == (trained, pytest.approx(share))


def test_a_search_that_goes_on_after_a_pause_is_not_over():
    looking = Progress("search", 3, 10)
    again = follow([looking, RunEnded("r", "paused"), Progress("search", 1, 10)])
    assert again.ended is None and again.share == 0.1
    assert follow([looking, RunEnded("r", "paused")]).ended


def test_a_run_that_is_over_is_done():
    progress = follow([STARTED, epoch(0, 1), ENDED])
    assert (progress.share, progress.seconds_left, progress.ended) == (1.0, None, ENDED)


def test_everything_to_look_at_is_gathered():
    events = [STARTED, Warned(Message("one")), epoch(0, 1), Warned(Message("two")), epoch(1, 2)]
    progress = follow(iter(events))
    assert progress.started == STARTED
    assert progress.warnings == [Message("one"), Message("two")]
    assert [e.epoch for e in progress.epochs] == [0, 1]


def test_what_a_run_warns_of_again_when_it_goes_on_is_said_once():
    events = [STARTED, Warned(Message("one")), epoch(0, 1), STARTED, Warned(Message("one")), Warned(Message("two"))]
    assert follow(events).warnings == [Message("one"), Message("two")]


@pytest.mark.parametrize("stage", [*STAGES, "from a newer version"])
def test_every_stage_has_a_sentence(stage):
    """An unknown one used to be an error on the page that showed it."""
    assert str(wording(Progress(stage, 3, 1200)))
    assert "{" not in str(wording(Progress(stage, 3, 1200)))


def test_examples_are_counted_with_the_noun_of_their_kind():
    said = wording(Progress("embed", 3, 40), lambda n: counted("{n} picture", "{n} pictures", n=n))
    assert str(said) == "Extracting features with the pretrained model: 3 of 40 pictures"


def test_every_stage_that_core_reports_is_in_the_table():
    told = set()
    for path in (PROJECT / "core").rglob("*.py"):
        told |= set(re.findall(r"\bProgress\(\"([^\"]+)\"", path.read_text(encoding="utf-8")))
    assert told and told <= set(STAGES)


def test_the_last_progress_of_a_stage_is_found():
    events = [Progress("ways", 1, 9), Progress("embed", 2, 3), Warned(Message("x"))]
    assert last_progress(events) == events[1]
    assert last_progress(events, "ways") == events[0]
    assert last_progress(events, "folds") is None


@pytest.mark.parametrize(("accuracy", "lucky"), [(0.8, False), (0.9, True)])
def test_luck_is_spoken_of_only_where_the_choice_gained_by_it(accuracy, lucky):
    said = str(worth(Searched({}, NOTHING, accuracy, 0.8, 42, 5.0, NOTHING)))
    assert ("lucky" in said) is lucky and ("did best" in said) is lucky and "42 examples" in said
