"""How many more examples? A measured curve of accuracy against size, extrapolated, and honest about how sure that is.

The error falls as a power law, error(n) = a + b n^-c, fitted to the curve and to many resamples of it at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.evaluation.intervals import FEWEST_REPEATS
from core.evaluation.repeated_splits import EvaluatedSplit, training_overlap, two_way_mean, variance_parts

EXPONENTS = np.geomspace(0.1, 2.0, 60)
"""The values of c that are tried. Published curves lie well inside (Hestness et al. 2017; Viering & Loog 2023)."""


MOST_EXAMPLES = 10_000_000
"""Of each class: more is out of reach, whatever a curve says."""
FEWEST_SIZES = 4
"""Three numbers are fitted: fewer points would fit anything."""
RESAMPLES = 500
_FAR = 20
"""Beyond so many times the most examples that were tried, nothing is said."""
_WIDE = 30
"""Nor when the upper end is so many times the lower."""


@dataclass(frozen=True)
class PowerLaws:
    """Curves a + b n^-c, a and b at least 0: arrays (curves,)."""

    a: np.ndarray
    b: np.ndarray
    c: np.ndarray

    def error(self, n: float) -> np.ndarray:
        """The error of each curve at `n` examples, (curves,)."""
        return self.a + self.b * n**-self.c

    def needed(self, error: float) -> np.ndarray:
        """The n at which each curve comes down to `error`, (curves,); infinite where that is out of reach.

        Out of reach is what nobody could collect, more than MOST_EXAMPLES: a curve that levels off at `error` itself is
        fitted only to the last bit, and without a bound that bit would decide between infinity and 10^33.
        """
        above = error - self.a
        with np.errstate(divide="ignore", over="ignore"):
            n = np.where(above > 0, (self.b / np.where(above > 0, above, 1.0)) ** (1 / self.c), np.inf)
        return np.where(n > MOST_EXAMPLES, np.inf, n)


def fit_power_laws(sizes: Sequence[int], errors: np.ndarray) -> PowerLaws:
    """The best curve for each row of `errors` (curves, sizes), by weighted least squares.

    For each c the best a and b are found exactly, and the best c is taken from `EXPONENTS`: nothing to converge. The
    k-th size weighs k, since later points say more about what comes next (Figueroa et al. 2012).
    """
    n, weights = np.array(sizes, dtype=float), np.arange(1.0, len(sizes) + 1)
    weights /= weights.sum()
    x = n ** -EXPONENTS[:, None]
    mean_x, mean_xx = x @ weights, (x**2) @ weights
    mean_y, mean_xy = errors @ weights, (errors * weights) @ x.T
    b = (mean_xy - mean_y[:, None] * mean_x) / (mean_xx - mean_x**2)
    a = mean_y[:, None] - b * mean_x
    through_zero = a < 0
    a, b = np.where(through_zero, 0.0, a), np.where(through_zero, mean_xy / mean_xx, b)
    level = b < 0
    a, b = np.where(level, mean_y[:, None], a), np.where(level, 0.0, b)
    misses = errors[:, None, :] - a[:, :, None] - b[:, :, None] * x
    best = ((misses**2) @ weights).argmin(1)
    at = np.arange(len(errors)), best
    return PowerLaws(a[at], b[at], EXPONENTS[best])


@dataclass(frozen=True, slots=True)
class Needed:
    """How many examples of each class it takes to be right in a share `target`.

    `kind` is "about" (with all three numbers: the middle, and the ends of a 95 % interval), "open" (no upper end can be
    given), "at_least" (`low` only), "levels_off" (no number of examples is likely to do) or "cannot_say".
    """

    target: float
    kind: str
    low: float | None = None
    middle: float | None = None
    high: float | None = None


class Forecast:
    """A power law through a measured curve, and as many more through resamples of it.

    `splits[k]` are the splits at the k-th of `sizes` (training examples of each class), with the same test examples at
    every size; `curves[j]` (sizes, n_j) says which were answered rightly in split j. `refusal` is why nothing can be
    forecast, if so: too few "sizes" or "draws", or the curve is "flat" or of another "shape". `ends` are the accuracies
    that were measured with the fewest and with the most examples.
    """

    def __init__(
        self, sizes: Sequence[int], splits: Sequence[Sequence[EvaluatedSplit]], curves: Sequence[np.ndarray]
    ) -> None:
        self.sizes = list(sizes)
        self.refusal = _refusal(self.sizes, splits, curves)
        measured = np.mean([curve.mean(1) for curve in curves], axis=0)
        self.ends = float(measured[0]), float(measured[-1])
        resampled = _resampled(splits, curves)
        self._best = fit_power_laws(self.sizes, 1 - measured[None])
        self._others = fit_power_laws(self.sizes, 1 - resampled)
        if not self.refusal and not _predicts_its_end(self.sizes, resampled):
            self.refusal = "shape"

    def accuracy(self, n: int) -> tuple[float, tuple[float, float]]:
        """What is to be expected at `n` of each class, with its 95 % interval."""
        middle = float(self._best.error(n)[0])
        low, high = (float(end) for end in np.quantile(self._others.error(n), (0.025, 0.975)))
        return 1 - middle, (max(0.0, 1 - max(high, middle)), min(1.0, 1 - min(low, middle)))

    def needed(self, target: float) -> Needed:
        """How many of each class it takes to be right in a share `target`."""
        if self.refusal:
            return Needed(target, "cannot_say")
        found = np.sort(self._others.needed(1 - target))
        low, high = (float(found[round(q * (len(found) - 1))]) for q in (0.025, 0.975))
        middle = max(float(self._best.needed(1 - target)[0]), low)
        most = self.sizes[-1]
        if np.isinf(low):
            return Needed(target, "levels_off")
        if high <= min(_FAR * most, _WIDE * max(low, 1.0)):
            return Needed(target, "about", low, min(middle, high), high)
        if middle <= _FAR * most:
            return Needed(target, "open", low, middle)
        return Needed(target, "at_least", low) if most < low <= _FAR * most else Needed(target, "cannot_say")


def _refusal(sizes: list[int], splits: Sequence[Sequence[EvaluatedSplit]], curves: Sequence[np.ndarray]) -> str:
    if len(sizes) < FEWEST_SIZES:
        return "sizes"
    if len(curves) < FEWEST_REPEATS:
        return "draws"
    risen = two_way_mean(splits[-1], [curve[-1].astype(float) - curve[0] for curve in curves])
    return "" if risen.sign > 0 else "flat"


def _resampled(splits: Sequence[Sequence[EvaluatedSplit]], curves: Sequence[np.ndarray]) -> np.ndarray:
    """Accuracies (resamples, sizes) had other splits been drawn and other examples been tested on.

    Both are resampled (Owen 2007, "The pigeonhole bootstrap"). Splits that share training examples differ too little,
    so what they differ by is stretched, as in `two_way_mean`.
    """
    rng, count = np.random.default_rng(0), len(curves)
    tested = [np.array(split.test) for split in splits[0]]
    numbers = np.unique(np.concatenate(tested))
    by_split = rng.multinomial(count, np.full(count, 1 / count), RESAMPLES) / count
    by_example = rng.multinomial(len(numbers), np.full(len(numbers), 1 / len(numbers)), RESAMPLES)
    stretch = np.array([_stretch(splits[k], [curve[k] for curve in curves]) for k in range(len(splits))])
    accuracy = np.zeros((RESAMPLES, len(curves[0])))
    for j, curve in enumerate(curves):
        weights = by_example[:, np.searchsorted(numbers, tested[j])].astype(float)
        own = weights @ curve.T / np.maximum(weights.sum(1, keepdims=True), 1.0)
        accuracy += own / count + (by_split[:, [j]] - 1 / count) * own * stretch
    return accuracy


def _stretch(splits: Sequence[EvaluatedSplit], values: Sequence[np.ndarray]) -> float:
    """How many times further apart splits would lie that have no training example in common."""
    if len(splits) < 2 or training_overlap(splits) >= 1:
        return 1.0
    parts = variance_parts(splits, [value.astype(float) for value in values])
    return float(np.sqrt(parts.between_splits / parts.uncorrected)) if parts.uncorrected else 1.0


def _predicts_its_end(sizes: list[int], resampled: np.ndarray) -> bool:
    """True when the curve without its last point predicts that point: otherwise it has another shape."""
    if len(sizes) <= FEWEST_SIZES:
        return True
    missed = resampled[:, -1] - (1 - fit_power_laws(sizes[:-1], 1 - resampled[:, :-1]).error(sizes[-1]))
    low, high = np.quantile(missed, (0.005, 0.995))
    return bool(low <= 0 <= high)
