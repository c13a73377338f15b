"""Why it answered so: the heat map of a picture or the words of a message, and the training examples nearest to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from core.errors import UserError
from core.explain.said import finding, limits
from core.messages import Message
from core.models.added import list_added
from core.runs.folder import RunFolder
from pages.shared.current import load_dataset
from pages.shared.gallery import thumbnail
from pages.shared.services import workspace
from pages.shared.waiting import wait_for
from pages.shared.why_words import show_words
from pages.shared.words import escape, plain, tr

_MAP_WIDTH = 280
"""Fits a phone of 360 px beside the borders of its card."""


def show_why(run: RunFolder, asked: Mapping[str, str], label: str, classes: Sequence[str], key: str) -> None:
    """A switch "Why?" under an answer and, once it is on, what the answer hangs on. Nothing is computed before.

    `asked` is {"input": path of a picture, or a message} or {"example": id of an example of the run's set}; `label` the
    answer, `classes` all that the model knows; `key` tells this one from others on the page:

        show_why(run, {"example": answer.example}, answer.label, dataset.classes, f"wrong-{answer.example}")
    """
    if not st.toggle(tr("Why?"), key=f"why-{key}", help=tr("What the answer hangs on. It takes a few seconds.")):
        return
    about = st.selectbox(
        tr("What speaks for"), classes, index=list(classes).index(label), format_func=_named(label),
        key=f"why-class-{key}",
    )  # fmt: skip
    job, found = _explained(run, {**asked, "class": about}, key)
    if found is None:
        return
    st.markdown(escape(finding(found)))
    if found["modality"] == "image":
        _show_heat(job, found)
    else:
        show_words(found, asked.get("input") or _message(run, asked["example"]), key)
    st.caption(escape(limits(found["modality"])))
    _show_neighbours(run, found)


def _named(label: str) -> Any:
    return lambda name: tr("{name} (its answer)", name=name) if name == label else name


def _explained(run: RunFolder, asked: dict[str, str], key: str) -> tuple[RunFolder, dict[str, Any] | None]:
    """The explanation and its job, asked for once in this session, as long as nothing is added to the model."""
    known = st.session_state.setdefault("explained", {})
    what = (run.id, *sorted(asked.items()), *(addition.id for addition in list_added(run.path)))
    job = RunFolder(workspace().jobs / known.get(what, "none"))
    if (job.path / "run.json").exists():
        return job, job.about()["result"]
    job, found = wait_for("explain", run.title, {"run": run.id, **asked}, tr("Changing it a little, again and again"))
    if found is not None:
        known[what] = job.id
    return job, found


def _message(run: RunFolder, example_id: str) -> str:
    return next((e.text or "" for e in load_dataset(run.request["dataset"]).examples if e.id == example_id), "")


def _show_heat(job: RunFolder, found: dict[str, Any]) -> None:
    row = st.container(horizontal=True)
    for name, said in (("picture.png", tr("As it was given")), ("overlay.png", tr("What the answer hangs on"))):
        with row.container(width=_MAP_WIDTH):
            st.image((job.path / name).read_bytes(), width=_MAP_WIDTH, alt=f"{said}: {finding(found)}", caption=said)
    st.caption(
        tr(
            "Yellow: covering this made it less sure of “{about}”; dark blue: it did not. The line goes around all "
            "that is at least half as strong as the strongest part.",
            about=found["class"],
        )
    )
    with st.expander(tr("The map as a table")):
        grid = found["heat"]["values"]
        names = [str(column + 1) for column in range(len(grid))]
        st.dataframe([dict(zip(names, (f"{value:+.2f}" for value in row), strict=True)) for row in grid])
        st.caption(
            tr(
                "Each number belongs to one part of the picture, from the upper left to the lower right: how far the "
                "log-odds of this class fall, on average, when the part is covered. Where it is negative, covering the "
                "part makes the model surer."
            )
        )


def _show_neighbours(run: RunFolder, found: dict[str, Any]) -> None:
    neighbours = found["neighbours"]
    if neighbours is None:
        st.caption(tr("The examples it learnt from are no longer here, so the nearest of them cannot be shown."))
        return
    st.markdown(tr("**Nearest to it among the examples that taught it**"))
    captions = [
        Message("{label}: {p:percent} alike", label=n["label"], p=max(0.0, n["similarity"])) for n in neighbours
    ]
    if found["modality"] == "image":
        row = st.container(horizontal=True, gap="small")
        for neighbour, caption in zip(neighbours, captions, strict=True):
            with row.container(width=104, gap=None):
                picture = _picture(run, neighbour)
                if picture is not None:
                    st.image(picture, width=96, alt=plain(caption))
                st.text(plain(caption))
        return
    for neighbour, caption in zip(neighbours, captions, strict=True):
        with st.container(border=True, gap=None):
            st.text(_text(run, neighbour))
            st.caption(tr(caption))


def _picture(run: RunFolder, neighbour: dict[str, Any]) -> Any:
    """A small picture of a neighbour; None where it is gone."""
    try:
        if neighbour["example"]:
            return thumbnail(neighbour["example"])
        return _added(run, neighbour).picture(neighbour["place"]).read_bytes() if neighbour["addition"] else None
    except (OSError, StopIteration):
        return None


def _text(run: RunFolder, neighbour: dict[str, Any]) -> str:
    try:
        if neighbour["example"]:
            return _message(run, neighbour["example"])
        return _added(run, neighbour).names[neighbour["place"]] if neighbour["addition"] else ""
    except (UserError, StopIteration):  # the set was deleted
        return tr("(no longer here)")


def _added(run: RunFolder, neighbour: dict[str, Any]) -> Any:
    return next(addition for addition in list_added(run.path) if addition.id == neighbour["addition"])
