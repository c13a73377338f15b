"""Two ways of doing the same, measured in turns: what slows a shared machine down then falls on both."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable

from benchmarks.table import Measured

Way = Callable[[], float]
"""Does the work once; returns what it took, in the unit of the row."""


def timed(work: Callable[[], object], before: Callable[[], object] = lambda: None) -> Way:
    """`work` as a way that returns its seconds; `before` does not count."""

    def way() -> float:
        before()
        gc.collect()
        began = time.perf_counter()
        work()
        return time.perf_counter() - began

    return way


def interleaved(ours: Way, plain: Way, pairs: int, *, times: float = 1.0, note: str = "") -> Measured:
    """Both ways `pairs` times, each going first every other time. What the plain way took is multiplied by `times`."""
    taken: dict[Way, list[float]] = {ours: [], plain: []}
    for number in range(pairs):
        for way in (ours, plain) if number % 2 == 0 else (plain, ours):
            taken[way].append(way())
    return Measured(tuple(taken[ours]), tuple(seconds * times for seconds in taken[plain]), note=note)
