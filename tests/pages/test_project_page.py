"""The page about project files: save, look before opening, open; what is wrong is one sentence."""

from __future__ import annotations

import pytest

from core.events import drain
from core.library.bin import delete, empty
from core.library.items import list_items
from core.project.opening import look_into, open_project
from core.project.save import save_project
from core.runs.folder import RunFolder, list_runs
from tests.core.studies.comparison.making import finished_run, messages
from tests.pages.conftest import press, visit, words

PAGE = "keep/project.py"


@pytest.fixture
def run(workspace, tiny_models) -> RunFolder:
    return finished_run(workspace, messages(workspace), title="mine")


def made(workspace) -> RunFolder:
    """The job that saved."""
    return next(RunFolder(path) for path in workspace.jobs.iterdir())


def test_where_nothing_is_there_is_nothing_to_save(app):
    visit(app, PAGE)
    assert "nothing to save yet" in words(app)


@pytest.mark.parametrize("originals", [True, False])
def test_everything_is_saved_in_one_file(app, run, workspace, originals):
    visit(app, PAGE)
    if not originals:
        app.toggle[0].set_value(True).run()
    app.button(key="save").click().run()
    assert not app.exception and "Saved" in words(app) and "2 entries" in words(app)
    manifest = look_into(made(workspace).path / "project.ftlab", workspace)
    assert manifest.originals is originals and {item.id for item in manifest.items} == {
        item.id for item in list_items(workspace)
    }
    press(app, "Save another")
    assert app.button(key="save")


def test_what_was_chosen_in_the_library_is_saved(app, run, workspace):
    other = finished_run(workspace, messages(workspace, prefix="other"), title="other")
    visit(app, PAGE, items=other.id)
    app.button(key="save").click().run()
    manifest = look_into(made(workspace).path / "project.ftlab", workspace)
    assert {item.title for item in manifest.items} == {"other"}


def give(app, content: bytes):
    app.file_uploader[0].set_value([("lesson.ftlab", content, "application/zip")]).run()
    assert not app.exception
    return app


def test_a_project_is_looked_at_then_opened_beside_what_is_here(app, run, workspace, tmp_path):
    file = tmp_path / "out.ftlab"
    drain(save_project(file, [], workspace, "en"))
    content = file.read_bytes()
    delete([run.id], workspace)
    give(visit(app, PAGE), content)
    assert "2 entries" in words(app) and list_runs(workspace) == [], "nothing is taken yet"
    app.button(key="open-it").click().run()
    assert not app.exception and "1 entry is new here" in words(app) and "1 was here already" in words(app)
    assert [one.id for one in list_runs(workspace)] == [run.id]
    assert list_items(workspace)[0].remark.origin in ("", "lesson.ftlab")


@pytest.mark.parametrize("content", [b"", b"no zip at all", b"PK\x03\x04"])
def test_what_is_no_project_is_one_sentence(app, run, content):
    give(visit(app, PAGE), content)
    assert "not a project file, or it is cut off or damaged" in words(app) and not app.exception


def test_what_came_to_be_looked_at_is_shown_and_says_what_it_is_not_for(app, run, workspace, tmp_path):
    file, dataset = tmp_path / "show.ftlab", run.request["dataset"]
    drain(save_project(file, [], workspace, "en", originals=False))
    empty(delete([dataset, run.id], workspace), workspace)
    drain(open_project(file, workspace))
    said = "came without the originals"
    visit(app, "prepare/data.py", dataset=dataset)
    assert [one.value for one in app.info if said in one.value] and not app.error
    visit(app, "train/train.py")
    assert said in words(app) and not [button for button in app.button if button.key == "train"]
    visit(app, "understand/result.py", run=run.id)
    assert "accuracy" in words(app) and not app.error
    visit(app, "keep/library.py", item=run.id)
    assert list(app.dataframe[0].value["note"]) == ["from show.ftlab"] * 2
