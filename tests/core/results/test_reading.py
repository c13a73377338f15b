"""What is read of a run allows for how many examples were looked at after each epoch."""

from __future__ import annotations

import pytest

from core.events import EpochEnd, RunEnded, RunStarted
from core.results.history import reading
from core.runs.progress import follow


def events(strategy: str, n_validation: int):
    """A loss that rises by 12 %: of 64 examples that may be chance, of 400 it is not."""
    losses = [1.0, 0.6, 0.6, 0.64, 0.67]
    ends = [EpochEnd(e, 4, 1 - e / 5, 0.9, loss, 0.9, float(e)) for e, loss in enumerate(losses)]
    started = RunStarted("r", "d", {"strategy": strategy}, ("a", "b"), 50, n_validation, 0, 0.5, 4, "")
    return [started, *ends, RunEnded("r", "completed", epoch=4)]


@pytest.mark.parametrize(
    ("strategy", "n_validation", "kind"),
    [("full", 400, "converged"), ("head", 400, "overfits"), ("head", 40, "converged")],
)
def test_a_network_that_learns_is_watched_by_some_of_those_that_judge(strategy, n_validation, kind):
    assert reading(follow(events(strategy, n_validation)))[0].kind == kind


def test_of_a_run_that_has_not_begun_nothing_is_read():
    assert reading(follow([])) == []
