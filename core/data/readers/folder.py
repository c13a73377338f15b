"""A folder on this computer."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath

from core.data.readers.allowance import Allowance
from core.data.readers.items import Skip
from core.data.readers.kinds import LITTER_REASON, is_archive, is_litter
from core.data.readers.source import Source, SourceFile
from core.errors import DataError, UnreadableExampleError
from core.limits import Limits


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
