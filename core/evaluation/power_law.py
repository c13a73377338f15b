"""How error falls as examples grow: error(n) = a + b n^-c, fitted to many curves at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

EXPONENTS = np.geomspace(0.1, 2.0, 60)
"""The values of c that are tried. Published curves lie well inside (Hestness et al. 2017; Viering & Loog 2023)."""


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
        """The n at which each curve comes down to `error`, (curves,); infinite for one that levels off above it."""
        above = error - self.a
        with np.errstate(divide="ignore", over="ignore"):
            return np.where(above > 0, (self.b / np.where(above > 0, above, 1.0)) ** (1 / self.c), np.inf)


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
