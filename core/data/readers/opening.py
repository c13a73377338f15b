"""Names inside zips whose encoding the zip does not say."""

from __future__ import annotations

import re
import stat
import unicodedata
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath

from core.data.readers.encoding import decode
from core.data.readers.names import LITTER_REASON, is_archive, is_document, is_litter, is_picture, is_table
from core.data.readers.reading import Skip
from core.data.readers.source import HOW_TO_RAISE, Allowance, Source, SourceFile, is_chosen, open_folder, reader
from core.errors import DataError, UnreadableExampleError
from core.limits import Limits

_SAYS_UTF8 = 0x800
_SEEN_IN_ZIPS = ("utf-8", "gb18030", "shift_jis", "euc_kr", "big5")


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


# A zip, read entry by entry. Nothing is ever written under a name from inside it.

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


# What lies behind a path: a folder, a zip or one file. Here begins everything that comes from outside.

_OTHER_ARCHIVES = {
    ".tar": "tar", ".tgz": "tar", ".gz": "gz", ".bz2": "bz2", ".xz": "xz", ".7z": "7z", ".rar": "rar", ".zst": "zst",
}  # fmt: skip
_MARKS = ((b"\x1f\x8b", "gz"), (b"7z\xbc\xaf\x27\x1c", "7z"), (b"Rar!\x1a\x07", "rar"), (b"BZh", "bz2"),
          (b"\xfd7zXZ\x00", "xz"), (b"\x28\xb5\x2f\xfd", "zst"))  # fmt: skip


def open_path(path: Path, limits: Limits, chosen: str | None = None) -> Source:
    """The files behind `path`, none of them read yet.

    A folder in which nothing can be read but one zip, or one among those that match the pattern `chosen`, is opened as
    that zip; then its entries are named behind the zip's own name. DataError when there is nothing to open.
    """
    try:
        if path.is_dir():
            source = open_folder(path, limits)
            return _through_its_zip(path, source, limits, chosen)
        if not path.exists():
            raise DataError(f"There is no file or folder '{path.name}'.", "Check the name and try again.")
        return open_zip(path, limits) if is_zip(path) else _single(path, limits)
    except OSError as error:
        raise DataError(f"'{path.name}' cannot be opened.", "Is it open in another program, or not yours?") from error


def _single(path: Path, limits: Limits) -> Source:
    with path.open("rb") as file:
        start = file.read(512)
    if not start:
        raise DataError(f"'{path.name}' is empty.", "Choose another file.")
    if path.suffix.casefold() == ".zip":
        raise DataError(f"'{path.name}' is not a zip file, or it is damaged.", "Make the zip again and try once more.")
    packed = _OTHER_ARCHIVES.get(path.suffix.casefold()) or next((n for m, n in _MARKS if start.startswith(m)), None)
    if packed or start[257:262] == b"ustar":
        raise DataError(
            f"'{path.name}' is a {packed or 'tar'} archive, which cannot be read here.",
            "Unpack it, and choose the folder or make a zip of it.",
        )
    size = path.stat().st_size
    megabytes = max(limits.file_megabytes, limits.table_megabytes)
    if size > megabytes * 1024**2:
        raise DataError(
            f"'{path.name}' is larger than {megabytes} MB, which is the limit.",
            f'Use a part of it. {HOW_TO_RAISE}: {{"limits": {{"table_megabytes": {size // 1024**2 + 1}}}}}.',
        )
    return Source(path.name, (SourceFile(PurePosixPath(path.name), size, reader(path)),))


def _through_its_zip(folder: Path, source: Source, limits: Limits, chosen: str | None) -> Source:
    zips = [file for file in source.files if file.path.suffix.casefold() == ".zip"]
    wanted = [file for file in zips if is_chosen(file.path, chosen)] if chosen else zips
    readable = [file for file in source.files if is_chosen(file.path, chosen) and _readable(file.path)]
    if readable or not wanted:
        return source
    if len(wanted) > 1:
        raise DataError(
            f"There is nothing to read in '{source.name}' but {len(wanted)} zip files: {_named(wanted)}.",
            "Read one of them at a time: choose it instead of the folder, or name it as the files to use.",
        )
    outer = wanted[0].path
    inner = open_zip(folder / outer, limits)
    files = [replace(file, path=outer / file.path) for file in inner.files]
    skipped = [replace(skip, file=f"{outer}/{skip.file}") for skip in inner.skipped]
    beside = [file for file in source.files if file.path != outer]
    return Source(source.name, (*files, *beside), (*source.skipped, *skipped))


def _readable(path: PurePosixPath) -> bool:
    return is_picture(path) or is_document(path) or is_table(path)


def _named(files: Sequence[SourceFile]) -> str:
    names = [str(file.path) for file in files]
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
