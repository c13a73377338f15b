"""A disk that refuses: from some write on it is full, or nothing may be written there. For all code of this process.

Python tells an audit hook whatever file is opened, whoever does it, and lets it refuse. So what does not go through
`core.storage` is refused all the same, which is what tests want to know.
"""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass
class Disk:
    """Below `root`, the first `allowed` writes go well; then all are refused with `error` (see `errno`).

    A full disk has no room for a folder or for what a file holds, but an empty file can still be made on it, and files
    can be moved and deleted. `writes` counts those that were tried.
    """

    root: Path
    error: int
    allowed: int = 0
    writes: int = 0

    def asked(self, path: str, needs_room: bool) -> None:
        """OSError where the disk refuses to change what lies at `path`."""
        if not Path(path).is_relative_to(self.root) or not (needs_room or self.error == errno.EROFS):
            return
        self.writes += 1
        if self.writes > self.allowed:
            raise OSError(self.error, os.strerror(self.error), path)


_disks: list[Disk] = []


def _watch(event: str, arguments: tuple[Any, ...]) -> None:
    if not _disks:
        return
    changed = _changed(event, arguments)
    if changed is not None:
        path, needs_room = changed
        _disks[-1].asked(str(Path(os.fsdecode(path)).absolute()), needs_room)


def _changed(event: str, arguments: tuple[Any, ...]) -> tuple[str | bytes, bool] | None:
    """Which path an event changes, and whether that takes room; None for one that changes nothing."""
    path = arguments[0] if arguments else None
    if not isinstance(path, (str, bytes)):
        return None
    if event == "open":
        _, mode, flags = arguments
        if mode is None:  # by `os.open`: flags and locks, which stay empty
            return (path, False) if flags & (os.O_WRONLY | os.O_RDWR) else None
        return (path, True) if set(mode) & set("wax+") else None
    if event == "os.mkdir":
        return None if Path(os.fsdecode(path)).exists() else (path, True)
    if event == "sqlite3.connect":
        return None if b"immutable" in os.fsencode(path) else (path, True)
    return (path, False) if event in ("os.remove", "os.rename", "os.rmdir") else None


sys.addaudithook(_watch)


@contextmanager
def full_disk(root: Path, after: int = 0) -> Iterator[Disk]:
    """Everything below `root` lies on a disk that is full `after` so many writes."""
    with _refusing(Disk(root.absolute(), errno.ENOSPC, after)) as disk:
        yield disk


@contextmanager
def read_only_disk(root: Path) -> Iterator[Disk]:
    """Everything below `root` lies on a disk on which nothing may be changed."""
    with _refusing(Disk(root.absolute(), errno.EROFS)) as disk:
        yield disk


@contextmanager
def _refusing(disk: Disk) -> Iterator[Disk]:
    _disks.append(disk)
    try:
        yield disk
    finally:
        _disks.remove(disk)
