"""How a run learned: what it answered after each epoch and where the examples lay then, and what its curves say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from core.data.dataset import Dataset
from core.evaluation.curves import Remark, read_curves
from core.evaluation.intervals import wilson
from core.evaluation.projection import Plane, principal_plane
from core.evaluation.scores import confusion_matrix
from core.runs.progress import RunProgress
from core.training.engine.history import History, Moment, read_history
from core.training.spec.estimate import monitored_each_epoch
from core.training.spec.strategies import STRATEGIES


@dataclass(frozen=True)
class Change:
    """Between two epochs: watched examples, by their place among them, that became right, became wrong, and stayed
    wrong with another answer."""

    gained: tuple[int, ...]
    lost: tuple[int, ...]
    still_wrong: tuple[int, ...]


@dataclass(frozen=True)
class Replay:
    """What a run's history says about its set."""

    history: History
    dataset: Dataset

    @property
    def epochs(self) -> list[int]:
        """The kept ones, the first first."""
        return sorted(self.history.moments)

    @property
    def examples(self) -> tuple[int, ...]:
        """The watched examples by their index in the set."""
        return self.history.examples

    @cached_property
    def truths(self) -> np.ndarray:
        """Their class numbers (n,)."""
        at = {label: number for number, label in enumerate(self.dataset.classes)}
        return np.array([at[self.dataset.examples[i].label] for i in self.examples])

    def moment(self, epoch: int) -> Moment:
        return self.history.moments[epoch]

    def right(self, epoch: int) -> np.ndarray:
        """Which were right then, (n,) of bool."""
        return self.moment(epoch).predicted == self.truths

    def accuracy(self, epoch: int) -> tuple[int, int, tuple[float, float]]:
        """How many were right then, of how many, and where the share may really lie."""
        right, n = int(self.right(epoch).sum()), len(self.examples)
        return right, n, wilson(right, n)

    def said(self, epoch: int) -> list[str]:
        """The class each was taken for."""
        return [self.dataset.classes[number] for number in self.moment(epoch).predicted]

    def confusion(self, epoch: int) -> np.ndarray:
        """Counts (classes, classes): row = what it is, column = what the model said then."""
        classes = self.dataset.classes
        return confusion_matrix(self.said(epoch), [classes[number] for number in self.truths], classes)

    def change(self, before: int, after: int) -> Change:
        was, now = self.right(before), self.right(after)
        other = self.moment(before).predicted != self.moment(after).predicted
        return Change(_where(now & ~was), _where(was & ~now), _where(~was & ~now & other))

    @cached_property
    def stands_still(self) -> bool:
        """Whether the network itself did not learn, so that every example lies where it lay."""
        first = self.moment(self.epochs[0]).places
        return all(np.array_equal(first, self.moment(epoch).places) for epoch in self.epochs[1:])

    @cached_property
    def plane(self) -> Plane:
        """The directions in which the examples differ most in the end: the same for all epochs, so that one sees what
        moves."""
        return principal_plane(self.moment(self.epochs[-1]).places.astype(np.float64))

    def places(self, epoch: int) -> np.ndarray:
        """Where the examples lay then, (n, 2)."""
        return self.plane.project(self.moment(epoch).places.astype(np.float64))

    def share(self, epoch: int) -> float:
        """How much of all the differences of that moment the map shows."""
        return self.plane.share_of(self.moment(epoch).places.astype(np.float64))

    @cached_property
    def frame(self) -> tuple[np.ndarray, np.ndarray]:
        """The lower left and upper right corner (2,) that all epochs' maps lie within."""
        every = np.concatenate([self.places(epoch) for epoch in self.epochs])
        return every.min(0), every.max(0)


def replay_of(folder: Path, dataset: Dataset) -> Replay | None:
    """The past of the run in `folder`, trained on `dataset`; None where none was kept."""
    history = read_history(folder)
    return Replay(history, dataset) if history and history.examples and len(history.moments) > 1 else None


def _where(flags: np.ndarray) -> tuple[int, ...]:
    return tuple(np.flatnonzero(flags).tolist())


def before(epochs: Sequence[int], epoch: int) -> int | None:
    """The kept epoch before this one; None for the first."""
    earlier = [one for one in epochs if one < epoch]
    return max(earlier) if earlier else None


def reading(progress: RunProgress) -> list[Remark]:
    """At most three remarks on how the run learnt (see `read_curves`); none before it has begun."""
    started, ended = progress.started, progress.ended
    if started is None:
        return []
    n_each = started.n_validation
    if STRATEGIES[started.recipe["strategy"]].tunes_backbone:
        n_each = monitored_each_epoch(started.n_train, started.n_validation)
    kept = ended.epoch if ended else None
    return read_curves(progress.epochs, started.n_train, started.n_validation, started.baseline, kept, n_each)
