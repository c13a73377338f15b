"""What a person hands over, whatever it is wrapped in: a list of files that can be read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePosixPath

from core.data.readers.items import Skip


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One file: its path inside the source as given, its size in bytes, and how to get its bytes.

    `read` raises UnreadableExampleError when the file is damaged or larger than its limit.
    """

    path: PurePosixPath
    size: int
    read: Callable[[], bytes]


@dataclass(frozen=True, slots=True)
class Source:
    """All files of a source, and those refused on sight. A single file is a source of one."""

    name: str
    files: tuple[SourceFile, ...]
    skipped: tuple[Skip, ...] = ()
