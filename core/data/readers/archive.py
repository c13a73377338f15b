"""An archive (zip, tar, or one file that is packed alone), read entry by entry.

Nothing is ever written under a name from inside it. What cannot be read where it lies (a tar that is packed, an archive
inside another) is unpacked once, into memory or into a file without a name that the system forgets by itself.
"""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import re
import stat
import tarfile
import unicodedata
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from tempfile import SpooledTemporaryFile
from threading import Lock
from typing import IO

from core.data.readers.names import ARCHIVE_SUFFIXES, LINK, is_archive, is_media, shown_folders, why_litter
from core.data.readers.reading import Skip, Source, SourceFile
from core.data.readers.zip_names import repaired_names
from core.errors import DataError, UnreadableExampleError
from core.limits import Allowance, Limits
from core.messages import Message

MAX_RATIO = 200
"""Pictures are compressed already, and texts shrink to a tenth; what shrinks more was built to fill a disk."""

_HARMLESS_BYTES = 10 * 1024**2
"""Below this size it does not matter how well an entry shrinks: plain drawings shrink very well."""
_IN_MEMORY = 64 * 1024**2
"""Bytes. What is unpacked as a whole and is larger goes to the disk."""
_CHUNK = 1024**2
_XZ_MEMORY = 256 * 1024**2
"""Bytes. An xz may ask for gigabytes before it gives its first byte."""

_KNOWN_PACKING = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)
_ZIP_MARKS = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
_DOCUMENT_MARKS = ("[Content_Types].xml", "mimetype", "Index/Document.iwa", "collection.anki2", "archive/data.pkl")
"""Of documents and files of programs that are zips inside: Office, OpenDocument, Numbers, Anki, PyTorch."""
_PACKED_MARKS = {b"\x1f\x8b": "gz", b"BZh": "bz2", b"\xfd7zXZ\x00": "xz"}
PACKED_ALONE = frozenset(_PACKED_MARKS.values())
"""Formats that pack one file, which may be a tar."""
_FOREIGN_MARKS = {b"7z\xbc\xaf\x27\x1c": "7z", b"Rar!\x1a\x07": "rar", b"\x28\xb5\x2f\xfd": "zst"}
_TAR_MARK = slice(257, 262)
_NUMBERED = re.compile(r"\.(\d{3}|z\d\d|part\d+(\.rar)?|r\d\d)$", re.IGNORECASE)

PASSWORD = Message("It is protected by a password.")

_Open = Callable[[], IO[bytes]]


@dataclass(frozen=True, slots=True)
class _Entry:
    """A file in an archive: its name as written there, its size unpacked, its bytes, or why it cannot be had."""

    name: str
    size: int
    stream: _Open
    why_not: Message | None = None


def archive_format(path: PurePosixPath | Path, file: IO[bytes]) -> str | None:
    """What packed the file: "zip", "tar", "gz", "bz2", "xz", or one that is not read here ("7z", "rar", "zst").

    Its content says so; its name only where it is damaged from its first byte on. None for everything else,
    documents that are a zip inside included. The file is left at its beginning.
    """
    start = file.read(512)
    file.seek(0)
    if start.startswith(_ZIP_MARKS):
        return None if _is_document(file) else "zip"
    marks = _PACKED_MARKS | _FOREIGN_MARKS
    found = next((format for mark, format in marks.items() if start.startswith(mark)), None)
    if found or start[_TAR_MARK] == b"ustar":
        return found or "tar"
    suffix = path.suffix.casefold()
    return suffix[1:] if start and suffix in ARCHIVE_SUFFIXES else None


def _is_document(file: IO[bytes]) -> bool:
    try:
        with zipfile.ZipFile(file) as archive:
            return not archive.NameToInfo.keys().isdisjoint(_DOCUMENT_MARKS)
    except Exception:  # whatever is wrong with it is said when it is opened
        return False
    finally:
        file.seek(0)


def open_archive(file: IO[bytes], name: str, format: str, limits: Limits) -> Source:
    """The files in an archive called `name`, each unpacked into memory when its turn comes; `file` stays open.

    An entry that cannot be trusted is skipped with the reason. Of two entries whose names some system would take for
    the same (after NFC and casefold), the first that is not refused is kept. DataError when the file is no archive of
    this format, when that cannot be read here, or when all that can be trusted is still more than the limits allow.
    """
    allowance = Allowance(name, limits)
    if format == "zip":
        return _listed(_zip_entries(file, name, allowance), name, allowance)
    if format == "tar":
        return _listed(_tar_entries(file, name, allowance), name, allowance)
    if format not in PACKED_ALONE:
        raise DataError(
            Message("'{file}' is a {packed} archive, which cannot be read here.", file=name, packed=format),
            Message("Unpack it, and choose the folder or make a zip of it."),
        )
    whole = _unpacked(file, name, format, Allowance(name, limits))
    start = whole.read(512)
    whole.seek(0)
    if start[_TAR_MARK] == b"ustar":
        return _listed(_tar_entries(whole, name, allowance), name, allowance)
    size = whole.seek(0, io.SEEK_END)
    inside = PurePosixPath(name).stem if PurePosixPath(name).suffix[1:].casefold() == format else name
    entry = _Entry(inside, size, _part_of(whole, Lock(), 0, size))
    return _listed([entry], name, allowance)


def damaged(name: str, format: str) -> DataError:
    if format == "zip" and _NUMBERED.search(name):
        return DataError(
            Message("'{file}' is one part of a divided archive.", file=name),
            Message("Put all its parts into one folder, unpack the first, and choose the folder that comes out."),
        )
    if format == "zip":
        return DataError(
            Message("'{file}' is not a zip file, or it is damaged.", file=name),
            Message("Make the zip again and try once more."),
        )
    return DataError(
        Message("'{file}' ({packed}) is damaged or cut short.", file=name, packed=format),
        Message("Copy or download it again and try once more."),
    )


# --- which entries can be trusted ------------------------------------------------------------------------------------


def _listed(entries: list[_Entry], name: str, allowance: Allowance) -> Source:
    paths = [PurePosixPath(entry.name.replace("\\", "/")) for entry in entries]
    shown = shown_folders(paths)
    files: list[SourceFile] = []
    skipped: list[Skip] = []
    seen: set[str] = set()
    for entry, path in zip(entries, paths, strict=True):
        reason = (
            allowance.why_too_deep(path)
            or _why_not_name(entry.name, path, seen, shown)
            or entry.why_not
            or (None if is_archive(path) else allowance.why_too_large(entry.size, table=not is_media(path)))
        )
        if reason:
            skipped.append(Skip(entry.name, reason))
            continue
        seen.add(_same(path))
        allowance.count_bytes(entry.size)
        read = _reader(entry.stream, entry.size if is_archive(path) else allowance.largest(table=not is_media(path)))
        files.append(SourceFile(path, entry.size, read, entry.stream))
    return Source(name, tuple(files), tuple(skipped))


def _same(path: PurePosixPath) -> str:
    """One key for all spellings that some system would take for the same name."""
    return unicodedata.normalize("NFC", str(path)).casefold()


def _why_not_name(name: str, path: PurePosixPath, seen: set[str], shown: frozenset[PurePosixPath]) -> Message | None:
    if name.startswith(("/", "\\")) or ".." in path.parts or re.match("[A-Za-z]:", name):
        return Message("Its name points outside the archive, so it was refused.")
    if not path.parts:
        return Message("It has no name.")
    if litter := why_litter(path, shown):
        return litter
    if _same(path) in seen:
        return Message("Another file in the archive has the same name (capital and small letters count as the same).")
    return None


def _reader(stream: _Open, largest: int) -> Callable[[], bytes]:
    def read() -> bytes:
        try:
            with stream() as file:
                raw = file.read(largest + 1)
        except MemoryError:
            raise
        except Exception as error:
            raise UnreadableExampleError(Message("Its part of the archive is damaged.")) from error
        if len(raw) > largest:
            problem = Message("Larger than {n} MB, against what the archive says.", n=largest // 1024**2)
            raise UnreadableExampleError(problem)
        return raw

    return read


# --- zip -------------------------------------------------------------------------------------------------------------


def _zip_entries(file: IO[bytes], name: str, allowance: Allowance) -> list[_Entry]:
    try:
        archive = zipfile.ZipFile(file)
    except Exception as error:  # BadZipFile, and what its reader falls over when lengths and places are forged
        raise damaged(name, "zip") from error
    entries = []
    infos = [info for info in archive.infolist() if not info.is_dir()]
    for info, called in zip(infos, repaired_names(infos), strict=True):
        allowance.count_file()
        entries.append(_Entry(called, info.file_size, _opened(archive, info), _why_not(info)))
    return entries


def _opened(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> _Open:
    return lambda: archive.open(info)


def _why_not(info: zipfile.ZipInfo) -> Message | None:
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind not in (0, stat.S_IFREG):
        return LINK
    if info.flag_bits & 0x1:
        return PASSWORD
    if info.compress_type not in _KNOWN_PACKING:
        return Message("It is packed in a way that cannot be unpacked here. Make the zip again.")
    if info.file_size > _HARMLESS_BYTES and info.file_size > MAX_RATIO * max(info.compress_size, 1):
        return Message("It unpacks to far more than any picture or text would, so it was refused.")
    return None


# --- tar, and what is packed as a whole ------------------------------------------------------------------------------


def _tar_entries(file: IO[bytes], name: str, allowance: Allowance) -> list[_Entry]:
    lock = Lock()
    entries = []
    try:
        with tarfile.open(fileobj=file, mode="r:") as archive:
            for member in archive:
                if member.isdir():
                    continue
                allowance.count_file()
                why_not = None if member.isreg() and not member.issparse() else LINK
                stream = _part_of(file, lock, member.offset_data, member.size)
                entries.append(_Entry(member.name, member.size, stream, why_not))
    except (DataError, MemoryError):
        raise
    except Exception as error:
        raise damaged(name, "tar") from error
    return entries


def _part_of(file: IO[bytes], lock: Lock, start: int, size: int) -> _Open:
    """Bytes of a file that several threads read from; fewer than that are damage."""

    def stream() -> IO[bytes]:
        with lock:
            file.seek(start)
            raw = file.read(size)
        if len(raw) < size:
            raise EOFError
        return io.BytesIO(raw)

    return stream


def _unpacked(file: IO[bytes], name: str, format: str, allowance: Allowance) -> IO[bytes]:
    """All that is in a packed file. DataError when it is damaged, or unpacks to more than the limit."""
    whole: IO[bytes] = SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115  (it lives as long as what is read from it)
    try:
        for chunk in _chunks(file, format):
            allowance.count_bytes(len(chunk))
            whole.write(chunk)
    except (DataError, MemoryError):
        raise
    except Exception as error:
        raise damaged(name, format) from error
    whole.seek(0)
    return whole


def _chunks(file: IO[bytes], format: str) -> Iterator[bytes]:
    if format == "xz":
        unpacker = lzma.LZMADecompressor(memlimit=_XZ_MEMORY)
        while not unpacker.eof:
            packed = file.read(_CHUNK) if unpacker.needs_input else b""
            if unpacker.needs_input and not packed:
                raise EOFError
            yield unpacker.decompress(packed, _CHUNK)
        return
    with gzip.GzipFile(fileobj=file, mode="rb") if format == "gz" else bz2.BZ2File(file) as unpacked:
        while chunk := unpacked.read(_CHUNK):
            yield chunk


def as_file(archive: SourceFile) -> IO[bytes]:
    """A file that can be read from anywhere: the archive itself, or a copy of one that lies inside another.

    DataError when it cannot be read.
    """
    try:
        file = archive.stream() if archive.stream else io.BytesIO(archive.read())
        if isinstance(file, (io.BufferedReader, io.BytesIO)):
            return file
        copy: IO[bytes] = SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115
        with file:
            while copy.tell() < archive.size and (chunk := file.read(_CHUNK)):
                copy.write(chunk)
    except MemoryError:
        raise
    except Exception as error:
        raise damaged(str(archive.path), archive.path.suffix[1:].casefold()) from error
    copy.seek(0)
    return copy
