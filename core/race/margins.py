"""What a few splits of the same examples say about an accuracy, or about the difference between two."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import fmean, variance


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


def difference_over_splits(differences: Sequence[float], n_judge: int, n_teach: int) -> Margin:
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


def _corrected(values: Sequence[float], spread: float, overlap: float) -> Margin:
    from scipy.special import stdtrit

    mean, count = fmean(values), len(values)
    error = sqrt((1 / count + overlap) * spread)
    reach = float(stdtrit(count - 1, 0.975)) * error
    return Margin(mean, error, (mean - reach, mean + reach))


def accuracy_over_splits(accuracies: Sequence[float], n_judge: int, n_teach: int) -> Margin:
    """The same for an accuracy: an interval within [0, 1], where S^2 is at least that of drawing Wilson's shrunken
    share, so that splits which are all right are not taken for certainty."""
    mean = fmean(accuracies)
    shrunk = (mean * n_judge + 2) / (n_judge + 4)  # Agresti & Coull 1998
    spread = max(variance(accuracies), shrunk * (1 - shrunk) / n_judge)
    found = _corrected(accuracies, spread, n_judge / n_teach)
    low, high = found.interval
    return Margin(found.mean, found.error, (max(0.0, low), min(1.0, high)))
