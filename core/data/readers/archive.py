"""A zip, read entry by entry. Nothing is ever written under a name from inside it."""

from __future__ import annotations

import re
import stat
import unicodedata
import zipfile
from collections.abc import Callable
from pathlib import Path, PurePosixPath

from core.data.readers.allowance import Allowance
from core.data.readers.entry_names import repaired_names
from core.data.readers.items import Skip
from core.data.readers.kinds import LITTER_REASON, is_archive, is_litter
from core.data.readers.source import Source, SourceFile
from core.errors import DataError, UnreadableExampleError
from core.limits import Limits

MAX_RATIO = 200
"""Pictures are compressed already, and texts shrink to a tenth; what shrinks more was built to fill a disk."""

_HARMLESS_BYTES = 10 * 1024**2
"""Below this size it does not matter how well an entry shrinks: plain drawings shrink very well."""

_KNOWN_PACKING = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)
_OFFICE_MARKS = ("[Content_Types].xml", "mimetype")


def is_zip(path: Path) -> bool:
    """True when the content is a zip, whatever the name says, and not an Office document, which is one inside."""
    with path.open("rb") as file:
        if not file.read(4).startswith((b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")):
            return False
    try:
        with zipfile.ZipFile(path) as archive:
            return not any(mark in archive.namelist() for mark in _OFFICE_MARKS)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return True


def open_zip(path: Path, limits: Limits) -> Source:
    """The entries of a zip, each unpacked into memory when its turn comes.

    An entry that cannot be trusted is skipped with the reason. Of two entries whose names some system would take for
    the same (after NFC and casefold), the first that is not refused is kept. DataError when the file is no zip, or
    when all that can be trusted is still more than the limits allow.
    """
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise DataError(
            f"'{path.name}' is not a zip file, or it is damaged.", "Make the zip again and try once more."
        ) from error
    allowance = Allowance(path.name, limits)
    entries = [entry for entry in archive.infolist() if not entry.is_dir()]
    files: list[SourceFile] = []
    skipped: list[Skip] = []
    seen: set[str] = set()
    for entry, name in zip(entries, repaired_names(entries), strict=True):
        allowance.count_file()
        where = PurePosixPath(name.replace("\\", "/"))
        reason = _why_not_name(name, where, seen) or _why_not(entry, where, allowance)
        if reason:
            skipped.append(Skip(name, reason))
            continue
        seen.add(_same(where))
        allowance.count_bytes(entry.file_size)
        files.append(SourceFile(where, entry.file_size, _reader(archive, entry, allowance.largest(where))))
    return Source(path.name, tuple(files), tuple(skipped))


def _same(path: PurePosixPath) -> str:
    """One key for all spellings that some system would take for the same name."""
    return unicodedata.normalize("NFC", str(path)).casefold()


def _why_not_name(name: str, path: PurePosixPath, seen: set[str]) -> str | None:
    if name.startswith(("/", "\\")) or ".." in path.parts or re.match("[A-Za-z]:", name):
        return "Its name points outside the zip, so it was refused."
    if not path.parts:
        return "It has no name."
    if is_litter(path):
        return LITTER_REASON
    if _same(path) in seen:
        return "Another file in the zip has the same name (capital and small letters count as the same)."
    return None


def _why_not(entry: zipfile.ZipInfo, path: PurePosixPath, allowance: Allowance) -> str | None:
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if kind not in (0, stat.S_IFREG):
        return "A link or a special file, not an example."
    if entry.flag_bits & 0x1:
        return "It is protected by a password."
    if is_archive(path):
        packed = "zip" if path.suffix.casefold() == ".zip" else "packed file"
        return f"A {packed} inside the zip; unpack it first."
    if entry.compress_type not in _KNOWN_PACKING:
        return "It is packed in a way that cannot be unpacked here. Make the zip again."
    if entry.file_size > _HARMLESS_BYTES and entry.file_size > MAX_RATIO * max(entry.compress_size, 1):
        return "It unpacks to far more than any picture or text would, so it was refused."
    return allowance.why_too_large(path, entry.file_size)


def _reader(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, largest: int) -> Callable[[], bytes]:
    def read() -> bytes:
        try:
            with archive.open(entry) as file:
                raw = file.read(largest + 1)
        except MemoryError:
            raise
        except Exception as error:
            raise UnreadableExampleError("Its part of the zip is damaged.") from error
        if len(raw) > largest:
            raise UnreadableExampleError(f"Larger than {largest // 1024**2} MB, against what the zip says.")
        return raw

    return read
