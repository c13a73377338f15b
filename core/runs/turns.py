"""Whose turn it is: fair to everybody who shares a computer, and to one person simply the order of asking.

Self-clocked fair queueing (Golestani 1994, "A self-clocked fair queueing scheme for broadband applications"): a job
gets a tag, which is when it would be done if all whose jobs wait were served at the same time, each at the same pace.
The smallest tag is next. So the turns go round, a short job comes before a long one of somebody else's, a second job of
somebody's waits for the first, and no job waits for ever, since the tags of all that come later grow.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from heapq import heapify, heapreplace
from typing import Any

from core.errors import UserError
from core.runs.folder import RunFolder
from core.workspace import Workspace

USUAL_SECONDS = 20.0
"""Of a job of which nobody has estimated how long it takes."""
_SHORTEST, _LONGEST = 2.0, 1e6
"""A job counts as so long at least, since each also costs a start, and as no longer."""


def owner_of(job: RunFolder) -> str:
    """Whose job it is: everybody has a workspace of their own."""
    return str(Workspace.holding(job.path).root)


def expected_of(job: RunFolder) -> float:
    """Seconds that a job takes, as was estimated when it was asked for."""
    said: Any = None
    with suppress(UserError):  # it is damaged, as whoever works on it will say
        said = job.request.get("expected")
    usable = isinstance(said, (int, float)) and said > 0
    return min(max(_SHORTEST, float(said)), _LONGEST) if usable else USUAL_SECONDS


@dataclass(frozen=True, slots=True)
class Waiting:
    """A job in the queue; `tag` is what it is ordered by, and `seconds` what it is expected to take."""

    tag: float
    job: RunFolder
    owner: str
    seconds: float


class Turns:
    """The jobs that wait. Not thread-safe: a launcher has a lock of its own."""

    def __init__(self) -> None:
        self._waiting: list[Waiting] = []
        self._last: dict[str, float] = {}
        self._now = self._next = 0.0

    def add(self, job: RunFolder) -> None:
        """`job` waits from now on."""
        owner, seconds = owner_of(job), expected_of(job)
        tag = max(self._now, self._last.get(owner, 0.0)) + seconds
        self._last[owner] = tag
        self._waiting.append(Waiting(tag, job, owner, seconds))
        self._waiting.sort(key=lambda one: one.tag)  # keeps the order of those with the same one

    def take(self, fits: Callable[[Waiting], bool] = lambda one: True) -> Waiting | None:
        """The next one that `fits`, which no longer waits."""
        found = next((one for one in self._waiting if fits(one)), None)
        if found:
            self._waiting.remove(found)
            # What begins now counts when it is done, which is about when the next begins: until then whoever it belongs
            # to has had no turn more than those who come meanwhile.
            self._now, self._next = self._next, max(self._next, found.tag)
            self._last = {owner: tag for owner, tag in self._last.items() if tag > self._now}
        return found

    def remove(self, job_id: str) -> RunFolder | None:
        """A job that does not want its turn any more; None if it did not wait. What its owner asked for after it moves
        up, as if it had never been there."""
        found = next((one for one in self._waiting if one.job.id == job_id), None)
        if found is None:
            return None
        self._waiting = [
            replace(one, tag=max(one.tag - found.seconds, self._now))
            if one.owner == found.owner and one.tag > found.tag else one
            for one in self._waiting if one is not found
        ]  # fmt: skip
        self._waiting.sort(key=lambda one: one.tag)
        if found.owner in self._last:
            self._last[found.owner] -= found.seconds
        return found.job

    def position(self, job_id: str) -> int | None:
        """How many are before it; None when it does not wait."""
        return next((number for number, one in enumerate(self._waiting) if one.job.id == job_id), None)

    def __iter__(self) -> Iterator[Waiting]:
        """In the order of their turns."""
        return iter(self._waiting)

    def __len__(self) -> int:
        return len(self._waiting)


def seconds_until(job_id: str, waiting: Iterable[Waiting], busy: Iterable[float], slots: int) -> float | None:
    """When a waiting job will begin, if each before it takes what is expected. `busy`: how long each job that is under
    way still takes. None for one that does not wait."""
    free = sorted(busy, reverse=True)[:slots]
    free += [0.0] * (slots - len(free))
    heapify(free)
    for one in waiting:
        if one.job.id == job_id:
            return free[0]
        heapreplace(free, free[0] + one.seconds)
    return None
