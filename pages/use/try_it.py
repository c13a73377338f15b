"""Try it: give the model something new, see what it says and how sure it is."""

from __future__ import annotations

import hashlib
import time
from pathlib import Path, PurePath
from typing import Any

import streamlit as st

from core.data.samples import held_back
from core.errors import UserError
from core.events import JobEnded
from core.models.catalog import about_model
from core.runs.folder import RunFolder
from pages.shared.charts import show_probabilities
from pages.shared.current import about_dataset, finished_run
from pages.shared.empty import show_empty
from pages.shared.pages import START, TRAIN
from pages.shared.services import launcher, workspace
from pages.shared.words import escape, percent, tr

PATIENCE_SECONDS = 90


def _ask(run: RunFolder, inputs: list[str]) -> list[dict[str, Any]]:
    """Have a worker answer; pictures are decoded there, never in this process."""
    job = RunFolder.create(workspace().jobs, "predict", run.title, {"run": run.id, "inputs": inputs})
    launcher().start(job, heavy=False)
    deadline = time.monotonic() + PATIENCE_SECONDS
    with st.spinner(tr("Asking the model about {n}", n=len(inputs))):
        while job.status().active and time.monotonic() < deadline:
            time.sleep(0.05)
    status = job.status()
    ended = job.events()[-1] if status.state == "completed" else None
    if not isinstance(ended, JobEnded):
        st.error(escape(status.reason) or tr("The model took too long to answer. Please try again."))
        return []
    return [{**answer, "job": job.id, "number": i} for i, answer in enumerate(ended.result["answers"])]


def _keep(upload: Any) -> str:
    """A picture from the browser on disk, under its digest."""
    raw = upload.getbuffer()
    path = workspace().uploads / f"try-{hashlib.sha256(raw).hexdigest()[:24]}"
    if not path.exists():
        path.write_bytes(raw)
    return str(path)


def _picture_inputs(sample: str | None) -> tuple[list[str], list[str]]:
    """(paths, names) of what the person gave."""
    ways = {"file": tr("From a file"), "camera": tr("With the camera")}
    if sample and held_back(sample):
        ways["sample"] = tr("Pictures it has not seen")
    way = st.segmented_control(
        tr("Give it a picture"), list(ways), format_func=ways.__getitem__, default=list(ways)[-1], required=True
    )
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


def _text_inputs(sample: str | None) -> list[str]:
    examples = held_back(sample) if sample else []
    if examples:
        chosen = st.pills(tr("Messages it has not seen"), examples, key="try-sample")
        if chosen and st.session_state.get("try-last") != chosen:
            st.session_state["try-last"] = st.session_state["try-text"] = chosen
    text = st.text_area(tr("Type a message"), key="try-text", placeholder=tr("Write something and press Ask"))
    st.button(tr("Ask"), type="primary", icon=":material/send:")
    return [text.strip()] if text.strip() else []


def _answer(answer: dict[str, Any], name: str, classes: list[str], picture: bool) -> None:
    with st.container(border=True):
        if "error" in answer:
            st.text(name)
            st.warning(escape(answer["error"]))
            return
        shown = workspace().jobs / answer["job"] / f"input-{answer['number']}.jpg"
        if picture and shown.exists():
            left, right = st.columns([1, 3])
            left.image(shown.read_bytes(), width=128, alt=name)
        else:
            right = st.container()
            if name:
                right.text(name)
        with right:
            share = answer["probabilities"][answer["label"]]
            st.markdown(tr("**{label}**, {p} sure", label=escape(answer["label"]), p=percent(share)))
            show_probabilities(answer["probabilities"], f"probabilities-{answer['job']}-{answer['number']}", classes)


def _answers(run: RunFolder, inputs: list[str]) -> list[dict[str, Any]]:
    """The answers to these inputs, asked for once."""
    asked = (run.id, tuple(inputs))
    if st.session_state.get("tried") != asked:
        st.session_state["answers"] = _ask(run, inputs)
        st.session_state["tried"] = asked
    return st.session_state["answers"]


st.title(tr("Try it"))
run = finished_run()
if run is None:
    show_empty("When a model is trained you can try it here on your own pictures or messages.", START, TRAIN)
else:
    model = about_model(run.id, workspace())
    st.markdown(
        tr("**{title}** tells apart: {classes}", title=escape(run.title), classes=escape(", ".join(model["classes"])))
    )
    try:
        sample_id = about_dataset(run.request["dataset"]).get("sample")
    except UserError:
        sample_id = None
    is_picture = model["card"]["modality"] == "image"
    if is_picture:
        given, names = _picture_inputs(sample_id)
    else:
        given = names = _text_inputs(sample_id)
    if given:
        for found, said in zip(_answers(run, given), names, strict=False):
            _answer(found, said, model["classes"], is_picture)
    st.caption(
        tr(
            "It always answers with one of its classes, even for something that is none of them. "
            "The bars say how sure it is."
        )
    )
