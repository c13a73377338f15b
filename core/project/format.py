"""What a project file is: a zip with a part of a workspace as it lies there, and a list of all that is in it.

The list (`manifest.json`) has the version of the format, what is inside in words, and the size and SHA-256 of every
file. It is written last, so half a file has none. Whoever opens one takes nothing that the list does not name, under no
name that this program would not have given, and nothing that is not what the list says.

Version 1 is that of the frozen file in `tests/projects`, which every later version opens.
"""

from __future__ import annotations

import re
import stat
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from core.errors import ProjectError
from core.library.items import Kind
from core.library.remarks import as_title
from core.limits import Limits, how_to_raise
from core.messages import NOTHING, Message
from core.project.sentences import check_sentences
from core.storage import Damaged, unseal

NAME, VERSION = "finetune-lab-project", 1
SUFFIX = ".ftlab"
MANIFEST = "manifest.json"
MAX_RATIO = 200
"""Logs and lists shrink to a twentieth; what shrinks more was built to fill a disk."""
_HARMLESS_BYTES = 10 * 1024**2
"""Below this size it does not matter how well a file shrinks."""
_MOST_LISTED_BYTES = 200 * 1024**2
_MEGABYTE = 1024**2
_PACKING = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ENCRYPTED = 0x1
_STORED = r"[0-9a-f]{2}/[A-Za-z0-9][A-Za-z0-9-]{0,63}\.[a-z0-9]{1,8}"
_OF_JOBS = r"run\.json|events\.jsonl|remark\.json"
_ADDED = r"added/[a-z0-9][a-z0-9-]{0,63}\.(?:safetensors|jpg)"
_WRITTEN = {
    "datasets": rf"(?:dataset|findings|remark)\.json|examples\.jsonl|thumbnails/{_STORED}",
    "runs": rf"{_OF_JOBS}|(?:model|split|made_with)\.json|(?:answers|out_of_fold)\.jsonl|"
            rf"(?:model|history|reference|checkpoint)\.safetensors|{_ADDED}",
    "studies": rf"{_OF_JOBS}|episodes\.jsonl",
    "jobs": rf"{_OF_JOBS}|model\.(?:zip|html)",
}  # fmt: skip
"""What this program writes into the folder of each kind of thing. A new kind of file is told of here, or no project has
it (which a test would see)."""
_PLACE = re.compile(
    "|".join(f"(?:{kind}/[a-z0-9][a-z0-9-]{{0,63}}/(?:{files}))" for kind, files in _WRITTEN.items())
    + f"|(?:examples/{_STORED})"
)
_PROGRAM = re.compile(r"[0-9A-Za-z.+-]{1,40}")
_LANGUAGE = re.compile(r"[A-Za-z-]{2,20}")


@dataclass(frozen=True, slots=True)
class Listed:
    """A thing inside, as it was when it was saved: for whoever looks before opening."""

    kind: Kind
    id: str
    title: str
    state: str
    detail: Message = NOTHING


@dataclass(frozen=True, slots=True)
class FileRecord:
    """The size of a file in bytes, and its SHA-256 in hexadecimal."""

    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What is in a project file. `files` by their place; `program` is the version that wrote it, `created` in ISO 8601,
    UTC; `originals` is False where there are only thumbnails of the examples."""

    program: str
    created: str
    language: str
    originals: bool
    items: tuple[Listed, ...]
    files: Mapping[str, FileRecord]

    @property
    def bytes(self) -> int:
        """What all of it unpacks to."""
        return sum(record.bytes for record in self.files.values())

    def to_dict(self) -> dict[str, Any]:
        return {"format": NAME, "version": VERSION, **asdict(self)}


def is_place(name: str) -> bool:
    """Whether a file of a project may lie there: in the folder of a thing, under a name that this program gives to
    files of such a thing, or in the example store."""
    return bool(_PLACE.fullmatch(name))


@contextmanager
def opened(file: Path, limits: Limits) -> Iterator[tuple[zipfile.ZipFile, Manifest]]:
    """A project file and its list, in which every name and size has been looked at. ProjectError for any other file."""
    try:
        archive = zipfile.ZipFile(file)
    except FileNotFoundError as error:
        raise ProjectError(
            Message("There is no file '{name}'.", name=file.name), Message("Check the name and try again.")
        ) from error
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise _not_whole(file.name) from error
    with archive:
        yield archive, _checked(file.name, archive, limits)


def _not_whole(name: str) -> ProjectError:
    return ProjectError(
        Message("'{name}' is not a project file, or it is cut off or damaged.", name=name),
        Message("Copy it again from where it was saved."),
    )


def refused(name: str, why: Message) -> ProjectError:
    """What is said of a file that only somebody who means ill, or another program, would have made so."""
    return ProjectError(
        Message("'{name}' cannot be opened: {why}", name=name, why=why), Message("Nothing of it was kept.")
    )


def _checked(name: str, archive: zipfile.ZipFile, limits: Limits) -> Manifest:
    entries = archive.infolist()
    if len(entries) > limits.project_files:
        raise ProjectError(
            Message("'{name}' holds more than {n} files, which is the limit.", name=name, n=limits.project_files),
            how_to_raise("project_files", 2 * limits.project_files),
        )
    manifest = _manifest(name, archive, [entry for entry in entries if entry.filename == MANIFEST])
    if manifest.bytes > limits.project_megabytes * _MEGABYTE:
        raise ProjectError(
            Message("'{name}' holds more than {n} MB in all, which is the limit.", name=name,
                    n=limits.project_megabytes),
            how_to_raise("project_megabytes", 2 * limits.project_megabytes),
        )  # fmt: skip
    found = [entry for entry in entries if entry.filename != MANIFEST]
    for entry in found:
        if why := _why_not(entry, manifest):
            raise refused(name, why)
    if len({entry.filename.casefold() for entry in found}) < len(found):
        raise refused(name, Message("two files in it have the same name."))
    if missing := manifest.files.keys() - {entry.filename for entry in found}:
        raise refused(name, Message("the file '{file}' is missing in it.", file=min(missing)))
    return manifest


def _manifest(name: str, archive: zipfile.ZipFile, found: list[zipfile.ZipInfo]) -> Manifest:
    if len(found) != 1 or found[0].file_size > _MOST_LISTED_BYTES or _is_bomb(found[0]):
        raise _not_whole(name)
    content = read_member(name, archive, found[0], found[0].file_size)
    data = unseal(Path(name) / MANIFEST, content)
    try:
        about = {} if isinstance(data, Damaged) else msgspec.json.decode(data)
        if about.get("format") != NAME:
            raise _not_whole(name)
        if about["version"] > VERSION:
            raise ProjectError(
                Message("'{name}' was saved by a newer version of the program ({version}).", name=name,
                        version=_matching(_PROGRAM, about["program"])),
                Message("Bring this program up to date, and open it then."),
            )  # fmt: skip
        check_sentences(about)
        manifest = msgspec.convert(about, Manifest, dec_hook=_message)
        _matching(_PROGRAM, manifest.program)
        _matching(_LANGUAGE, manifest.language)
        datetime.fromisoformat(manifest.created)
        return replace(manifest, items=tuple(replace(item, title=as_title(item.title)) for item in manifest.items))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise _not_whole(name) from error


def _matching(pattern: re.Pattern[str], text: str) -> str:
    """The text; ValueError for one that is not so."""
    if not pattern.fullmatch(text):
        raise ValueError(pattern.pattern)
    return text


def _message(kind: type, value: Any) -> Any:
    """Messages among the data of a manifest; ValueError for anything else."""
    if kind is Message and isinstance(value, dict):
        return Message.from_dict(value)
    raise ValueError(kind.__name__)


def _why_not(entry: zipfile.ZipInfo, manifest: Manifest) -> Message | None:
    record = manifest.files.get(entry.filename)
    if not is_place(entry.filename):
        return Message("it names a place where nothing of a project lies ('{file}').", file=entry.filename)
    if record is None:
        return Message("it holds a file that its list does not name ('{file}').", file=entry.filename)
    if stat.S_IFMT(entry.external_attr >> 16) not in (0, stat.S_IFREG):
        return Message("it holds a link ('{file}').", file=entry.filename)
    if entry.flag_bits & _ENCRYPTED or entry.compress_type not in _PACKING:
        return Message("it is packed in another way than project files are ('{file}').", file=entry.filename)
    if record.bytes != entry.file_size:
        return Message("the file '{file}' has another size than its list says.", file=entry.filename)
    if _is_bomb(entry):
        return Message("the file '{file}' unpacks to far more than anything of a project would.", file=entry.filename)
    return None


def _is_bomb(entry: zipfile.ZipInfo) -> bool:
    return entry.file_size > _HARMLESS_BYTES and entry.file_size > MAX_RATIO * max(entry.compress_size, 1)


def read_member(name: str, archive: zipfile.ZipFile, entry: zipfile.ZipInfo, size: int) -> bytes:
    """The bytes of one file inside, of which there must be `size`. ProjectError where the zip is damaged there."""
    try:
        with archive.open(entry) as file:
            content = file.read(size + 1)
    except MemoryError:
        raise
    except Exception as error:  # what zlib and zipfile say of damaged data
        raise _not_whole(name) from error
    if len(content) != size:
        raise _not_whole(name)
    return content
