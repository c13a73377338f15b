"""What a person gives a model to try: pictures from a file or the camera, messages, or those of a sample."""

from __future__ import annotations

import hashlib
from pathlib import Path, PurePath
from typing import Any

import streamlit as st

from core.data.samples import held_back
from pages.shared.services import workspace
from pages.shared.words import tr


def _keep(upload: Any) -> str:
    """A picture from the browser on disk, under its digest."""
    raw = upload.getbuffer()
    path = workspace().uploads / f"try-{hashlib.sha256(raw).hexdigest()[:24]}"
    if not path.exists():
        path.write_bytes(raw)
    return str(path)


def give_pictures(sample: str | None) -> tuple[list[str], list[str]]:
    """(paths, names) of what the person gave."""
    ways = {"file": tr("From a file"), "camera": tr("With the camera")}
    if sample and held_back(sample):
        ways["sample"] = tr("Pictures it has not seen")
    way = st.segmented_control(
        tr("Give it a picture"), list(ways), format_func=ways.__getitem__, required=True,
        default="sample" if "sample" in ways else "file",
    )  # fmt: skip
    if way == "sample":
        paths = held_back(sample or "")
        return paths, [Path(path).stem for path in paths]
    if way == "camera":
        shot = st.camera_input(tr("Take a picture"))
        return ([_keep(shot)], [tr("your picture")]) if shot else ([], [])
    uploads = st.file_uploader(
        tr("Drop pictures here"),
        type=["jpg", "jpeg", "png", "gif", "bmp", "webp", "tif", "tiff"],
        accept_multiple_files=True,
    )
    return [_keep(upload) for upload in uploads], [PurePath(upload.name).name for upload in uploads]


def give_message(sample: str | None) -> list[str]:
    """The message that was typed or chosen, if any."""
    examples = held_back(sample) if sample else []
    if examples:
        chosen = st.pills(tr("Messages it has not seen"), examples, key="try-sample")
        if chosen and st.session_state.get("try-last") != chosen:
            st.session_state["try-last"] = st.session_state["try-text"] = chosen
    text = st.text_area(tr("Type a message"), key="try-text", placeholder=tr("Write something and press Ask"))
    st.button(tr("Ask"), type="primary", icon=":material/send:")
    return [text.strip()] if text.strip() else []
