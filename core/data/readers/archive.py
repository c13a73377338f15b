"""A zip of class folders. Nothing is ever written under a name from inside it."""

from __future__ import annotations

import stat
import unicodedata
import zipfile
from collections.abc import Callable
from pathlib import Path, PurePosixPath

from core.data.readers.items import Reading, Skip
from core.data.readers.tree import TreeFile, read_tree
from core.errors import DataError, UnreadableExampleError

MAX_ENTRIES = 50_000
MAX_ENTRY_BYTES = 100 * 1024**2
MAX_TOTAL_BYTES = 4 * 1024**3
MAX_RATIO = 200
"""A picture is already compressed; an entry that shrinks more than this was built to fill a disk."""


def read_zip(path: Path) -> Reading:
    """The pictures of a zip, each read on its own when its turn comes. DataError when it is no zip or too large."""
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise DataError(
            f"'{path.name}' is not a zip file, or it is damaged.", "Make the zip again and try once more."
        ) from error
    entries = [entry for entry in archive.infolist() if not entry.is_dir()]
    if len(entries) > MAX_ENTRIES or sum(entry.file_size for entry in entries) > MAX_TOTAL_BYTES:
        raise DataError(
            f"'{path.name}' holds {len(entries):,} files of {sum(e.file_size for e in entries) / 1e9:.1f} GB in all.",
            f"The limit is {MAX_ENTRIES:,} files and {MAX_TOTAL_BYTES / 1e9:.0f} GB.",
        )
    files: list[TreeFile] = []
    skipped: list[Skip] = []
    seen: set[str] = set()
    for entry in entries:
        reason = _why_not(entry, seen)
        seen.add(_same(entry.filename))
        if reason:
            skipped.append(Skip(entry.filename, reason))
        else:
            files.append(TreeFile(PurePosixPath(entry.filename), _reader(archive, entry)))
    return read_tree(files, skipped, path.name)


def _same(name: str) -> str:
    """One key for all spellings that some system would take for the same name."""
    return unicodedata.normalize("NFC", name).casefold()


def _why_not(entry: zipfile.ZipInfo, seen: set[str]) -> str | None:
    parts = PurePosixPath(entry.filename.replace("\\", "/")).parts
    if entry.filename.startswith(("/", "\\")) or ".." in parts or (parts and ":" in parts[0]):
        return "Its name points outside the zip, so it was refused."
    if stat.S_ISLNK(entry.external_attr >> 16):
        return "A link, not a picture."
    if _same(entry.filename) in seen:
        return "Another file in the zip has the same name."
    if entry.flag_bits & 0x1:
        return "It is protected by a password."
    if entry.filename.casefold().endswith(".zip"):
        return "A zip inside the zip; unpack it first."
    if entry.file_size > MAX_ENTRY_BYTES:
        return f"Larger than {MAX_ENTRY_BYTES // 1024**2} MB."
    if entry.file_size > 10 * 1024**2 and entry.file_size > MAX_RATIO * max(entry.compress_size, 1):
        return "It unpacks to far more than any picture would, so it was refused."
    return None


def _reader(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Callable[[], bytes]:
    def read() -> bytes:
        try:
            with archive.open(entry) as file:
                raw = file.read(MAX_ENTRY_BYTES + 1)
        except Exception as error:
            raise UnreadableExampleError("Its part of the zip is damaged.") from error
        if len(raw) > MAX_ENTRY_BYTES:
            raise UnreadableExampleError(f"Larger than {MAX_ENTRY_BYTES // 1024**2} MB, against what the zip says.")
        return raw

    return read
