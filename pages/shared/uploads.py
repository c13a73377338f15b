"""What a person hands over through the browser, on disk until it is read: whole, or not at all.

It lies in a folder of ours, named by the digest of its content or by a fresh id. There a file keeps its own name, as
far as any system can, because sentences about it call it so, and many are called after their folder or their number.
A name is taken by what is whole alone (see `core.storage`), and what an earlier upload left under one is looked at
before it is used. UserError where the student's space is full, StorageError where the disk refuses.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Sequence
from hashlib import sha256
from pathlib import Path, PurePath
from typing import Protocol

from core.classroom.sharing import why_no_room
from core.errors import UserError
from core.file_names import file_name
from core.storage import making, replacing, writing
from core.workspace import new_id
from pages.shared.services import classroom, is_student, workspace


class Upload(Protocol):
    """A file as the browser sends it: it is in memory already."""

    @property
    def name(self) -> str: ...

    def getbuffer(self) -> memoryview: ...


def keep_file(upload: Upload) -> Path:
    """One file, under its own name in a folder that is named by its content."""
    content = upload.getbuffer()
    folder = workspace().uploads / sha256(content).hexdigest()[:24]
    path = folder / file_name(PurePath(upload.name).name, otherwise="upload")
    if not (path.exists() and path.stat().st_size == len(content)):
        _require_room()
        with writing(folder):
            folder.mkdir(exist_ok=True)
        with replacing(path, len(content)) as temporary:
            temporary.write_bytes(content)
    return path


def keep_as_zip(uploads: Sequence[Upload], called: str) -> Path:
    """Many files, folders of theirs included, as one zip, under what sentences about them are to call them."""
    digest = sha256()
    for upload in uploads:
        digest.update(upload.name.encode("utf-8", errors="backslashreplace"))
        digest.update(upload.getbuffer())
    folder = workspace().uploads / digest.hexdigest()[:24]
    path = folder / file_name(called, otherwise="upload")
    sizes = [len(upload.getbuffer()) for upload in uploads]
    if _sizes_in(path) != sizes:
        _require_room()
        with writing(folder):
            folder.mkdir(exist_ok=True)
        with replacing(path, sum(sizes)) as temporary, zipfile.ZipFile(temporary, "w", zipfile.ZIP_STORED) as archive:
            for upload in uploads:
                archive.writestr(upload.name, upload.getbuffer())
    return path


def _sizes_in(path: Path) -> list[int]:
    """Of the files in a zip, as the list at its very end says; none where there is no such list."""
    try:
        with zipfile.ZipFile(path) as archive:
            return [entry.file_size for entry in archive.infolist()]
    except (OSError, zipfile.BadZipFile):
        return []


def keep_folder(files: Iterable[tuple[bytes | memoryview, str]]) -> Path:
    """Contents, each with the name that it is to have, in a fresh folder."""
    _require_room()
    folder = workspace().uploads / "captures" / new_id()
    with making(folder) as temporary:
        for content, name in files:
            (temporary / name).write_bytes(content)
    return folder


def _require_room() -> None:
    """What is uploaded lies in somebody's space before a job asks whether it may bring it in."""
    room = classroom()
    if room and is_student() and (why := why_no_room(room, workspace())):
        raise UserError(why)
