"""What is damaged, on the pages: one entry that says so and can be removed; everything else goes on."""

from __future__ import annotations

from collections import Counter

import pytest

from core.data.findings import save_findings
from core.runs.folder import list_runs
from tests.core.studies.comparison.making import finished_run, messages
from tests.helpers import picture_dataset
from tests.pages.conftest import visit, words


@pytest.fixture
def runs(workspace, tiny_models):
    """Two finished runs of one dataset that was looked over."""
    dataset = messages(workspace)
    save_findings(dataset.id, workspace, [], complete=True)
    return finished_run(workspace, dataset, title="first"), finished_run(workspace, dataset, title="second")


def remove(app, name: str):
    """Press the button that removes it, behind the one that asks."""
    next(button for button in app.button if button.key == f"remove-{name}").click().run()
    assert not app.exception
    return app


def test_the_studio_names_a_damaged_run_and_removes_it(runs, app, workspace):
    first, second = runs
    (first.path / "run.json").write_bytes(b"")
    visit(app, "studio/studio.py")
    said = words(app)
    assert "second" in said and "Finished" in said
    assert "damaged: The file" in said and "is empty" in said
    remove(app, first.id)
    assert not first.path.exists()
    assert [run.id for run in list_runs(workspace)] == [second.id]
    assert "damaged: " not in words(app)


def test_a_link_to_a_damaged_run_says_so_and_offers_to_remove_it(runs, app):
    first, _ = runs
    (first.path / "run.json").write_bytes(b"\0" * 40)
    visit(app, "understand/result.py", run=first.id)
    assert "nothing but zeros" in words(app)
    remove(app, first.id)
    assert not first.path.exists()


def test_a_damaged_dataset_is_an_entry_beside_the_others(runs, app, workspace):
    other = messages(workspace, prefix="other")
    file = workspace.datasets / other.id / "examples.jsonl"
    file.write_bytes(file.read_bytes()[:-9])
    visit(app, "prepare/data.py")
    said = words(app)
    assert "message" in said and "Browse" in said
    assert "other" in said and "examples" in said and "damaged: " in said
    remove(app, other.id)
    assert not (workspace.datasets / other.id).exists()


@pytest.mark.parametrize("part", ["failures", "sure", "report", "learning"])
def test_a_result_shows_what_it_still_can(runs, app, part):
    first, _ = runs
    (first.path / "answers.jsonl").write_bytes(b"nonsense")
    visit(app, "understand/result.py", run=first.id, part=part)
    said = words(app)
    assert "accuracy" in said
    assert "damaged: " in said and "answers" in said
    assert ("Training time: " in said) == (part == "learning")


def test_a_picture_that_is_damaged_stands_crossed_out_among_the_others(app, workspace):
    dataset = picture_dataset(workspace, each=3)
    dataset.save(workspace)
    save_findings(dataset.id, workspace, [], complete=True)
    (file,) = workspace.examples.rglob(f"{dataset.examples[0].id}.img")
    file.write_bytes(b"")
    visit(app, "prepare/data.py", dataset=dataset.id)
    shown = Counter(one.url for element in app.get("image") for one in element.proto.imgs)
    assert len(shown) == len(dataset.examples), "the damaged one too"
