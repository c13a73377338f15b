"""Bringing files: one drop zone for a zip, a table, a workbook, or any number of loose files."""

from __future__ import annotations

import hashlib
import re
import zipfile
from pathlib import Path, PurePath
from typing import Any

import streamlit as st

from core.data.readers.options import ReadOptions
from pages.shared.intake import start_intake
from pages.shared.services import workspace
from pages.shared.words import tr

_CHUNK = 1024 * 1024

_SHAPES = (
    ("Pictures in folders", "pets.zip\n  cat/  tom.jpg  felix.png ...\n  dog/  rex.jpg  bello.JPG ..."),
    ("A table of messages", "text,label\nMy bus is late,transport\nNo nuts please,meals"),
    ("Pictures named by class", "cat_01.jpg  cat_02.jpg ...\ndog_01.jpg  dog_02.jpg ..."),
)


def drop_zone() -> None:
    """Wait for files; once there are some, a worker reads them."""
    folder = st.toggle(tr("Choose a whole folder instead of files"), key="upload-folder")
    # A new key releases the uploaded bytes from memory once they are on disk.
    key = st.session_state.setdefault("uploader", 0)
    uploads = st.file_uploader(
        tr("Drop a zip, a table, or many files at once"),
        accept_multiple_files="directory" if folder else True,
        key=f"uploader-{key}-{folder}",
        help=tr("Pictures, CSV, Excel, JSON or plain text. Nothing leaves this computer."),
    )
    if uploads:
        path, title = _keep(uploads)
        st.session_state["uploader"] = key + 1
        start_intake(str(path), ReadOptions(title=title))
        st.rerun()
    with st.container(horizontal=True):
        for title, shape in _SHAPES:
            with st.container(width=290):
                st.caption(tr(title))
                st.code(shape, language=None)
    st.caption(
        tr(
            "Also: one text file for each class, folders of text files, a table that names pictures and their "
            "classes, JSON, and lines that begin with their label."
        )
    )


def _keep(uploads: list[Any]) -> tuple[Path, str]:
    """Copy what was uploaded to disk under its digest; names are only ever data. Gives the path and a title."""
    if len(uploads) == 1:
        upload = uploads[0]
        ending = re.sub(r"[^a-z0-9.]", "", PurePath(upload.name).suffix.casefold())[:10]
        path = workspace().uploads / f"{_digest(uploads)}{ending}"
        if not path.exists():
            with path.open("wb") as file:
                upload.seek(0)
                while chunk := upload.read(_CHUNK):
                    file.write(chunk)
        return path, PurePath(upload.name).stem
    path = workspace().uploads / f"{_digest(uploads)}.zip"
    if not path.exists():
        with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
            for upload in uploads:
                archive.writestr(upload.name, upload.getbuffer())
    tops = {PurePath(upload.name).parts[0] for upload in uploads}
    return path, tops.pop() if len(tops) == 1 else tr("{n} files", n=len(uploads))


def _digest(uploads: list[Any]) -> str:
    digest = hashlib.sha256()
    for upload in uploads:
        digest.update(upload.name.encode("utf-8", errors="backslashreplace") if len(uploads) > 1 else b"")
        digest.update(upload.getbuffer())
    return digest.hexdigest()[:24]
