"""Means and differences over repeated random splits of one dataset, with intervals that know where chance comes in.

Splits of one pool share training examples, so they differ less than independent ones would. Where it is known which
examples trained and which were evaluated, both are clusters (two-way); where only the sizes are known, the corrected
resampled t-test stands in.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from math import sqrt
from statistics import fmean, variance

import numpy as np

from core.evaluation.intervals import Z_95

_LEAST_BY_TEACHERS = 1 / 3
"""At least this part of the variance between draws is put down to who taught: few draws cannot tell more exactly, and
with less, intervals of draws that share many teachers covered the truth in 80 % of simulations instead of 92."""


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
    """The mean over draws, and its interval.

    `values[j]` (n_j,) has one value for each example that judged in draw j: 1 for right and 0 for wrong, or the
    difference of two such, which makes a paired comparison. The variance of the mean is that between draws, because
    other examples might have taught, plus that between examples, because others might have judged: two-way clusters
    (Cameron, Gelbach & Miller 2011). Student's t with the degrees of freedom of Satterthwaite 1946, and never narrower
    than Student's t over the draws alone.
    """
    mean, count = float(np.mean([value.mean() for value in values])), len(draws)
    judged = len(set().union(*(draw.judged for draw in draws)))
    if count < 2 or shared_teachers(draws) >= 1:
        return Estimate(mean, None, count, judged)
    luck = luck_of(draws, values)
    variance = luck.among_draws + luck.among_examples
    freedom = variance**2 / (luck.among_draws**2 / (count - 1) + luck.among_examples**2 / max(1, judged - 1))
    reach = max(_t_975(freedom) * sqrt(variance), _t_975(count - 1) * sqrt(luck.among_draws))
    return Estimate(mean, (mean - reach, mean + reach), count, judged)


def accuracy_over_draws(draws: Sequence[Draw], right: Sequence[np.ndarray]) -> Estimate:
    """The same for how often a way was right (1) and not (0): an interval within [0, 1]."""
    found = over_draws(draws, right)
    if found.interval is None:
        return found
    low, high = found.interval
    return Estimate(found.mean, (max(0.0, low), min(1.0, high)), found.draws, found.judged)


@dataclass(frozen=True, slots=True)
class Luck:
    """The two parts of the variance of a mean over draws; `plain` is the first as if draws had no teacher in common."""

    among_draws: float
    among_examples: float
    plain: float


def luck_of(draws: Sequence[Draw], values: Sequence[np.ndarray]) -> Luck:
    """How much of a mean over draws (arguments as of `over_draws`) is luck, and which.

    Draws from one pool share some of their teachers. If what a set of teachers gives is about the sum of what each
    gives, two draws that share a part r of theirs are correlated by r, and their part of S^2 / J becomes
    S^2 (1 / J + r / (1 - r)): the corrected resampled variance of Nadeau & Bengio 2003, with the overlap that is
    measured instead of assumed, and without the part of S^2 that comes from who judged.
    The variance among examples never falls below the one that gives Wilson's interval when all are right or wrong.
    """
    count, means = len(draws), np.array([value.mean() for value in values])
    numbers = np.unique(np.concatenate([np.array(draw.judged) for draw in draws]))
    together, apart = np.zeros(len(numbers)), 0.0
    for draw, value in zip(draws, values, strict=True):
        own = np.zeros(len(numbers))
        np.add.at(own, np.searchsorted(numbers, draw.judged), (value - means.mean()) / (count * len(value)))
        together += own
        apart += float((own**2).sum())
    common = max(0.0, float((together**2).sum()) * len(numbers) / max(1, len(numbers) - 1) - apart)
    spread, share = float(means.var(ddof=1)), shared_teachers(draws)
    by_judges = count * apart - common * count / (count - 1)
    by_teachers = max(spread * _LEAST_BY_TEACHERS, spread - by_judges)
    least = (Z_95 / (len(numbers) + Z_95**2)) ** 2
    return Luck(spread / count + by_teachers * share / (1 - share), max(common, least), spread / count)


def shared_teachers(draws: Sequence[Draw]) -> float:
    """The share of its teachers that a draw has in common with another, on average over all pairs."""
    pairs = [_overlap(set(a.taught), set(b.taught)) for a, b in combinations(draws, 2)]
    return float(np.mean(pairs)) if pairs else 0.0


def _overlap(one: set[int], other: set[int]) -> float:
    return len(one & other) / max(1, len(one), len(other))


def _t_975(freedom: float) -> float:
    """The 97.5 % point of Student's t."""
    from scipy.special import stdtrit

    return float(stdtrit(freedom, 0.975))


@dataclass(frozen=True, slots=True)
class Margin:
    """A mean over splits, its corrected standard error, and its 95 % interval."""

    mean: float
    error: float
    interval: tuple[float, float]

    @property
    def clear(self) -> bool:
        """True when the interval lies on one side of zero."""
        low, high = self.interval
        return low > 0 or high < 0


def difference_over_splits(differences: Sequence[float], n_judge: float, n_teach: float) -> Margin:
    """The mean difference between two ways on the same splits, each judged by `n_judge` and taught by `n_teach`.

    The corrected resampled t-test (Nadeau & Bengio 2003): splits share most of their teachers, so the variance of the
    mean is (1 / J + n_judge / n_teach) S^2, and not S^2 / J. S^2 is never taken to be less than what luck alone
    must give: a difference d needs at least |d| n examples that only one of the two gets right, and so varies by
    (|d| - d^2) / n at least. Three splits that happen to agree would otherwise pass for certainty.
    ValueError for fewer than two splits.
    """
    mean = fmean(differences)
    least = (abs(mean) - mean**2) / n_judge
    return _corrected(differences, max(variance(differences), least), n_judge / n_teach)


def accuracy_over_splits(accuracies: Sequence[float], n_judge: float, n_teach: float) -> Margin:
    """The same for an accuracy: an interval within [0, 1], where S^2 is at least that of drawing Wilson's shrunken
    share, so that splits which are all right are not taken for certainty."""
    mean = fmean(accuracies)
    shrunk = (mean * n_judge + 2) / (n_judge + 4)  # Agresti & Coull 1998
    spread = max(variance(accuracies), shrunk * (1 - shrunk) / n_judge)
    found = _corrected(accuracies, spread, n_judge / n_teach)
    low, high = found.interval
    return Margin(found.mean, found.error, (max(0.0, low), min(1.0, high)))


def _corrected(values: Sequence[float], spread: float, overlap: float) -> Margin:
    from scipy.special import stdtrit

    mean, count = fmean(values), len(values)
    error = sqrt((1 / count + overlap) * spread)
    reach = float(stdtrit(count - 1, 0.975)) * error
    return Margin(mean, error, (mean - reach, mean + reach))
