"""Nobody keeps the server at work all the time: what a student's pages ask for waits where it comes too fast.

A page that is drawn takes about half a second of the one core that draws all pages. A person presses some buttons in a
row and then looks at what came; a program may ask ten times a second in each of its pages.
"""

from __future__ import annotations

import time
from collections.abc import Callable

AT_ONCE, EACH_SECOND = 30.0, 1.0
"""So many pages are drawn for a student without any wait, and so many more in each second."""


class Pace:
    """How much each student has asked for lately: a leaky bucket."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._owed: dict[str, tuple[float, float]] = {}

    def wait(self, member_id: str, work: float) -> float:
        """Seconds that `work` of somebody's has to wait, where to draw a page is 1. It counts from now on."""
        now = self._clock()
        since, owed = self._owed.get(member_id, (now, 0.0))
        owed = max(0.0, owed - (now - since) * EACH_SECOND) + work
        self._owed[member_id] = now, owed
        return max(0.0, (owed - AT_ONCE) / EACH_SECOND)
