"""What repeated draws say: a mean over draws, with an interval that knows both ways in which luck comes in."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import sqrt

import numpy as np

from core.evaluation.intervals import Z_95


@dataclass(frozen=True, slots=True)
class Draw:
    """One draw: which examples taught, and which judged. Copies of an example stand under the same number."""

    taught: tuple[int, ...]
    judged: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean over `draws` draws, judged on `judged` different examples in all.

    `interval` (95 %) is None where it cannot be told: after a single draw, or when every draw taught the same.
    """

    mean: float
    interval: tuple[float, float] | None
    draws: int
    judged: int

    @property
    def sign(self) -> int:
        """1 or -1 when the interval lies on one side of zero, else 0."""
        if self.interval is None:
            return 0
        low, high = self.interval
        return 1 if low > 0 else -1 if high < 0 else 0


def over_draws(draws: Sequence[Draw], values: Sequence[np.ndarray]) -> Estimate:
    """The mean over draws of the mean of `values[j]` (n_j,), one for each example that judged in draw j, and its interval.

    A value is 1 for right and 0 for wrong, or the difference of two such, which makes a paired comparison. Its variance
    is that between draws, because other examples might have taught, plus that between examples, because others might
    have judged: two-way clusters (Cameron, Gelbach & Miller 2011). Student's t with the degrees of freedom of Satterthwaite
    1946.

    Draws from one pool share some of their teachers. If what a set of teachers gives is about the sum of what each
    gives, two draws that share a part r of theirs are correlated by r, and S^2 / J becomes S^2 (1 / J + r / (1 - r)):
    the corrected resampled variance of Nadeau & Bengio 2003, with the overlap that is measured instead of assumed.
    The variance between examples never falls below the one that gives Wilson's interval when all are right or wrong.
    """
    mean, count = float(np.mean([value.mean() for value in values])), len(draws)
    numbers = np.unique(np.concatenate([np.array(draw.judged) for draw in draws]))
    share = _shared(draws)
    if count < 2 or share >= 1:
        return Estimate(mean, None, count, len(numbers))
    among_draws = float(np.var([value.mean() for value in values], ddof=1)) * (1 / count + share / (1 - share))
    among_examples = _among_examples(draws, values, mean, numbers)
    variance = among_draws + among_examples
    freedom = variance**2 / (among_draws**2 / (count - 1) + among_examples**2 / max(1, len(numbers) - 1))
    reach = _t_975(freedom) * sqrt(variance)
    return Estimate(mean, (mean - reach, mean + reach), count, len(numbers))


def accuracy_over_draws(draws: Sequence[Draw], right: Sequence[np.ndarray]) -> Estimate:
    """The same for how often a way was right (1) and not (0): an interval within [0, 1]."""
    found = over_draws(draws, right)
    if found.interval is None:
        return found
    low, high = found.interval
    return Estimate(found.mean, (max(0.0, low), min(1.0, high)), found.draws, found.judged)


def _among_examples(draws: Sequence[Draw], values: Sequence[np.ndarray], mean: float, numbers: np.ndarray) -> float:
    """The variance of the mean that comes from which examples judge, beyond what the draws already show."""
    together, apart = np.zeros(len(numbers)), 0.0
    for draw, value in zip(draws, values, strict=True):
        parts = (value - mean) / (len(draws) * len(value))
        own = np.zeros(len(numbers))
        np.add.at(own, np.searchsorted(numbers, draw.judged), parts)
        together += own
        apart += float((own**2).sum())
    n = len(numbers)
    least = (Z_95 / (n + Z_95**2)) ** 2
    return max(float((together**2).sum()) * n / max(1, n - 1) - apart, least)


def _shared(draws: Sequence[Draw]) -> float:
    """The share of its teachers that a draw has in common with another, on average."""
    pairs = [_overlap(set(a.taught), set(b.taught)) for a, b in combinations(draws, 2)]
    return float(np.mean(pairs)) if pairs else 0.0


def _overlap(one: Collection[int], other: set[int]) -> float:
    return len(other.intersection(one)) / max(1, len(one), len(other))


def _t_975(freedom: float) -> float:
    """The 97.5 % point of Student's t."""
    from scipy.special import stdtrit

    return float(stdtrit(freedom, 0.975))
