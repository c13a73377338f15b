"""What has no class is told on the Data page, and can be given one there."""

from __future__ import annotations

import pytest

from core.data.intake import take_in
from core.events import drain
from core.jobs.base import run_job
from core.runs.folder import RunFolder
from core.runs.local import InProcess
from tests.helpers import png, write_tree
from tests.pages.conftest import visit, words
from tests.pages.test_picker import press, read

TABLE = "text,label\n" + "".join(f"this is the {n}th,{('bus', 'food', '')[n % 3]}\n" for n in range(60))


@pytest.fixture
def imported(app, workspace, tmp_path):
    source = tmp_path / "given.csv"
    source.write_text(TABLE)
    return visit(app, "prepare/data.py", dataset=drain(take_in(str(source), workspace))[0].id)


def test_they_are_counted_apart_and_looked_at_page_by_page(imported):
    said = words(imported)
    assert "**40 of 60** rows" in said and "**20** more have no class" in said and "skipped" not in said
    assert any(field.label == "20 messages without a class" for field in imported.expander)
    boxes = [box.label for box in imported.checkbox if box.label.startswith("?")]
    assert len(boxes) == 20


def test_some_get_a_class(imported, workspace):
    next(box for box in imported.checkbox if box.label.startswith("?")).check()
    [*(field for field in imported.selectbox if field.label == "Class of the selected ones")][-1].set_value("bus")
    press(imported, "Move to this class", -1)
    dataset = read(imported, workspace)
    assert dataset.counts == {"bus": 21, "food": 20} and len(dataset.unlabelled) == 19


def test_a_folder_that_may_be_a_class_is_asked_about(app, workspace, tmp_path):
    files = {f"{name}/{n}.png": png((n, at, 9)) for at, name in enumerate(("cat", "dog", "unsorted")) for n in range(3)}
    request = {"source": str(write_tree(tmp_path / "pets", files)), "options": {}}
    job = RunFolder.create(workspace.jobs, "intake", "pets", request)
    InProcess(lambda folder: run_job(folder, workspace, folder.stop_requested)).start(job)
    app.session_state["failed_intake"] = job.id
    page = visit(app, "prepare/data.py")
    next(field for field in page.button_group if "unsorted" in field.label).set_value("kept").run()
    dataset = read(page, workspace)
    assert dataset.counts == {"cat": 3, "dog": 3} and len(dataset.unlabelled) == 3
