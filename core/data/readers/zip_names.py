"""Names in a zip whose encoding it does not say."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence

from core.data.readers.encoding import decode

_SAYS_UTF8 = 0x800
_MOST_LETTERS = 64 * 1024
"""Bytes of names that are looked at to tell their encoding."""


def repaired_names(entries: Sequence[zipfile.ZipInfo]) -> list[str]:
    """The names of the entries, read in the encoding that makes sense of all of them together.

    Without its UTF-8 flag a zip's names are cp437 by the book. Macs write UTF-8 all the same, and every other Windows
    its own encoding: read by the book those are line noise. Names stay as they are where no encoding fits all.
    """
    raws = [_unflagged(entry) for entry in entries]
    foreign = dict.fromkeys(part for raw in raws if raw and not raw.isascii() for part in raw.split(b"\\"))
    lines = b"\n".join(part for part in foreign if not part.isascii())[:_MOST_LETTERS]
    encoding = decode(lines, "").encoding if lines else "cp437"
    if encoding.startswith("mac"):  # no Mac ever wrote a zip so
        encoding = "cp437"
    return [entry.filename if raw is None else _read(raw, encoding) for entry, raw in zip(entries, raws, strict=True)]


def _read(raw: bytes, encoding: str) -> str:
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError:
        return raw.decode("cp437")


def _unflagged(entry: zipfile.ZipInfo) -> bytes | None:
    """The name as it lies in the zip, or None where the zip says how to read it."""
    if entry.flag_bits & _SAYS_UTF8:
        return None
    try:
        return entry.filename.encode("cp437")
    except UnicodeEncodeError:
        return None
