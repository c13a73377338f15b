"""Two models on the same examples: which is better, judged by the examples that only one of them gets right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import binomtest


@dataclass(frozen=True, slots=True)
class Paired:
    """`only_first` and `only_second`: examples that one alone gets right. `p`: exact McNemar test, two-sided."""

    only_first: int
    only_second: int
    p: float


def mcnemar(first: Sequence[bool] | np.ndarray, second: Sequence[bool] | np.ndarray) -> Paired:
    """The exact test (McNemar 1947; binomial form) of whether two models are right equally often on the same examples.

    `first` and `second` (n,) say which examples each gets right. ValueError where they are not of one length.
    """
    a, b = np.asarray(first, dtype=bool), np.asarray(second, dtype=bool)
    if a.shape != b.shape:
        raise ValueError(f"need two answers to the same examples, got {a.shape} and {b.shape}")
    only_first, only_second = int((a & ~b).sum()), int((~a & b).sum())
    differ = only_first + only_second
    return Paired(only_first, only_second, float(binomtest(only_first, differ).pvalue) if differ else 1.0)
