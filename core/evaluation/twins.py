"""Judging examples that are nearly the same as one that taught: how many, and how the score is without them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.evaluation.intervals import wilson

LEAST_TAUGHT = 20
USUAL = 0.05
"""Were judging examples drawn like those that taught, so many would count as twins."""
_SURE = 0.01


@dataclass(frozen=True, slots=True)
class Pair:
    """A judging example and the training example most like it: their places, and their cosine likeness (-1 to 1)."""

    judged: int
    taught: int
    likeness: float
    twin: bool


@dataclass(frozen=True, slots=True)
class Twins:
    """`pairs` has one for each judging example, the most alike first.

    A pair is a twin above `threshold`. `more_than_usual`: there are more twins than chance would give (binomial test at
    1 %). `with_twin` and `without` are (right, n, 95 % Wilson interval or None for none).
    """

    pairs: tuple[Pair, ...]
    threshold: float
    more_than_usual: bool
    with_twin: tuple[int, int, tuple[float, float] | None]
    without: tuple[int, int, tuple[float, float] | None]

    @property
    def count(self) -> int:
        return self.with_twin[1]


def twins(
    taught: np.ndarray, judged: np.ndarray, clusters: Sequence[object], right: Sequence[bool] | np.ndarray
) -> Twins | None:
    """Nearest training example of every judging example, among embeddings `taught` (m, d) and `judged` (n, d).

    The threshold is the likeness that only one in twenty training examples has to its own nearest one of another
    cluster (`clusters` (m,)). What judges and what teaches come from one source, so one in twenty judging examples is
    to be expected above it; more of them mean that the two sides are closer than two independent draws would be.
    `right` (n,) says which were answered rightly. None with fewer than LEAST_TAUGHT training examples: one in twenty of
    them cannot be told.
    """
    if len(taught) < LEAST_TAUGHT or not len(judged):
        return None
    middle = taught.mean(0)
    a, b = _unit(taught - middle), _unit(judged - middle)
    names = np.unique(np.array([str(cluster) for cluster in clusters]), return_inverse=True)[1]
    among = a @ a.T
    among[names[:, None] == names[None, :]] = -1.0
    threshold = float(np.quantile(among.max(1), 1 - USUAL))
    across = b @ a.T
    nearest = across.argmax(1)
    likeness = across[np.arange(len(b)), nearest]
    is_twin, truth = likeness > threshold, np.asarray(right, dtype=bool)
    order = np.argsort(-likeness, kind="stable")
    pairs = tuple(Pair(int(i), int(nearest[i]), float(likeness[i]), bool(is_twin[i])) for i in order)
    return Twins(
        pairs, threshold, _unusual(int(is_twin.sum()), len(b)), _share(truth[is_twin]), _share(truth[~is_twin])
    )


def _unit(vectors: np.ndarray) -> np.ndarray:
    return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)


def _unusual(count: int, n: int) -> bool:
    from scipy.stats import binomtest

    return bool(binomtest(count, n, USUAL, alternative="greater").pvalue < _SURE)


def _share(right: np.ndarray) -> tuple[int, int, tuple[float, float] | None]:
    n, hits = len(right), int(right.sum())
    return hits, n, wilson(hits, n) if n else None
