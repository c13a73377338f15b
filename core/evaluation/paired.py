"""Two models on the same examples: which is better, by the examples that only one of them gets right.

`holm` is for several such tests at once: the more one looks, the more often chance looks like a finding.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from math import ceil, sqrt

import numpy as np

from core.evaluation.intervals import Z_95

LUCK = 0.05
"""A difference that luck alone makes at least this often is not called one."""
_RESAMPLES = 10_000
_POWER_80 = 0.8416212335729143
"""The 80 % point of the standard normal distribution."""

Right = Sequence[bool] | np.ndarray
Clusters = Sequence[Hashable]


@dataclass(frozen=True, slots=True)
class Paired:
    """`only_first` and `only_second`: examples that one alone gets right. `p`: exact McNemar test, two-sided."""

    only_first: int
    only_second: int
    p: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """The first model against the second on the same `n` examples, which are `units` when copies count as one.

    `difference`: the accuracy of the first minus that of the second, with Tango's score `interval` (95 %) and that of
    the paired `bootstrap`, which has no width where the two never differ. Shares in [-1, 1].
    `enough`: how many test examples would tell the two apart four times in five if they went on differing as they
    did here; None where they are equally often right.
    """

    paired: Paired
    n: int
    units: int
    difference: float
    interval: tuple[float, float]
    bootstrap: tuple[float, float]
    enough: int | None

    @property
    def winner(self) -> int | None:
        """0 or 1 for the one that is clearly better, None where luck would do: both test and interval must say so."""
        low, high = self.interval
        if self.paired.p >= LUCK or low <= 0 <= high:
            return None
        return 0 if low > 0 else 1


def mcnemar(first: Right, second: Right, clusters: Clusters | None = None) -> Paired:
    """The exact test (McNemar 1947; binomial form) of whether two models are right equally often on the same examples.

    `first` and `second` (n,) say which examples each gets right. Copies and near-copies are not so many witnesses:
    with `clusters` (n,) all of a cluster change sides together, which for clusters of one is that very test. ValueError
    where they are not of one length.
    """
    return _test(_sides(first, second, clusters))


def compare(first: Right, second: Right, clusters: Clusters | None = None, *, seed: int = 0) -> Comparison:
    """All that is known of the difference between two models; arguments as of `mcnemar`, `seed` of the bootstrap.

    Score interval: Tango 1998, on counts divided by the design effect of the clusters (Rao & Scott 1992). Where the
    exact test cannot rule out that the two are equal, zero belongs to the interval. Sample size: Connor 1987.
    ValueError for no examples.
    """
    sides = _sides(first, second, clusters)
    if not sides.n:
        raise ValueError("need at least one example")
    paired, n, effect = _test(sides), sides.n, sides.design_effect()
    low, high = score_interval(paired.only_first / effect, paired.only_second / effect, n / effect)
    if paired.p >= LUCK:
        low, high = min(low, 0.0), max(high, 0.0)
    difference = (paired.only_first - paired.only_second) / n
    enough = _enough((paired.only_first + paired.only_second) / n, abs(difference))
    return Comparison(
        paired, n, len(sides.sums), difference, (low, high), _bootstrap(sides, seed),
        ceil(enough * effect) if enough else None,
    )  # fmt: skip


def score_interval(only_first: float, only_second: float, n: float, z: float = Z_95) -> tuple[float, float]:
    """Tango's score interval for a difference between paired shares (Statistics in Medicine 17, 1998, eq. 10-13).

    It has width also where the two never differ: 0 of 20 and 0 of 20 gives about (-0.16, 0.16). Counts need not be
    whole.
    """

    def statistic(delta: float) -> float:
        a, c = 2 * n, -only_second * delta * (1 - delta)
        b = -only_first - only_second + (2 * n - only_first + only_second) * delta
        share = (sqrt(max(0.0, b * b - 4 * a * c)) - b) / (2 * a)
        spread = n * (2 * share + delta * (1 - delta))
        return (only_first - only_second - n * delta) / sqrt(max(spread, 1e-12))

    estimate = (only_first - only_second) / n
    low = _falls_to(z, statistic, -1.0, estimate)
    return low, _falls_to(-z, statistic, estimate, 1.0)


def _falls_to(level: float, statistic: Callable[[float], float], low: float, high: float) -> float:
    """Where a falling function passes `level`, by halving."""
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if statistic(middle) > level else (low, middle)
    return (low + high) / 2


@dataclass(frozen=True, slots=True)
class _Sides:
    """Each example as 1, -1 or 0 (only the first is right, only the second, neither or both), summed by cluster."""

    only_first: int
    only_second: int
    sums: np.ndarray
    sizes: np.ndarray

    @property
    def n(self) -> int:
        return int(self.sizes.sum())

    def design_effect(self) -> float:
        """How many times the variance of the difference is what it were if all examples stood for themselves.

        Never less than 1; the mean size of a cluster where the examples say nothing of it, all being alike.
        """
        n, count = self.n, len(self.sums)
        mean = float(self.sums.sum()) / n
        alone = (self.only_first + self.only_second - n * mean**2) / max(1, n - 1)
        if alone < 1e-12 or count < 2:
            return n / count
        together = float(((self.sums - self.sizes * mean) ** 2).sum()) * count / (count - 1) / n
        return max(1.0, float(together / alone))


def _sides(first: Right, second: Right, clusters: Clusters | None) -> _Sides:
    a, b = np.asarray(first, dtype=bool), np.asarray(second, dtype=bool)
    if a.shape != b.shape or (clusters is not None and len(clusters) != len(a)):
        raise ValueError(f"need two answers to the same examples, got {a.shape} and {b.shape}")
    side = a.astype(int) - b.astype(int)
    number: dict[Hashable, int] = {}
    at = [number.setdefault(name, len(number)) for name in (range(len(a)) if clusters is None else clusters)]
    sums, sizes = np.zeros(len(number), dtype=int), np.zeros(len(number), dtype=int)
    np.add.at(sums, at, side)
    np.add.at(sizes, at, 1)
    return _Sides(int((side > 0).sum()), int((side < 0).sum()), sums, sizes)


def _test(sides: _Sides) -> Paired:
    return Paired(sides.only_first, sides.only_second, _by_chance(sides.sums))


def _by_chance(sums: np.ndarray) -> float:
    """How often the sum is at least as far from zero when a fair coin gives each cluster its sign: exactly, counted."""
    from scipy.stats import binom

    weights = np.abs(sums[sums != 0])
    total, found = int(weights.sum()), abs(int(sums.sum()))
    if not total:
        return 1.0
    ones = int((weights == 1).sum())
    chance = np.zeros(2 * total + 1)  # of the sum s, at index s + total
    chance[total - ones : total + ones + 1 : 2] = binom.pmf(np.arange(ones + 1), ones, 0.5)
    for weight in weights[weights > 1]:
        chance = (np.roll(chance, weight) + np.roll(chance, -weight)) / 2  # the ends are still empty
    far = np.abs(np.arange(-total, total + 1)) >= found
    return min(1.0, float(chance[far].sum()))


def _bootstrap(sides: _Sides, seed: int) -> tuple[float, float]:
    """The percentile interval of the difference when whole clusters are drawn again (Efron & Tibshirani 1993, ch. 13).

    Clusters of one sum and size are exchangeable, so how many of each are drawn is all there is to draw.
    """
    patterns = Counter(zip(sides.sums.tolist(), sides.sizes.tolist(), strict=True))
    kinds, counts = np.array(list(patterns)), np.array(list(patterns.values()))
    drawn = np.random.default_rng(seed).multinomial(counts.sum(), counts / counts.sum(), size=_RESAMPLES)
    sums, sizes = (drawn @ kinds).T
    low, high = np.quantile(sums / sizes, [0.025, 0.975])
    return float(low), float(high)


def _enough(differ: float, difference: float) -> float | None:
    """Pairs that McNemar's test needs to see a `difference` when a share `differ` of pairs differs (Connor 1987)."""
    if not difference:
        return None
    return ((Z_95 * sqrt(differ) + _POWER_80 * sqrt(differ - difference**2)) / difference) ** 2


def holm(p_values: Sequence[float]) -> list[float]:
    """P-values corrected for there being several, in their order (Holm 1979, "A simple sequentially rejective multiple
    test procedure"): calling those under 5 % findings, any of them is luck in at most 5 % of cases."""
    order = sorted(range(len(p_values)), key=lambda i: p_values[i])
    corrected, largest = [0.0] * len(p_values), 0.0
    for place, i in enumerate(order):
        largest = max(largest, min(1.0, (len(p_values) - place) * p_values[i]))
        corrected[i] = largest
    return corrected
