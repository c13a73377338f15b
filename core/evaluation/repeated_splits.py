"""Means and differences over repeated random splits of one dataset, with intervals that know where chance comes in.

Splits of one pool share training examples, so they differ less than independent ones would. Where it is known which
examples trained and which were tested on, both count (two-way clusters); where only their numbers are known, the
corrected resampled t-test stands in. Fewer than three repeats bound nothing, and then there is no interval.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from math import sqrt
from statistics import fmean, variance

import numpy as np
from scipy.special import stdtrit

from core.evaluation.intervals import FEWEST_REPEATS, Z_95
from core.messages import Message, counted

_LEAST_BY_TRAINING = 1 / 3
"""At least this part of the variance between splits is put down to what was trained on: few splits cannot tell more
exactly, and with less, intervals of splits that share many training examples covered the truth in 80 % of simulations
instead of 92."""


@dataclass(frozen=True, slots=True)
class EvaluatedSplit:
    """Which examples one repeat trained on and tested on. Copies of an example have the same number."""

    train: tuple[int, ...]
    test: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean over `repeats` splits, which lie between `lowest` and `highest`; `error` is its standard error.

    `interval` (95 %) is None where nothing bounds the mean: below FEWEST_REPEATS repeats (`error` is None after one),
    or when every split trained on the same examples. `tested` different examples were tested on in all, 0 where that is
    not known.
    """

    mean: float
    error: float | None
    interval: tuple[float, float] | None
    repeats: int
    lowest: float
    highest: float
    tested: int = 0

    @property
    def sign(self) -> int:
        """1 or -1 when the interval lies on one side of zero, else 0."""
        if self.interval is None:
            return 0
        low, high = self.interval
        return 1 if low > 0 else -1 if high < 0 else 0

    def within(self, least: float, most: float) -> Estimate:
        """The same with its interval cut off at the ends of what can be."""
        if self.interval is None:
            return self
        low, high = self.interval
        return Estimate(
            self.mean, self.error, (max(least, low), min(most, high)), self.repeats, self.lowest, self.highest,
            self.tested,
        )  # fmt: skip


def accuracy_sentence(accuracy: Estimate) -> Message:
    """A mean accuracy over repeats (seeds) in a sentence: with its interval, or why there is none."""
    if accuracy.interval is not None:
        low, high = accuracy.interval
        return Message(
            "{mean:percent} on average over {n} repeats (seeds), 95\u00a0% confidence interval {low:percent} to "
            "{high:percent}.",
            mean=accuracy.mean,
            n=accuracy.repeats,
            low=low,
            high=high,
        )
    return counted(
        "{mean:percent} in a single repeat (seed), which cannot bound the mean: at least {least} can.",
        "{mean:percent} on average over {n} repeats (seeds), between {low:percent} and {high:percent}. So few "
        "cannot bound the mean: at least {least} can.",
        n=accuracy.repeats,
        mean=accuracy.mean,
        low=accuracy.lowest,
        high=accuracy.highest,
        least=FEWEST_REPEATS,
    )


# --- only the numbers of examples are known ---


def accuracy_over_repeats(accuracies: Sequence[float], n_test: float, n_train: float) -> Estimate:
    """The mean accuracy over splits, each tested on `n_test` and trained on `n_train` examples.

    The corrected resampled t-test (Nadeau & Bengio 2003): splits share most of their training examples, so the variance
    of the mean is (1 / J + n_test / n_train) S^2, and not S^2 / J. S^2 is at least that of drawing Wilson's shrunken
    share, so that splits which are all right are not taken for certainty. ValueError for no split.
    """
    if not accuracies:
        raise ValueError("need at least one split")
    shrunk = (fmean(accuracies) * n_test + 2) / (n_test + 4)  # Agresti & Coull 1998
    return _corrected(accuracies, shrunk * (1 - shrunk) / n_test, n_test / n_train).within(0.0, 1.0)


def difference_over_repeats(differences: Sequence[float], n_test: float, n_train: float) -> Estimate:
    """The same for the difference between two models on the same splits.

    S^2 is never taken to be less than what chance alone must give: a difference d needs at least |d| n examples that
    only one of the two gets right, and so varies by (|d| - d^2) / n at least. Three splits that happen to agree would
    otherwise pass for certainty.
    """
    if not differences:
        raise ValueError("need at least one split")
    mean = fmean(differences)
    return _corrected(differences, (abs(mean) - mean**2) / n_test, n_test / n_train)


def _corrected(values: Sequence[float], least_variance: float, overlap: float) -> Estimate:
    mean, count = fmean(values), len(values)
    error, interval = None, None
    if count > 1:
        error = sqrt((1 / count + overlap) * max(variance(values), least_variance))
    if error is not None and count >= FEWEST_REPEATS:
        reach = _t_975(count - 1) * error
        interval = (mean - reach, mean + reach)
    return Estimate(mean, error, interval, count, min(values), max(values))


# --- the examples themselves are known ---


def two_way_mean(splits: Sequence[EvaluatedSplit], values: Sequence[np.ndarray]) -> Estimate:
    """The mean over splits, and its interval.

    `values[j]` (n_j,) has one value for each example tested on in split j: 1 for right and 0 for wrong, or the
    difference of two such, which makes a paired comparison. The variance of the mean is that between splits, because
    other examples might have been trained on, plus that between examples, because others might have been tested on:
    two-way clusters (Cameron, Gelbach & Miller 2011). Student's t with the degrees of freedom of Satterthwaite 1946,
    and never narrower than Student's t over the splits alone.
    """
    means = [float(value.mean()) for value in values]
    mean, count = float(np.mean(means)), len(splits)
    tested = len(set().union(*(split.test for split in splits)))
    error, interval = None, None
    if count > 1 and training_overlap(splits) < 1:
        parts = variance_parts(splits, values)
        total = parts.between_splits + parts.between_examples
        error = sqrt(total)
        if count >= FEWEST_REPEATS:
            freedom = total**2 / (
                parts.between_splits**2 / (count - 1) + parts.between_examples**2 / max(1, tested - 1)
            )
            reach = max(_t_975(freedom) * error, _t_975(count - 1) * sqrt(parts.between_splits))
            interval = (mean - reach, mean + reach)
    return Estimate(mean, error, interval, count, min(means), max(means), tested)


def two_way_accuracy(splits: Sequence[EvaluatedSplit], right: Sequence[np.ndarray]) -> Estimate:
    """The same for how often a model was right (1) and not (0): an interval within [0, 1]."""
    return two_way_mean(splits, right).within(0.0, 1.0)


@dataclass(frozen=True, slots=True)
class VarianceParts:
    """The two parts of the variance of a mean over splits; `uncorrected` is the first as if splits had no training
    example in common."""

    between_splits: float
    between_examples: float
    uncorrected: float


def variance_parts(splits: Sequence[EvaluatedSplit], values: Sequence[np.ndarray]) -> VarianceParts:
    """How much of a mean over splits (arguments as of `two_way_mean`) is chance, and which.

    Splits of one pool share some of their training examples. If what a training set gives is about the sum of what each
    example gives, two splits that share a part r of theirs are correlated by r, and their part of S^2 / J becomes
    S^2 (1 / J + r / (1 - r)): the corrected resampled variance of Nadeau & Bengio 2003, with the overlap that is
    measured instead of assumed, and without the part of S^2 that comes from what was tested on.
    The variance among examples never falls below the one that gives Wilson's interval when all are right or wrong.
    """
    count, means = len(splits), np.array([value.mean() for value in values])
    numbers = np.unique(np.concatenate([np.array(split.test) for split in splits]))
    together, apart = np.zeros(len(numbers)), 0.0
    for split, value in zip(splits, values, strict=True):
        own = np.zeros(len(numbers))
        np.add.at(own, np.searchsorted(numbers, split.test), (value - means.mean()) / (count * len(value)))
        together += own
        apart += float((own**2).sum())
    common = max(0.0, float((together**2).sum()) * len(numbers) / max(1, len(numbers) - 1) - apart)
    spread, share = float(means.var(ddof=1)), training_overlap(splits)
    by_test = count * apart - common * count / (count - 1)
    by_training = max(spread * _LEAST_BY_TRAINING, spread - by_test)
    least = (Z_95 / (len(numbers) + Z_95**2)) ** 2
    return VarianceParts(spread / count + by_training * share / (1 - share), max(common, least), spread / count)


def training_overlap(splits: Sequence[EvaluatedSplit]) -> float:
    """The share of its training examples that a split has in common with another, on average over all pairs."""
    pairs = [_overlap(set(a.train), set(b.train)) for a, b in combinations(splits, 2)]
    return float(np.mean(pairs)) if pairs else 0.0


def _overlap(one: set[int], other: set[int]) -> float:
    return len(one & other) / max(1, len(one), len(other))


def _t_975(freedom: float) -> float:
    """The 97.5 % point of Student's t."""
    return float(stdtrit(freedom, 0.975))
