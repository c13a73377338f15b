"""Experiments that never happened: events in which who was right is decided beforehand."""

from __future__ import annotations

import numpy as np

from core.events import DrawMade, Event, WayJudged


def events(
    ways: dict[str, float], draws: int = 5, judges: int = 200, seed: int = 0, noise: float = 0.01
) -> list[Event]:
    """Each way is right with its own probability, a little different from draw to draw; the luck of a judge is shared
    by all ways, so comparisons are paired."""
    rng = np.random.default_rng(seed)
    made: list[Event] = []
    for draw in range(draws):
        luck = rng.random(judges)
        made.append(DrawMade(draw, 5, tuple(range(1000 * draw, 1000 * draw + 10)), tuple(range(judges))))
        for way, share in ways.items():
            right = luck < share + rng.normal(0, noise)
            made.append(WayJudged(draw, 5, way, "".join("01"[int(one)] for one in right), float(draw)))
    return made


def square(scratch: float, scratch_harder: float, transferred: float, transferred_harder: float) -> dict[str, float]:
    return {
        "scratch/plain": scratch, "scratch/harder": scratch_harder,
        "transferred/plain": transferred, "transferred/harder": transferred_harder,
    }  # fmt: skip
