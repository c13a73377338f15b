"""The wall: some validation examples that turn from wrong to right as a model learns, beside its curve; and its replay.

A browser fetches the examples themselves once, as one small file under the run's address; from then on an update is a
few numbers. It needs no timer of its own: whoever draws it in a live fragment draws it again.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from core.data.dataset import Dataset
from core.errors import UserError
from core.messages import Message
from core.report.charts import class_colours
from core.results.finished_run import FinishedRun
from core.results.history import Replay, replay_of
from core.results.wall import Scene, Wall, shown_right, thinned, wall_of
from core.runs.folder import RunFolder
from core.runs.progress import RunProgress, follow
from core.workspace import Workspace, is_safe_id
from pages.shared.current import load_dataset
from pages.shared.examples import view_of
from pages.shared.services import own_address, workspace
from pages.shared.words import plain

_POINTS = 150
"""Examples on the map of a replay."""
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
    if wall := _wall(folder, progress, dataset):
        data = _data(folder, wall, wall.scenes, dataset) | {"ended": progress.ended is not None}
        _component()(key=f"wall-{folder.id}", data=data)


def show_replay(run: FinishedRun, past: Replay) -> None:
    """The same of a finished run to play at any speed, with the map of the embeddings, which unfolds."""
    wall = wall_of(run.progress, run.dataset.classes, past)
    if wall is None:
        return
    scenes = [one for one in wall.scenes if one.epoch is None or one.epoch in past.history.moments]
    colours = class_colours(run.dataset.classes)
    data = _data(run.folder, wall, scenes, run.dataset) | {
        "ended": True, "replay": True,
        "map": _map(past, scenes) | {"colours": [colours[label] for label in run.dataset.classes]},
    }  # fmt: skip
    _component()(key=f"replay-{run.id}", data=data)


def _data(folder: RunFolder, wall: Wall, scenes: Sequence[Scene], dataset: Dataset) -> dict[str, Any]:
    return {
        "run": folder.id, "address": own_address(_address(folder.id)), "pictures": view_of(dataset.modality).pictured,
        "truths": _truths(wall, dataset), "words": _words(len(wall.examples)),
        "scenes": [[_at(one), plain(one.when), plain(one.how_good), list(one.predicted)] for one in scenes],
    }  # fmt: skip


def _map(past: Replay, scenes: Sequence[Scene]) -> dict[str, Any]:
    """Where examples lie in each scene, in thousandths of the map; scenes in which nothing moved share their places."""
    rows = thinned(range(len(past.examples)), _POINTS)
    low, high = past.frame
    size = np.maximum(high - low, 1e-9)
    places: list[list[int]] = []
    moments = []
    for scene in scenes:
        epoch = past.epochs[0] if scene.epoch is None else scene.epoch
        at = (past.places(epoch)[rows] - low) / size
        at[:, 1] = 1 - at[:, 1]  # upwards is less on a screen
        found = (1000 * at).round().astype(int).flatten().tolist()
        if not places or places[-1] != found:
            places.append(found)
        right = past.right(epoch)[rows]
        if scene.epoch is None:
            right = past.truths[rows] == scene.predicted[0]
        moments.append({"places": len(places) - 1, "right": "".join("01"[int(is_right)] for is_right in right)})
    return {"truths": past.truths[rows].tolist(), "places": places, "moments": moments}


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


def _words(n: int) -> dict[str, str]:
    return {
        "right": plain(shown_right("{right}", n)),
        "tick": plain("Right"),
        "cross": plain("Wrong"),
        "said": plain(Message("actual {actual}, predicted {predicted}", actual="{actual}", predicted="{predicted}")),
        "again": plain("Play again"),
        "play": plain("Play"),
        "pause": plain("Pause"),
        "where": plain("Epoch"),
        "speed": plain("Speed"),
        "map": plain("Embedding map: what lies close together looks alike to the model; crosses are wrong answers"),
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
