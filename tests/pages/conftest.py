"""Pages under AppTest, with jobs run at once in this process instead of by workers."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from streamlit.components.v2 import manifest_scanner
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Block

from core.hardware import note_speed
from core.jobs.base import run_job
from core.models.catalogue import BUNDLED
from core.runs.folder import RunFolder
from core.runs.local import InProcess, LocalLauncher
from core.workspace import Workspace
from pages.shared import pages
from tests.helpers import message_dataset, picture_dataset, trained

APP = Path(__file__).resolve().parents[2] / "app.py"


@pytest.fixture
def workspace(tmp_path, monkeypatch) -> Workspace:
    monkeypatch.setenv("FINETUNE_LAB_HOME", str(tmp_path))
    return Workspace.default()


@pytest.fixture(scope="session", autouse=True)
def _components_of_others_once() -> Iterator[None]:
    """Each `AppTest` reads the metadata of all that is installed, which is the same every time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(manifest_scanner, "scan_component_manifests", cache(manifest_scanner.scan_component_manifests))
        yield


@pytest.fixture
def app(workspace, monkeypatch) -> AppTest:
    """The app on the Studio, in a workspace without data, on a computer whose speed is known."""
    for card in BUNDLED:
        for work in ("embed", "probe-top", "probe-full"):
            note_speed(workspace, card.id, work, 100, 1.0)
    monkeypatch.setattr(LocalLauncher, "warm_up", lambda self: None)
    monkeypatch.setattr(pages, "answer_of_the_browser", lambda question: question)  # there is none, and no timer
    in_process = InProcess(lambda job: run_job(job, Workspace.holding(job.path), job.stop_requested))
    monkeypatch.setattr(LocalLauncher, "start", lambda self, job, heavy=True: in_process.start(job))
    return AppTest.from_file(str(APP), default_timeout=120).run()


def visit(app: AppTest, script: str, **address: str) -> AppTest:
    """Go to another page, with an address like ?run=...; fails on whatever the page did not foresee."""
    for name, value in address.items():
        app.query_params[name] = value
    app.switch_page(f"pages/{script}").run()
    assert not app.exception, app.exception
    return app


@pytest.fixture
def page(app, workspace, tiny_models):
    """Try it, with a run that knows shades of grey, or three kinds of messages."""

    def go(kind: str = "image") -> tuple[AppTest, RunFolder]:
        dataset = (message_dataset if kind == "text" else picture_dataset)(workspace, each=20)
        run = trained(workspace, dataset, title="*Mine*")
        return visit(app, "use/try_it.py", run=run.id), run

    return go


def press(app: AppTest, label: str) -> AppTest:
    next(button for button in app.button if button.label == label).click().run()
    assert not app.exception, app.exception
    return app


def words(app: AppTest) -> str:
    """Everything the page says."""
    kinds = (
        app.title,
        app.subheader,
        app.markdown,
        app.caption,
        app.info,
        app.success,
        app.warning,
        app.error,
        app.text,
        app.toast,
    )
    return "\n".join(element.value for kind in kinds for element in kind)


def blocks(block: Block) -> Iterator[Block]:
    """All that are within a block."""
    for child in block.children.values():
        if isinstance(child, Block):
            yield child
            yield from blocks(child)
