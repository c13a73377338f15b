"""Connections on which a request was begun and never went on: they are closed, since a computer has only so many."""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

HEAD_SECONDS = 20.0
"""So long the head of a request may take, from its first byte or from the connection on. Its body has a pace to keep
(see `core.serve.questions`)."""


class PatientProtocol(H11Protocol):
    """uvicorn's own protocol, but that it does not wait for ever for the head of a request."""

    _until: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._watch()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_watching()
        super().connection_lost(exc)

    def _watch(self) -> None:
        if not self._waits():
            self._stop_watching()
        elif self._until is None:
            self._until = self.loop.call_later(HEAD_SECONDS, self._give_up)

    def _waits(self) -> bool:
        """True while no request is there to be answered."""
        cycle: Any = self.cycle
        return cycle is None or cycle.response_complete

    def _stop_watching(self) -> None:
        if self._until is not None:
            self._until.cancel()
            self._until = None

    def _give_up(self) -> None:
        if self._waits():
            self.transport.close()
