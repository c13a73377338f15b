"""Who is here, and what belongs to whose browser. In memory alone: a server that starts again is told anew."""

from __future__ import annotations

import threading
import time
from collections import Counter, OrderedDict, defaultdict
from collections.abc import Callable, Collection

_PHONE_SECONDS = 15
_MOST_FILES = 20_000
_MOST_SESSIONS = 200
"""Of one person: what they were told longest ago is forgotten."""


class Presence:
    """What the members of a class have open. Thread-safe."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._open: Counter[str] = Counter()
        self._heard: dict[str, float] = {}
        self._phones: dict[str, float] = {}
        self._files: defaultdict[str, OrderedDict[str, None]] = defaultdict(OrderedDict)
        self._sessions: defaultdict[str, OrderedDict[str, None]] = defaultdict(OrderedDict)

    def opened(self, member_id: str, by: int = 1) -> None:
        """A page was opened, or closed (-1)."""
        with self._lock:
            self._open[member_id] += by

    def pages(self, member_id: str) -> int:
        """How many pages somebody has open."""
        return self._open[member_id]

    def is_here(self, member_id: str) -> bool:
        """Whether somebody has a page open."""
        return self._open[member_id] > 0 or self.takes_pictures(member_id)

    def asked(self, member_id: str) -> None:
        """The page for the phone asked how things are, as it does every few seconds."""
        self._phones[member_id] = self._heard[member_id] = self._clock()

    def takes_pictures(self, member_id: str) -> bool:
        """Whether somebody has the page for the phone open."""
        when = self._phones.get(member_id)
        return when is not None and self._clock() - when < _PHONE_SECONDS

    def heard(self, member_id: str) -> None:
        """Somebody's page said something."""
        self._heard[member_id] = self._clock()

    def silent(self, member_id: str) -> float | None:
        """Seconds since then; None for whoever was not heard since the server began."""
        when = self._heard.get(member_id)
        return None if when is None else max(0.0, self._clock() - when)

    def told(self, member_id: str, files: Collection[str]) -> None:
        """A page was told of files, by their names: from now on its browser may fetch them, or have them made."""
        if files:
            self._keep(self._files[member_id], files, _MOST_FILES)

    def may_fetch(self, member_id: str, file: str) -> bool:
        """Whether somebody was told of the file of this name."""
        return file in self._files[member_id]

    def has_session(self, member_id: str, session: str) -> None:
        """A session of Streamlit's is somebody's."""
        self._keep(self._sessions[member_id], [session], _MOST_SESSIONS)

    def sessions(self, member_id: str) -> list[str]:
        """What was said to be somebody's."""
        with self._lock:
            return list(self._sessions[member_id])

    def owns_session(self, member_id: str, session: str) -> bool:
        return session in self._sessions[member_id]

    def _keep(self, kept: OrderedDict[str, None], names: Collection[str], most: int) -> None:
        with self._lock:
            for name in names:
                kept[name] = None
                kept.move_to_end(name)
            while len(kept) > most:
                kept.popitem(last=False)
