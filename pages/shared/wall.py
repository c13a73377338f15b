"""The wall: some validation examples that turn from wrong to right as a model learns, beside its curve.

A browser fetches the examples themselves once, as one small file under the run's address; from then on an update is a
few numbers. It needs no timer of its own: whoever draws it in a live fragment draws it again.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from core.data.dataset import Dataset
from core.errors import UserError
from core.messages import Message, counted
from core.results.history import replay_of
from core.results.wall import Scene, Wall, wall_of
from core.runs.folder import RunFolder
from core.runs.progress import RunProgress, follow
from core.workspace import Workspace, is_safe_id
from pages.shared.current import load_dataset
from pages.shared.examples import view_of
from pages.shared.services import workspace
from pages.shared.words import percent, plain

_LABEL = 80
"""Letters of a class that are shown."""
_HERE = Path(__file__).parent


@cache
def _component() -> Any:
    html, css, js = ((_HERE / f"wall.{kind}").read_text(encoding="utf-8") for kind in ("html", "css", "js"))
    return st.components.v2.component("finetune_lab.wall", html=html, css=css, js=js)


def show_wall(folder: RunFolder, progress: RunProgress, home: Workspace | None = None) -> None:
    """The wall of a run, live or finished; nothing before it has begun, or where nothing was held back. `home` is where
    its dataset lies, if not in the person's own workspace.

    It needs some 300 pixels. A finished run plays once from the baseline, unless it was just watched.
    """
    try:
        dataset = load_dataset(folder.request["dataset"], home)
    except UserError:  # it was deleted
        return
    wall = _wall(folder, progress, dataset)
    if wall is None:
        return
    data = {
        "run": folder.id, "address": _address(folder.id), "pictures": view_of(dataset.modality).pictured,
        "truths": _truths(wall, dataset), "ended": progress.ended is not None, "words": _words(len(wall.examples)),
        "scenes": [[_at(one), _when(one), _how_good(one), list(one.predicted)] for one in wall.scenes],
    }  # fmt: skip
    _component()(key=f"wall-{folder.id}", data=data)


def _wall(folder: RunFolder, progress: RunProgress, dataset: Dataset) -> Wall | None:
    past = None
    if progress.ended and progress.started and not progress.started.shown:
        past = replay_of(folder.path, dataset)
    return wall_of(progress, dataset.classes, past)


def _truths(wall: Wall, dataset: Dataset) -> list[int]:
    at = {label: number for number, label in enumerate(dataset.classes)}
    return [at[dataset.examples[i].label] for i in wall.examples]


def _at(scene: Scene) -> int:
    return -1 if scene.epoch is None else scene.epoch


def _when(scene: Scene) -> str:
    if scene.epoch is None:
        return plain("Baseline")
    return plain("Start") if scene.epoch == 0 else plain("Epoch {n}", n=scene.epoch)


def _how_good(scene: Scene) -> str:
    return "" if scene.accuracy is None else plain("accuracy {share}", share=percent(scene.accuracy))


def _words(n: int) -> dict[str, str]:
    return {
        "right": plain(
            counted("{right} of {n} shown example right", "{right} of {n} shown examples right", n=n, right="{right}")
        ),
        "tick": plain("Right"),
        "cross": plain("Wrong"),
        "said": plain(Message("actual {actual}, predicted {predicted}", actual="{actual}", predicted="{predicted}")),
        "again": plain("Play again"),
    }


# --- the examples, as a file ---


def wall_route() -> Route:
    return Route(_address("{run}"), _fetched)


def _address(run_id: str) -> str:
    base = st.get_option("server.baseUrlPath").strip("/")
    return f"{base and '/'}{base}/wall/{run_id}.json"


def _fetched(request: Request) -> Response:
    """The shown examples of a run and its classes. In a thread of its own: pictures are scaled here."""
    run_id = request.path_params["run"]
    homes = (workspace(), Workspace.worked())
    found = [home for home in homes if is_safe_id(run_id) and RunFolder(home.runs / run_id).readable]
    if not found:
        return PlainTextResponse("Not Found", 404)
    folder = RunFolder(found[0].runs / run_id)
    try:
        dataset = load_dataset(folder.request["dataset"], found[0])
    except UserError:
        return PlainTextResponse("Not Found", 404)
    progress = follow(folder.events())
    wall = _wall(folder, progress, dataset)
    if wall is None:
        return PlainTextResponse("Not Found", 404)
    view = view_of(dataset.modality)
    content = {
        "tiles": [view.miniature(dataset, i) for i in wall.examples],
        "classes": [label[:_LABEL] for label in dataset.classes],
    }
    return JSONResponse(content, headers={"Cache-Control": "private, max-age=3600"})
