"""How the learning rate rises and falls."""

from __future__ import annotations

from math import cos, pi


def warmup_cosine(step: int, total: int, warmup: int) -> float:
    """The factor on the peak learning rate at `step` (from 0) of `total`: linear rise, then half a cosine to zero.

    Loshchilov & Hutter 2017, eq. 5 with a single period.
    """
    if step < warmup:
        return (step + 1) / (warmup + 1)
    progress = (step - warmup) / max(1, total - warmup)
    return 0.5 * (1 + cos(pi * min(1.0, progress)))
