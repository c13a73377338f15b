"""Stands for the server of the pages where there is none: each message is a line, which names files in addresses."""

from __future__ import annotations

import re
from collections.abc import Collection

from core.classroom.access import Said


class Lines:
    """`sent`: megabytes by session."""

    def __init__(self) -> None:
        self.sent: dict[str, int] = {}

    def said(self, message: bytes) -> Said | None:
        return None if message == b"clear" else Said(message.decode().partition("make ")[2], float(message == b"draw"))

    def names(self, told: bytes) -> Collection[str]:
        return re.findall(r"/media/([0-9a-f]{32})", told.decode())

    def held(self, sessions: Collection[str] | None = None) -> int:
        return 10**6 * sum(self.sent.get(one, 0) for one in (self.sent if sessions is None else sessions))
