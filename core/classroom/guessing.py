"""Guessing is hopeless: wrong codes are counted, by the address that they come from and in all."""

from __future__ import annotations

import ipaddress
import time
from collections import deque
from collections.abc import Callable

ALPHABET = "BCDFGHJKLMNPQRSTVWXZ23456789"
"""What codes are made of. Nothing that is mistaken for something else, and no vowels: a code is never a word."""
LENGTH = 6
"""28 to the sixth is 480 million. At 5 a minute from one address, and `IN_ALL` from all together, the chance to hit one
in a lesson of 45 minutes is one in a hundred thousand."""
PER_ADDRESS, IN_ALL, WINDOW = 5, 100, 60.0
"""Wrong codes in so many seconds."""


class Guesses:
    """The wrong codes of the last minute, or whatever else there must not be too much of."""

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, *, per_address: int = PER_ADDRESS, window: float = WINDOW
    ) -> None:
        self._clock = clock
        self._most, self._window = per_address, window
        self._missed: deque[tuple[float, str]] = deque()

    def wait(self, address: str) -> float:
        """Seconds until somebody at this address may try again; 0 is at once. While very many guess, an address that
        has missed once waits. One that has not may try all the same, or they could lock the class out."""
        now, place = self._clock(), _place(address)
        while self._missed and self._missed[0][0] <= now - self._window:
            self._missed.popleft()
        own = [when for when, where in self._missed if where == place]
        allowed = self._most if len(self._missed) < IN_ALL else 1
        return own[-allowed] + self._window - now if len(own) >= allowed else 0.0

    def miss(self, address: str) -> None:
        """Somebody at this address named a wrong code."""
        self._missed.append((self._clock(), _place(address)))


def _place(address: str) -> str:
    """The address, or the network of one of IPv6: a device there has as many addresses as it likes."""
    try:
        known = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    return str(ipaddress.ip_network((known, 64), strict=False)) if known.version == 6 else address


def readable(code: str) -> str:
    """A code as it is written on a wall: "KXM 4RT"."""
    return " ".join(code[start : start + 3] for start in range(0, len(code), 3))


def typed(given: str) -> str:
    """A code as it was typed, in whatever letters, with or without blanks."""
    return "".join(char for char in given.upper()[:50] if char in ALPHABET)
