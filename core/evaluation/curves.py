"""The learning curves of a finished run as numbers, with what chance allows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

from core.evaluation.intervals import difference_interval, wilson
from core.events import EpochEnd

_CLEAR_CHANGE = 0.10
"""A loss that changes by less than this share of itself is nothing that people care about."""


def best_epoch(ends: Sequence[EpochEnd]) -> int | None:
    """The epoch with the lowest validation loss, of equals the first; None where nobody judged."""
    judged = [(end.validation_loss, end.epoch) for end in ends if end.validation_loss is not None]
    return min(judged)[1] if judged else None


@dataclass(frozen=True)
class Curves:
    """Every epoch, the state before the first included. `n_train` examples taught and `n` judged at the end, of which
    `n_each` did after every epoch; guessing would get `baseline`; the weights of epoch `kept` were kept."""

    ends: list[EpochEnd]
    n_train: int
    n: int
    n_each: int
    baseline: float | None
    kept: int | None

    @property
    def last(self) -> EpochEnd:
        return self.ends[-1]

    @property
    def best(self) -> EpochEnd:
        epoch = best_epoch(self.ends)
        return next(end for end in self.ends if end.epoch == epoch)

    @property
    def real(self) -> float:
        """From which share of itself on a change of the validation loss is more than chance."""
        return max(_CLEAR_CHANGE, 1 / sqrt(self.n_each))

    def range(self, end: EpochEnd) -> tuple[float, float]:
        """Where the validation accuracy of an epoch may really lie."""
        n = self.n if end is self.last else self.n_each
        return wilson((end.validation_accuracy or 0.0) * n, n)

    @property
    def gap(self) -> tuple[float, float]:
        """Where the difference between the accuracy on what taught and on what judges may really lie, at the end."""
        judged = (self.last.validation_accuracy or 0.0) * self.n
        return difference_interval(self.last.train_accuracy * self.n_train, self.n_train, judged, self.n)

    @property
    def fits(self) -> bool:
        """Whether it gets more of what taught it right than guessing would, for certain."""
        return wilson(self.last.train_accuracy * self.n_train, self.n_train)[0] > (self.baseline or 0.0)

    @property
    def beats_guessing(self) -> bool:
        return self.baseline is None or self.range(self.last)[0] > self.baseline


def change(before: float | None, after: float | None) -> float:
    """By which share of itself a loss rose (negative: fell)."""
    start = max(before or 0.0, 1e-9)
    return ((after or 0.0) - start) / start
