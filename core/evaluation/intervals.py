"""Confidence intervals: of a share, of the difference of two shares, of a mean over independent repeats."""

from __future__ import annotations

from collections.abc import Sequence
from math import hypot, sqrt

import numpy as np
from scipy.special import stdtrit

Z_95 = 1.959963984540054
"""The 97.5 % point of the standard normal distribution."""
FEWEST_REPEATS = 3
"""Fewer repeats bound no mean: with two, Student's t reaches 12.7 standard errors to either side, which for accuracies
is as good as from 0 to 1."""


def wilson(successes: float, n: int, z: float = Z_95) -> tuple[float, float]:
    """The Wilson score interval for `successes` out of `n` (Wilson 1927), ends in [0, 1].

    Unlike the textbook p +- z sqrt(p (1 - p) / n) it holds its promise for small `n` and for 0 or `n` successes:
    10 of 10 gives (0.72, 1.0). `successes` need not be whole: each of the `n` may have been tried several times.
    ValueError unless 0 <= successes <= n and n >= 1.
    """
    if n < 1 or not 0 <= successes <= n:
        raise ValueError(f"need 0 <= successes <= n and n >= 1, got {successes} of {n}")
    share = successes / n
    middle = share + z * z / (2 * n)
    spread = z * sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    scale = 1 + z * z / n
    low = 0.0 if successes == 0 else (middle - spread) / scale
    high = 1.0 if successes == n else (middle + spread) / scale
    return low, high


def difference_interval(successes: float, n: int, other_successes: float, other_n: int) -> tuple[float, float]:
    """The 95 % interval for the difference of two independent shares, the first minus the other.

    Newcombe 1998, method 10: from the Wilson limits of each. ValueError as of `wilson`.
    """
    share, other = successes / n, other_successes / other_n
    low, high = wilson(successes, n)
    other_low, other_high = wilson(other_successes, other_n)
    apart = share - other
    return apart - hypot(share - low, other_high - other), apart + hypot(high - share, other - other_low)


def mean_interval(shares: Sequence[float] | np.ndarray) -> tuple[float, float] | None:
    """The 95 % interval for the mean of independent `shares` (n,) in [0, 1]: Student's t, cut off at 0 and 1.

    Where all are the same they say nothing of their spread, and Wilson's interval for `n` of them stands in. None for
    fewer than FEWEST_REPEATS. Repeats that share training examples are not independent: see `repeated_splits`.
    """
    values = np.asarray(shares, dtype=float)
    n = len(values)
    if n < FEWEST_REPEATS:
        return None
    mean, spread = float(np.mean(values)), float(values.std(ddof=1))
    if spread < 1e-12:
        return wilson(min(n, max(0.0, mean * n)), n)
    reach = float(stdtrit(n - 1, 0.975)) * spread / sqrt(n)
    return max(0.0, mean - reach), min(1.0, mean + reach)
