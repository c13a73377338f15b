"""Save a project: a part of the workspace becomes one file, whole or not at all."""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any

from core.errors import ProjectError
from core.events import Event, Progress
from core.library.items import Item
from core.messages import Message
from core.project.contents import contents_of
from core.project.format import MANIFEST, FileRecord, Listed, Manifest
from core.project.gather import Gathering, gather
from core.storage import (
    own_name,
    replacing,
    require_room,
    write_json,
    writing,
)
from core.workspace import Workspace

_STORED = (".safetensors", ".img", ".jpg", ".png", ".zip")
"""Files that deflating makes hardly smaller."""
_CHUNK = 1024**2
_TELL_EVERY = 50

Stop = Callable[[], bool]


@dataclass(frozen=True, slots=True)
class Saved:
    """What went into a file: the number of `bytes` it has, and `notes` on what is not as it was."""

    items: tuple[Listed, ...]
    bytes: int
    notes: tuple[Message, ...]


def save_project(
    file: Path,
    chosen: Sequence[str],
    workspace: Workspace,
    language: str,
    *,
    originals: bool = True,
    stop: Stop = lambda: False,
) -> Generator[Event, None, Saved | None]:
    """Write the items with these ids, and what belongs to them, to `file`; everything where none is named.

    Yields progress; None when stopped on the way, and then there is no file. ProjectError where something is not there
    or damaged, StorageError where the disk refuses or has no room.
    """
    if not file.absolute().parent.is_dir():
        raise ProjectError(
            Message("'{file}' cannot be written: there is no such folder.", file=str(file)),
            Message("Choose another place."),
        )
    contents = contents_of(chosen, workspace)
    staging = workspace.staging / own_name("project")
    with writing(staging):
        staging.mkdir()
    try:
        gathering = Gathering(workspace, staging, originals, notes=list(contents.notes))
        taken = []
        for done, item in enumerate(contents.items, start=1):
            if stop():
                return None
            with writing(staging):
                taken += [item] if gather(item, gathering) else []
            yield Progress("gather", done, len(contents.items))
        items = tuple(map(_listed, taken))
        size = yield from _write(file, gathering, items, language, stop)
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    return None if size is None else Saved(items, size, tuple(dict.fromkeys(gathering.notes)))


def _listed(item: Item) -> Listed:
    state = "interrupted" if item.state in ("queued", "running") else item.state
    return Listed(item.kind, item.id, item.title, state, item.detail)


# --- the file ---------------------------------------------------------------------------------------------------------


def _write(
    file: Path, gathering: Gathering, items: tuple[Listed, ...], language: str, stop: Stop
) -> Generator[Event, None, int | None]:
    files = sorted(gathering.files.items())
    require_room(file, sum(path.stat().st_size for _, path in files))
    records: dict[str, FileRecord] = {}
    try:
        with replacing(file) as temporary, zipfile.ZipFile(temporary, "w") as archive:
            for done, (place, path) in enumerate(files, start=1):
                if stop():
                    raise _Stopped
                records[place] = _add(archive, place, path)
                if done % _TELL_EVERY == 0 or done == len(files):
                    yield Progress("pack", done, len(files))
            created = datetime.now(UTC).isoformat(timespec="seconds")
            about = Manifest(version("finetune-lab"), created, language, gathering.originals, items, records)
            sealed = gathering.staging / MANIFEST
            write_json(sealed, about.to_dict())
            _add(archive, MANIFEST, sealed)
    except _Stopped:
        return None
    except FileNotFoundError as error:
        raise ProjectError(
            Message("Something was deleted while it was being saved."), Message("Save the project again.")
        ) from error
    return file.stat().st_size


class _Stopped(Exception):
    """Leaves the file that is being written, so that nothing takes its place."""


def _add(archive: zipfile.ZipFile, place: str, path: Path) -> FileRecord:
    """Put one file into the zip, a piece at a time."""
    info = zipfile.ZipInfo(place, datetime.now(UTC).timetuple()[:6])
    info.compress_type = zipfile.ZIP_STORED if place.endswith(_STORED) else zipfile.ZIP_DEFLATED
    info.external_attr = 0o644 << 16
    digest, size = sha256(), 0
    with path.open("rb") as source, archive.open(info, "w", force_zip64=True) as target:
        for chunk in _pieces(source):
            target.write(chunk)
            digest.update(chunk)
            size += len(chunk)
    return FileRecord(size, digest.hexdigest())


def _pieces(source: Any) -> Iterator[bytes]:
    while chunk := source.read(_CHUNK):
        yield chunk
