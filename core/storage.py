"""The one way to the disk and back: whole or not at all, proven when it is read, and never an exception for a bad file.

**Written.** `write` and `replacing` put a file under a temporary name, sync it and move it into place, so that a
reader or a kill sees the old file or the new one. The temporary name holds the number of the process, as in
`.model.json.4711.9f3a1c02.tmp`, so that `sweep` can tell what nobody works on any more. What the disk refuses (full,
read-only, not allowed) is one StorageError with one sentence.

**Proven.** `write_json`, `write_lines` and `write_sealed` add a seal: a SHA-256 digest of the rest of the file. It lies
inside the file, not in a manifest beside it, for three reasons: file and digest change in one rename, so that no kill
can make them disagree; processes that write into one folder at the same time need no lock; and a folder that is copied
takes its proofs along. Each format has a place for it where other programs do not mind: a last key in JSON, a last line
in JSON lines, the metadata of safetensors and ONNX, and for pictures a trailer that decoders pass over.

**Read back.** `read_json`, `read_lines` and `read_sealed` give the content or a `Damaged` value that says which file
it is and what is wrong with it. A file that is missing is damaged, too (`missing`); whether that matters is the
caller's business. A log that grows line by line has a checksum in each line, and bad lines are left out (`read_log`).
"""

from __future__ import annotations

import errno
import io
import json
import os
import re
import secrets
import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

import psutil

from core.errors import StorageError
from core.messages import Message, counted, encode

Row = TypeVar("Row")

_MEGABYTE = 1024**2
_LARGE = _MEGABYTE
"""Bytes from which on a write looks for room before it begins."""
_LEFT_BY_CACHES = 64 * _MEGABYTE
_SPARE = 4 * _MEGABYTE
"""Bytes that a large write leaves free, so that it can still be written down how a job ended."""


# --- writing ---------------------------------------------------------------------------------------------------------

_FULL = (errno.ENOSPC, errno.EDQUOT)
_REFUSED: dict[int, Message] = {
    errno.EROFS: Message("the disk is read-only"),
    errno.EACCES: Message("this account may not write there"),
    errno.EPERM: Message("this account may not write there"),
    errno.EIO: Message("the disk reports an error"),
}
_TEMPORARY = re.compile(r"\..+\.(\d+)\.[0-9a-f]{8}\.tmp")


def own_name(name: str) -> str:
    """A temporary name for a file or folder, which says that this process works on it (see `sweep`)."""
    return f".{name}.{os.getpid()}.{secrets.token_hex(4)}.tmp"


def write(path: Path, content: bytes, *, sync: bool = True) -> None:
    """Replace `path` by `content` in one step. StorageError where the disk refuses. `sync` as in `replacing`."""
    with replacing(path, len(content), sync=sync) as temporary:
        temporary.write_bytes(content)


@contextmanager
def replacing(path: Path, size: int = 0, *, sync: bool = True) -> Iterator[Path]:
    """A temporary path beside `path`. What the block writes there is synced and takes the place of `path`, if it ends
    well. `size` in bytes, where it is known, is what will be written. StorageError where the disk refuses.

    Without `sync` a power cut may take the file: whoever writes thousands syncs them together (`sync_all`).
    """
    temporary = path.with_name(own_name(path.name))
    try:
        with writing(path, size):
            yield temporary
            if sync:
                _sync(temporary)
            os.replace(temporary, path)
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


def sync_all(folder: Path) -> None:
    """Sync whatever was written below `folder` without it, where the system can in one go: thousands of files one after
    the other take minutes. StorageError where the disk refuses."""
    with writing(folder):
        if hasattr(os, "sync"):
            os.sync()
            return
        for file in folder.rglob("*"):
            if file.is_file():
                _sync(file)


def _sync(path: Path) -> None:
    with path.open("rb+") as file:
        os.fsync(file.fileno())


@contextmanager
def making(folder: Path) -> Iterator[Path]:
    """A temporary folder beside `folder`. With all that the block puts there it becomes `folder`, if the block ends
    well, and is gone if not. If somebody else has made the same meanwhile, theirs stays. StorageError where the disk
    refuses."""
    temporary = folder.with_name(own_name(folder.name))
    try:
        with writing(folder):
            temporary.mkdir(parents=True)
            yield temporary
            try:
                os.replace(temporary, folder)
            except OSError:  # which one depends on the system
                if not folder.is_dir():
                    raise
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def remove(folder: Path) -> None:
    """Delete a folder and all in it, for whoever looks in one step; a kill on the way leaves what `sweep` takes."""
    with writing(folder):
        going = folder.with_name(own_name(folder.name))
        os.replace(folder, going)
    shutil.rmtree(going, ignore_errors=True)


def may_be_cached(path: Path, size: int) -> bool:
    """Whether `size` more bytes of what can be made again may lie there: the last of a disk is for what cannot."""
    return free_bytes(path) > size + _LEFT_BY_CACHES


@contextmanager
def writing(path: Path, size: int = 0) -> Iterator[None]:
    """Whatever the block writes to `path` by itself: what the disk refuses is a StorageError.

    Before a large `size` (bytes) it is looked whether there is room; other errors of the block are left as they are.
    """
    if size >= _LARGE:
        require_room(path, size)
    try:
        yield
    except OSError as error:
        cause = _why_no_folder(path) if isinstance(error, FileNotFoundError) else error
        if cause.errno in (*_FULL, *_REFUSED):
            raise refused(path, cause, size) from error
        raise


@contextmanager
def temporary_folder(size: int = 0) -> Iterator[Path]:
    """A folder among the computer's temporary files until the block ends, for `size` bytes or so. StorageError as in
    `writing`: these often lie on a disk of their own, and a small one."""
    place = Path(tempfile.gettempdir())
    with writing(place, size), tempfile.TemporaryDirectory(dir=place) as folder:
        yield Path(folder)


def _why_no_folder(path: Path) -> OSError:
    """What the disk says to the folder of `path`, which could not be made when it was asked for (see `Workspace`)."""
    missing = [folder for folder in path.absolute().parents if not folder.exists()]
    try:
        for folder in missing[-1:]:
            folder.mkdir()
            folder.rmdir()
    except OSError as error:
        return error
    return FileNotFoundError(errno.ENOENT, "")


def require_room(path: Path, size: int) -> None:
    """StorageError unless `size` more bytes fit where `path` lies, with something to spare."""
    if free_bytes(path) < size + _SPARE:
        raise refused(path, OSError(errno.ENOSPC, ""), size + _SPARE)


def free_bytes(path: Path) -> int:
    """How much room is left where `path` lies, or will lie."""
    there = next(place for place in (path, *path.absolute().parents) if place.exists())
    return shutil.disk_usage(there).free


def refused(path: Path, error: OSError, size: int = 0) -> StorageError:
    """What the disk said, in one sentence: what could not be written, where, and how much room is needed and free."""
    said: dict[str, Any] = {"name": path.name, "folder": str(path.parent)}
    if error.errno not in _FULL:
        reason = _REFUSED.get(error.errno or 0, Message("it failed"))
        return StorageError(
            Message("'{name}' cannot be written in {folder}: {reason}.", reason=reason, **said),
            Message("Allow writing there, or let FINETUNE_LAB_HOME name another folder."),
        )
    said["free"] = 0
    with suppress(OSError):
        said["free"] = free_bytes(path)
    if size:
        problem = Message(
            "'{name}' cannot be written in {folder}: the disk is full. It needs {size:bytes}, {free:bytes} are free.",
            size=size, **said,
        )  # fmt: skip
    else:
        problem = Message("'{name}' cannot be written in {folder}: the disk is full. {free:bytes} are free.", **said)
    return StorageError(problem, Message("Make room on it and try again."))


def refusal(error: BaseException, path: Path) -> StorageError | None:
    """`error` as what the disk refused, where a library wrote below `path` and met a full or read-only disk."""
    if isinstance(error, OSError) and error.errno in (*_FULL, errno.EROFS):
        return refused(Path(os.fsdecode(error.filename)) if error.filename else path, error)
    return None


def sweep(root: Path) -> None:
    """Delete all temporary files and folders below `root` that no living process owns."""
    for folder, folders, files in os.walk(root):
        for name in (*folders, *files):
            path = Path(folder, name)
            if _TEMPORARY.fullmatch(name) and not has_owner(path):
                with suppress(OSError):  # another server was faster
                    shutil.rmtree(path) if path.is_dir() else path.unlink()
        folders[:] = [name for name in folders if not _TEMPORARY.fullmatch(name)]


def has_owner(path: Path) -> bool:
    """Whether a living process works on what has this temporary name (see `own_name`)."""
    found = _TEMPORARY.fullmatch(path.name)
    return found is not None and _owner_lives(int(found[1]), path)


def _owner_lives(pid: int, path: Path) -> bool:
    try:
        owner = psutil.Process(pid)
        # One that began after the file was last touched only has the number of the owner.
        return owner.status() != psutil.STATUS_ZOMBIE and owner.create_time() <= path.stat().st_mtime + 1
    except psutil.AccessDenied:
        return True
    except (psutil.Error, OSError):
        return False


# --- what is damaged -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Damaged:
    """What is there instead of a file's content.

    `why` is a whole sentence that names the file. `missing` where there is none; `unsealed` where there is no seal at
    all, since an earlier version wrote none; `rescued` is what could be read of JSON all the same, not to be trusted.
    """

    path: Path
    why: Message
    missing: bool = False
    unsealed: bool = False
    rescued: dict[str, Any] | None = None

    @property
    def message(self) -> Message:
        """ "damaged: ...", as it stands in a list."""
        return Message("damaged: {why}", why=self.why)


@dataclass(frozen=True, slots=True)
class DamagedFolder:
    """A run, a study or a dataset that cannot be read: one entry of a list. `title` is its own, "" where it is not
    known any more."""

    path: Path
    why: Message
    title: str = ""

    @property
    def id(self) -> str:
        return self.path.name

    @property
    def message(self) -> Message:
        """ "damaged: ...", as it stands in a list."""
        return Message("damaged: {why}", why=self.why)


def _damaged(path: Path, content: bytes) -> Damaged:
    """What is wrong with a `content` that does not agree with its seal."""
    rescued: dict[str, Any] | None = None
    if not content:
        why = Message("The file {file} is empty.", file=_named(path))
    elif content.count(0) == len(content):
        why = Message("The file {file} holds nothing but zeros.", file=_named(path))
    else:
        why = Message("The file {file} is not what was written: its checksum is wrong.", file=_named(path))
        try:
            if path.suffix == ".json" and isinstance(found := json.loads(content), dict):
                found.pop("sha256", None)
                rescued = found
            elif path.suffix == ".jsonl":
                content.decode()
        except UnicodeDecodeError:
            why = Message("The file {file} is not text (UTF-8).", file=_named(path))
        except (ValueError, RecursionError):
            why = Message("The file {file} is cut off or overwritten: it is not JSON.", file=_named(path))
    return Damaged(path, why, unsealed=_unsealed(content, path.suffix), rescued=rescued)


def not_ours(path: Path, rescued: dict[str, Any] | None = None) -> Damaged:
    """What is said of a file that is whole, and holds what this program would never have written."""
    return Damaged(
        path, Message("The file {file} is not what this program writes.", file=_named(path)), rescued=rescued
    )


def _unreadable(path: Path, error: OSError) -> Damaged:
    if isinstance(error, (FileNotFoundError, NotADirectoryError)):
        return Damaged(path, Message("The file {file} is missing.", file=_named(path)), missing=True)
    return Damaged(path, Message("The file {file} cannot be opened.", file=_named(path)))


def _named(path: Path) -> str:
    """A file as a person finds it: with the folder that it lies in."""
    return "/".join(path.parts[-2:])


# --- seals -----------------------------------------------------------------------------------------------------------

_TRAILERS = {
    ".json": (b', "sha256": "', b'"}'),
    ".jsonl": (b'\n{"sha256": "', b'"}\n'),
    ".onnx": (b"\x72\x4a\x0a\x06sha256\x12\x40", b""),  # an entry of `metadata_props`, as Protocol Buffers have it
}
_TRAILER = (b"\nsha256:", b"")
"""What stands round the digest at the end of a file. A decoder of PNG or JPEG stops before it."""
_TENSORS = ".safetensors"
_HEADER = b'{"__metadata__":{"sha256":"'
"""How the header of a sealed safetensors file begins, after its length in 8 bytes."""
_BLANK = b"0" * 64
"""Stands for the digest while it is made of a whole safetensors file."""
_CHUNK = _MEGABYTE


def _sealed(content: bytes, suffix: str) -> Sequence[bytes | memoryview]:
    """`content` with its digest in it, in pieces, as a file with this `suffix` holds it: ".json" (an object), ".jsonl",
    ".safetensors", ".onnx", or any other whose readers do not mind bytes at the end."""
    if suffix == _TENSORS:
        return _sealed_tensors(content)
    before, after = _TRAILERS.get(suffix, _TRAILER)
    kept = memoryview(content)[:-1] if suffix == ".json" else content
    return kept, before, sha256(kept).hexdigest().encode(), after


def _sealed_tensors(content: bytes) -> Sequence[bytes | memoryview]:
    length = int.from_bytes(content[:8], "little")
    header = json.loads(content[8 : 8 + length])
    metadata = {"sha256": _BLANK.decode(), **header.pop("__metadata__", {})}
    text = json.dumps({"__metadata__": metadata, **header}, ensure_ascii=False, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)  # tensors begin at a multiple of 8 bytes
    start, rest = len(text).to_bytes(8, "little") + text, memoryview(content)[8 + length :]
    digest = sha256(start)
    digest.update(rest)
    return start.replace(_BLANK, digest.hexdigest().encode(), 1), rest


def _agrees(file: BinaryIO, size: int, suffix: str) -> bool:
    """Whether what is in `file` (from its beginning, `size` bytes) is what its seal says. Reads it in pieces."""
    if suffix == _TENSORS:
        at = 8 + len(_HEADER)
        start, said = file.read(at), file.read(len(_BLANK))
        digest = sha256(start + _BLANK)
        _take(file, size, digest)
        return start[8:] == _HEADER and said == digest.hexdigest().encode()
    before, after = _TRAILERS.get(suffix, _TRAILER)
    digest = sha256()
    _take(file, size - len(before) - len(_BLANK) - len(after), digest)
    return file.read() == before + digest.hexdigest().encode() + after


def _take(file: BinaryIO, size: int, digest: Any) -> None:
    while size > 0 and (chunk := file.read(min(_CHUNK, size))):
        digest.update(chunk)
        size -= len(chunk)


def _unsealed(content: bytes, suffix: str) -> bool:
    if suffix == _TENSORS:
        return not content[8:].startswith(_HEADER)
    before, after = _TRAILERS.get(suffix, _TRAILER)
    end = len(content) - len(_BLANK) - len(after)
    return not (content[:end].endswith(before) and content.endswith(after))


def write_sealed(path: Path, content: bytes, *, sync: bool = True) -> None:
    """Write a file with its digest in it; its suffix says where that has a place. StorageError where the disk refuses.
    `sync` as in `replacing`."""
    with replacing(path, len(content), sync=sync) as temporary, temporary.open("wb") as file:
        file.writelines(_sealed(content, path.suffix))


def read_sealed(path: Path) -> bytes | Damaged:
    """What `write_sealed` was given; of safetensors, the file as it is."""
    try:
        content = path.read_bytes()
    except OSError as error:
        return _unreadable(path, error)
    return unseal(path, content)


def unseal(path: Path, content: bytes) -> bytes | Damaged:
    """The same of `content` that was read from `path` already, or that lies inside another file under this name."""
    if not _agrees(io.BytesIO(content), len(content), path.suffix):
        return _damaged(path, content)
    if path.suffix == _TENSORS:
        return content
    before, after = _TRAILERS.get(path.suffix, _TRAILER)
    kept = content[: -len(before) - len(_BLANK) - len(after)]
    return kept + b"}" if path.suffix == ".json" else kept


def metadata(content: bytes) -> dict[str, str]:
    """What the header of a whole safetensors file says besides where its tensors are."""
    found: dict[str, str] = json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")])["__metadata__"]
    return found


def damage(path: Path) -> Damaged | None:
    """What is wrong with a sealed file; None where nothing is.

    A file that has neither another size nor another time than when this process looked last is not read again.
    """
    try:
        about = path.stat()
        return _damage(path, about.st_size, about.st_mtime_ns)
    except OSError as error:
        return _unreadable(path, error)


@lru_cache(4096)
def _damage(path: Path, size: int, changed: int) -> Damaged | None:
    with path.open("rb") as file:
        if _agrees(file, size, path.suffix):
            return None
        file.seek(0)
        return _damaged(path, file.read())


# --- JSON ------------------------------------------------------------------------------------------------------------


def write_json(path: Path, data: dict[str, Any], indent: int | None = None) -> None:
    """Write an object that is not empty, messages in it as plain data, with its digest. StorageError where the disk
    refuses."""
    assert data, "a key of its own would begin with a comma"
    write_sealed(path, json.dumps(data, ensure_ascii=False, indent=indent, default=encode).encode())


def read_json(path: Path) -> dict[str, Any] | Damaged:
    """The object that `write_json` wrote; messages in it are plain data (see `core.messages.revived`)."""
    content = read_sealed(path)
    return content if isinstance(content, Damaged) else dict(json.loads(content))


def write_lines(path: Path, rows: Iterable[Any]) -> None:
    """Write one line of JSON for each row, with their digest. StorageError where the disk refuses."""
    content = io.BytesIO()  # as bytes from the start: one emoji would make four of each character
    for row in rows:
        line = json.dumps(row, ensure_ascii=False, default=encode).encode()
        content.write(b"\n" + line if content.tell() else line)
    write_sealed(path, content.getvalue())


def read_lines(path: Path, revive: Callable[[Any], Row] = lambda row: row) -> list[Row] | Damaged:
    """The rows that `write_lines` wrote, each made by `revive` of what stood there, before the next is read."""
    content = read_sealed(path)
    if isinstance(content, Damaged):
        return content
    return [revive(json.loads(line)) for line in io.BytesIO(content) if not line.isspace()]


# --- logs ------------------------------------------------------------------------------------------------------------

_CHECK = b', "crc": "'
"""Stands before the CRC-32 of what is before it, at the end of a line of a log."""


@dataclass(frozen=True, slots=True)
class Log:
    """The rows of a log that are whole, and what is wrong with it, if anything is."""

    rows: list[Any]
    damage: Damaged | None = None


def append_line(path: Path, row: str) -> None:
    """Add a JSON object to a log. A line that a kill or a full disk tore off is dropped first. StorageError where the
    disk refuses."""
    kept = row.encode()[:-1]
    with writing(path), path.open("ab+") as log:
        end = log.seek(0, os.SEEK_END)
        log.seek(max(0, end - 1))
        if log.read(1) not in (b"", b"\n"):
            log.seek(0)
            log.truncate(log.read().rfind(b"\n") + 1)
        log.write(b'%b%b%08x"}\n' % (kept, _CHECK, zlib.crc32(kept)))


def read_log(path: Path, size: int = 0) -> Log:
    """What `append_line` wrote. A last line that is being written, or was torn off, is left out.

    `size` in bytes is what the log was known to have, where it is over: one that has less is cut off.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        return Log([], _unreadable(path, error))
    *lines, _ = content.split(b"\n")
    rows = [row for line in lines if (row := _row(line)) is not None]
    lost = len(lines) - len(rows)
    cut = len(content) < size or (size and not content.endswith(b"\n"))
    if cut or (content and content.count(0) == len(content)):
        why = Message("The file {file} is cut off: its end is missing.", file=_named(path))
        return Log(rows, Damaged(path, why) if rows else _damaged(path, content))
    why = counted(
        "{n} line of the file {file} cannot be read.", "{n} lines of the file {file} cannot be read.", n=lost,
        file=_named(path),
    )  # fmt: skip
    return Log(rows, Damaged(path, why) if lost else None)


def _row(line: bytes) -> Any:
    kept, check = line[: -len(_CHECK) - 10], line[-len(_CHECK) - 10 :]
    if check != b'%b%08x"}' % (_CHECK, zlib.crc32(kept)):
        return None
    return json.loads(kept + b"}")


def as_zip(files: Mapping[str, bytes]) -> bytes:
    """Files by their names as one zip; the same files give the same bytes."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        for name, content in files.items():
            is_dense = name.endswith(_DENSE)
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            archive.writestr(entry, content, zipfile.ZIP_STORED if is_dense else zipfile.ZIP_DEFLATED)
    return written.getvalue()


_DENSE = (".onnx", ".safetensors", ".png")
"""Numbers and pictures hardly get smaller."""
