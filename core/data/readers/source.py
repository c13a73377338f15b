"""What a person hands over, whatever it is wrapped in: a list of files that can be read."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fnmatch import fnmatch
from pathlib import Path, PurePosixPath

from core.data.readers.names import LITTER_REASON, is_archive, is_litter, is_picture
from core.data.readers.reading import Skip
from core.errors import DataError, UnreadableExampleError
from core.limits import Limits


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


# Keeping count of how much a source brings, and saying so when it is more than the limits allow.

HOW_TO_RAISE = "The file settings.json in the workspace folder can raise this limit"


class Allowance:
    """What may still come in from the source called `name`."""

    def __init__(self, name: str, limits: Limits) -> None:
        self._name = name
        self._limits = limits
        self._files = 0
        self._bytes = 0

    def count_file(self) -> None:
        """One more file; DataError when that is one too many."""
        self._files += 1
        if self._files > self._limits.files:
            raise DataError(
                f"'{self._name}' holds more than {self._limits.files:,} files, which is the limit.",
                f'Use a part of it. {HOW_TO_RAISE}: {{"limits": {{"files": {2 * self._limits.files}}}}}.',
            )

    def count_bytes(self, size: int) -> None:
        """`size` more bytes that will be read; DataError when that is too much in all."""
        self._bytes += size
        limit = self._limits.total_megabytes
        if self._bytes > limit * 1024**2:
            raise DataError(
                f"'{self._name}' holds more than {limit:,} MB in all, which is the limit.",
                f'Use a part of it. {HOW_TO_RAISE}: {{"limits": {{"total_megabytes": {2 * limit}}}}}.',
            )

    def largest(self, path: PurePosixPath) -> int:
        """How many bytes a file with this name may have. What may turn out to be a table may be as large as one."""
        megabytes = self._limits.file_megabytes
        if not is_picture(path):
            megabytes = max(megabytes, self._limits.table_megabytes)
        return megabytes * 1024**2

    def why_too_large(self, path: PurePosixPath, size: int) -> str | None:
        """The reason to leave this file out, or None."""
        largest = self.largest(path)
        if size <= largest:
            return None
        return f"Larger than {largest // 1024**2} MB, which is the limit. {HOW_TO_RAISE} (file_megabytes)."


# Taking only a part of what is there, by a pattern.


def is_chosen(path: PurePosixPath, pattern: str | None) -> bool:
    """True when the pattern fits the whole path, the file's name, or a folder (or zip) that the file lies in.

    Capital and small letters count as the same. Without a pattern everything is chosen.
    """
    if not pattern:
        return True
    wanted = pattern.strip().replace("\\", "/").strip("/").casefold()
    places = [path, *path.parents]
    return any(fnmatch(str(place).casefold(), wanted) or fnmatch(place.name.casefold(), wanted) for place in places)


def only_chosen(source: Source, pattern: str | None) -> Source:
    """The source without the files that the pattern does not fit; they are skips. DataError when it fits none."""
    chosen = tuple(file for file in source.files if is_chosen(file.path, pattern))
    if source.files and not chosen:
        examples = ", ".join(str(file.path) for file in source.files[:3])
        raise DataError(
            f"No file in '{source.name}' matches '{pattern}'.",
            f"The files are called like this: {examples}. A * stands for any characters.",
        )
    kept = set(chosen)
    left_out = [Skip(str(file.path), f"Not chosen: it does not match '{pattern}'.") for file in source.files
                if file not in kept]  # fmt: skip
    return replace(source, files=chosen, skipped=(*source.skipped, *left_out))


# A folder on this computer.


def open_folder(folder: Path, limits: Limits) -> Source:
    """Every regular file under `folder`, in the same order on every machine. Links are not followed.

    DataError when there are more files, or more bytes, than the limits allow.
    """
    allowance = Allowance(folder.resolve().name, limits)
    files: list[SourceFile] = []
    skipped: list[Skip] = []
    for path, why_not in _walk(folder):
        relative = PurePosixPath(path.relative_to(folder).as_posix())
        allowance.count_file()
        reason = why_not or _why_not(relative, path, allowance)
        if reason:
            skipped.append(Skip(str(relative), reason))
            continue
        size = path.stat().st_size
        allowance.count_bytes(size)
        files.append(SourceFile(relative, size, reader(path)))
    return Source(folder.resolve().name, tuple(files), tuple(skipped))


def reader(path: Path) -> Callable[[], bytes]:
    """How to get the bytes of a file on disk, whatever has become of it since."""

    def read() -> bytes:
        try:
            return path.read_bytes()
        except OSError as error:
            raise UnreadableExampleError("The file could not be read.") from error

    return read


def _walk(folder: Path) -> Iterator[tuple[Path, str | None]]:
    """Every file with None, and every folder that cannot be entered with the reason why."""
    closed: list[Path] = []

    def remember(error: OSError) -> None:
        closed.append(Path(error.filename))

    for parent, folders, names in os.walk(folder, onerror=remember):
        folders.sort()
        linked = [name for name in folders if (Path(parent) / name).is_symlink()]
        yield from ((Path(parent) / name, None) for name in sorted([*names, *linked]))
    if folder in closed:
        raise DataError(f"The folder '{folder.name}' cannot be opened.", "Ask its owner to let you read it.")
    yield from ((path, "This folder cannot be opened: you are not allowed to read it.") for path in closed)


def _why_not(relative: PurePosixPath, path: Path, allowance: Allowance) -> str | None:
    if is_litter(relative):
        return LITTER_REASON
    if path.is_symlink() or not path.is_file():
        return "A link or a special file, not an example."
    try:
        size = path.stat().st_size
    except OSError:
        return "The file could not be read."
    return None if is_archive(relative) else allowance.why_too_large(relative, size)
