"""A zip, read entry by entry. Nothing is ever written under a name from inside it."""

from __future__ import annotations

import re
import stat
import unicodedata
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path, PurePosixPath

from core.data.readers.encoding import decode
from core.data.readers.names import LINK, LITTER, is_archive, is_litter, is_media
from core.data.readers.reading import Skip, Source, SourceFile
from core.errors import DataError, UnreadableExampleError
from core.limits import Allowance, Limits
from core.messages import Message

MAX_RATIO = 200
"""Pictures are compressed already, and texts shrink to a tenth; what shrinks more was built to fill a disk."""

_HARMLESS_BYTES = 10 * 1024**2
"""Below this size it does not matter how well an entry shrinks: plain drawings shrink very well."""

_KNOWN_PACKING = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)
_OFFICE_MARKS = ("[Content_Types].xml", "mimetype")
_SAYS_UTF8 = 0x800
_SEEN_IN_ZIPS = ("utf-8", "gb18030", "shift_jis", "euc_kr", "big5")


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


def no_zip(name: str) -> DataError:
    return DataError(
        Message("'{file}' is not a zip file, or it is damaged.", file=name),
        Message("Make the zip again and try once more."),
    )


def open_zip(path: Path, limits: Limits) -> Source:
    """The entries of a zip, each unpacked into memory when its turn comes.

    An entry that cannot be trusted is skipped with the reason. Of two entries whose names some system would take for
    the same (after NFC and casefold), the first that is not refused is kept. DataError when the file is no zip, or
    when all that can be trusted is still more than the limits allow.
    """
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise no_zip(path.name) from error
    allowance = Allowance(path.name, limits)
    entries = [entry for entry in archive.infolist() if not entry.is_dir()]
    files: list[SourceFile] = []
    skipped: list[Skip] = []
    seen: set[str] = set()
    for entry, name in zip(entries, repaired_names(entries), strict=True):
        allowance.count_file()
        where = PurePosixPath(name.replace("\\", "/"))
        reason = allowance.why_too_deep(where) or _why_not_name(name, where, seen) or _why_not(entry, where, allowance)
        if reason:
            skipped.append(Skip(name, reason))
            continue
        seen.add(_same(where))
        allowance.count_bytes(entry.file_size)
        largest = allowance.largest(table=not is_media(where))
        files.append(SourceFile(where, entry.file_size, _reader(archive, entry, largest)))
    return Source(path.name, tuple(files), tuple(skipped))


def _same(path: PurePosixPath) -> str:
    """One key for all spellings that some system would take for the same name."""
    return unicodedata.normalize("NFC", str(path)).casefold()


def _why_not_name(name: str, path: PurePosixPath, seen: set[str]) -> Message | None:
    if name.startswith(("/", "\\")) or ".." in path.parts or re.match("[A-Za-z]:", name):
        return Message("Its name points outside the zip, so it was refused.")
    if not path.parts:
        return Message("It has no name.")
    if is_litter(path):
        return LITTER
    if _same(path) in seen:
        return Message("Another file in the zip has the same name (capital and small letters count as the same).")
    return None


def _why_not(entry: zipfile.ZipInfo, path: PurePosixPath, allowance: Allowance) -> Message | None:
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if kind not in (0, stat.S_IFREG):
        return LINK
    if entry.flag_bits & 0x1:
        return Message("It is protected by a password.")
    if is_archive(path):
        if path.suffix.casefold() == ".zip":
            return Message("A zip inside the zip; unpack it first.")
        return Message("A packed file inside the zip; unpack it first.")
    if entry.compress_type not in _KNOWN_PACKING:
        return Message("It is packed in a way that cannot be unpacked here. Make the zip again.")
    if entry.file_size > _HARMLESS_BYTES and entry.file_size > MAX_RATIO * max(entry.compress_size, 1):
        return Message("It unpacks to far more than any picture or text would, so it was refused.")
    return allowance.why_too_large(entry.file_size, table=not is_media(path))


def _reader(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, largest: int) -> Callable[[], bytes]:
    def read() -> bytes:
        try:
            with archive.open(entry) as file:
                raw = file.read(largest + 1)
        except MemoryError:
            raise
        except Exception as error:
            raise UnreadableExampleError(Message("Its part of the zip is damaged.")) from error
        if len(raw) > largest:
            problem = Message("Larger than {n} MB, against what the zip says.", n=largest // 1024**2)
            raise UnreadableExampleError(problem)
        return raw

    return read


# --- names whose encoding the zip does not say -------------------------------------------------------------------


def repaired_names(entries: Sequence[zipfile.ZipInfo]) -> list[str]:
    """The names of the entries, read in the encoding that makes sense of all of them together.

    Without its UTF-8 flag a zip's names are cp437 by the book. Macs write UTF-8 all the same, and Chinese, Japanese
    and Korean Windows write their own encodings: read by the book those are line noise. Names stay as they are unless
    another reading is plausible for all unflagged ones.
    """
    raws = [_unflagged(entry) for entry in entries]
    encoding = _plausible([raw for raw in raws if raw and not raw.isascii()])
    if encoding is None:
        return [entry.filename for entry in entries]
    return [entry.filename if raw is None else raw.decode(encoding) for entry, raw in zip(entries, raws, strict=True)]


def _unflagged(entry: zipfile.ZipInfo) -> bytes | None:
    """The name as it lies in the zip, or None where the zip says how to read it."""
    if entry.flag_bits & _SAYS_UTF8:
        return None
    try:
        return entry.filename.encode("cp437")
    except UnicodeEncodeError:
        return None


def _plausible(names: Sequence[bytes]) -> str | None:
    if not names:
        return None
    found = decode(b"\n".join(names), "")
    if found.encoding not in _SEEN_IN_ZIPS or found.replaced:
        return None
    if found.sure:
        return found.encoding
    # An accented letter of cp437 and the plain letter after it can form a Japanese sign, as in "Köln"; but then the
    # sign stands in the middle of a word of plain letters.
    runs = re.findall(r"([a-zA-Z]?)[^\x00-\x7f]+([a-zA-Z]?)", found.text)
    glued = sum(bool(before and after) for before, after in runs)
    return None if 2 * glued > len(runs) else found.encoding
