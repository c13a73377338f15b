"""Going back to an epoch, on a history written by hand; and what is read of a run's curves."""

from __future__ import annotations

import numpy as np
import pytest

from core.evaluation.intervals import wilson
from core.events import EpochEnd, RunEnded, RunStarted
from core.messages import NOTHING
from core.results.history import Replay, before, reading, replay_of
from core.runs.progress import follow
from core.training.engine.history import History, Moment, write_history
from tests.helpers import message_dataset

A, B = 0, 1


@pytest.fixture
def dataset(workspace):
    return message_dataset(workspace)


@pytest.fixture
def watched(dataset):
    """Two examples of the first class, then two of the second."""
    own = [[i for i, e in enumerate(dataset.examples) if e.label == label][:2] for label in dataset.classes[:2]]
    return tuple(own[0] + own[1])


def moment(epoch, said, places):
    return Moment(epoch, np.array(said), np.full(4, 0.9), np.array(places, np.float16))


PLACES = [[0, 0, 0], [1, 0, 0], [0, 3, 0], [1, 3, 0]]


@pytest.fixture
def past(dataset, watched):
    moments = {
        0: moment(0, [A, B, A, 2], PLACES),
        3: moment(3, [A, A, B, A], PLACES),
        4: moment(4, [B, A, B, B], np.array(PLACES) * 2),
    }
    return Replay(History(watched, moments), dataset)


def test_how_good_it_was_then(past):
    assert [past.accuracy(epoch) for epoch in past.epochs] == [
        (right, 4, wilson(right, 4)) for right in (1, 3, 3)
    ]  # fmt: skip


def test_which_answers_changed(past):
    change = past.change(0, 3)
    assert (change.gained, change.lost, change.still_wrong) == ((1, 2), (), (3,))
    change = past.change(3, 4)
    assert (change.gained, change.lost, change.still_wrong) == ((3,), (0,), ())


def test_a_wrong_answer_that_stays_as_it_was_is_no_change(past):
    past.history.moments[4].predicted[:] = [B, B, A, A]
    past.history.moments[3].predicted[:] = [B, B, A, A]
    change = past.change(3, 4)
    assert (change.gained, change.lost, change.still_wrong) == ((), (), ())


def test_what_was_taken_for_what_then(past, dataset):
    matrix = past.confusion(0)
    assert matrix.sum() == 4
    assert (matrix[A, A], matrix[A, B], matrix[B, A], matrix[B, 2]) == (1, 1, 1, 1)


def test_the_map_is_that_of_the_last_epoch_for_all(past):
    last, first = past.places(4), past.places(0)
    assert np.ptp(last[:, 0]) == pytest.approx(6), "the classes lie along the first axis"
    assert np.ptp(first[:, 0]) == pytest.approx(3), "and are nearer to each other before"
    assert past.share(0) == pytest.approx(1)
    low, high = past.frame
    assert (low <= np.minimum(first, last).min(0) + 1e-9).all()
    assert (high >= np.maximum(first, last).max(0) - 1e-9).all()


def test_whether_the_network_itself_learnt(past):
    assert not past.stands_still
    del past.history.moments[4]
    assert Replay(past.history, past.dataset).stands_still


def test_the_moment_before():
    assert before([0, 2, 5], 5) == 2
    assert before([0, 2, 5], 0) is None


def test_a_run_without_a_history_has_no_past(tmp_path, dataset, past):
    assert replay_of(tmp_path, dataset) is None
    write_history(past.history, tmp_path)
    assert replay_of(tmp_path, dataset).epochs == [0, 3, 4]


# --- what the curves say ---


def events(strategy: str, n_validation: int):
    """A loss that rises by 12 %: of 64 examples that may be chance, of 400 it is not."""
    losses = [1.0, 0.6, 0.6, 0.64, 0.67]
    ends = [EpochEnd(e, 4, 1 - e / 5, 0.9, loss, 0.9, float(e)) for e, loss in enumerate(losses)]
    started = RunStarted("r", "d", {"strategy": strategy}, ("a", "b"), 50, n_validation, 0, 0.5, 4, NOTHING)
    return [started, *ends, RunEnded("r", "completed", epoch=4)]


@pytest.mark.parametrize(
    ("strategy", "n_validation", "kind"),
    [("full", 400, "converged"), ("head", 400, "overfits"), ("head", 40, "converged")],
)
def test_a_network_that_learns_is_watched_by_some_of_those_that_judge(strategy, n_validation, kind):
    assert reading(follow(events(strategy, n_validation)))[0].kind == kind


def test_of_a_run_that_has_not_begun_nothing_is_read():
    assert reading(follow([])) == []
