"""Every page, visited and used as a person would, with jobs done in this process."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from streamlit.testing.v1 import AppTest

from core.jobs.base import run_job
from core.runs.local import InProcess, LocalLauncher
from pages.shared import pages
from tests.chaos.scene import Scene
from tests.helpers import PROJECT, png


@dataclass(frozen=True)
class Visit:
    """A page, the names of the scene that its address takes, and what is done there that has to be written."""

    page: pages.Page
    address: tuple[str, ...] = ()
    act: Callable[[AppTest], object] | None = None


def _press(key: str) -> Callable[[AppTest], object]:
    return lambda app: app.button(key=key).click().run()


def _upload(app: AppTest) -> None:
    table = b"text,label\nlate bus,bus\nno bus,bus\npizza,lunch\nsalad,lunch\n"
    app.file_uploader[0].set_value([("table.csv", table, "text/csv")]).run()


def _ask(app: AppTest) -> None:
    app.file_uploader[0].set_value([("black.png", png((0, 0, 0), (32, 32)), "image/png")]).run()


VISITS = {
    "start": Visit(pages.START),
    "start, a sample": Visit(pages.START, act=_press("card-school-messages")),
    "data": Visit(pages.DATA, ("dataset",)),
    "data, an upload": Visit(pages.DATA, ("dataset",), _upload),
    "train": Visit(pages.TRAIN, ("dataset",)),
    "train, a run": Visit(pages.TRAIN, ("run",)),
    "train, begin": Visit(pages.TRAIN, ("dataset",), _press("train")),
    "train, resume": Visit(pages.TRAIN, ("paused",), _press("go-on")),
    "benchmark": Visit(pages.RACE, ("large",)),
    "few-shot": Visit(pages.FEW_SHOT, ("dataset",)),
    "few-shot, begin": Visit(pages.FEW_SHOT, ("dataset",), _press("start-study")),
    "experiment": Visit(pages.EXPERIMENT, ("dataset",)),
    "curve": Visit(pages.CURVE, ("dataset",)),
    "alone or together": Visit(pages.POOLED, ("given",)),
    "result": Visit(pages.RESULT, ("run",)),
    "compare": Visit(pages.COMPARE),
    "lessons": Visit(pages.LESSONS),
    "demo": Visit(pages.DEMO),
    "library": Visit(pages.LIBRARY),
    "project": Visit(pages.PROJECT),
    "project, save": Visit(pages.PROJECT, act=_press("save")),
    "try": Visit(pages.TRY, ("run",)),
    "try, a picture": Visit(pages.TRY, ("run",), _ask),
}
"""By a name for people."""


def visit(scene: Scene, name: str) -> tuple[str, list[str]]:
    """What a new visitor is told there, and what is wrong with it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FINETUNE_LAB_HOME", str(scene.workspace.root))
        patch.setattr(LocalLauncher, "warm_up", lambda self: None)
        patch.setattr(pages, "answer_of_the_browser", lambda question: question)
        here = InProcess(lambda job: run_job(job, scene.workspace, job.stop_requested))
        patch.setattr(LocalLauncher, "start", lambda self, job, heavy=True: here.start(job))
        patch.setattr(LocalLauncher, "resume", lambda self, job: here.resume(job))
        return _visited(AppTest.from_file(str(PROJECT / "app.py"), default_timeout=120).run(), scene, VISITS[name])


def _visited(app: AppTest, scene: Scene, asked: Visit) -> tuple[str, list[str]]:
    for key in asked.address:
        app.query_params["dataset" if key in ("dataset", "large", "given") else "run"] = scene.names[key]
    app.switch_page(f"pages/{asked.page.script}").run()
    complaints = [f"an exception: {error.message}" for error in app.exception]
    if asked.act and not complaints:
        asked.act(app)
        complaints = [f"an exception after pressing: {error.message}" for error in app.exception]
    said = "\n".join(element.value for kind in (app.title, app.error, app.info, app.warning) for element in kind)
    return said, complaints if app.title else [*complaints, "a page without a title"]
