"""A model that answers from its training rows holds them: a project to show leaves it out, and an export says so."""

from __future__ import annotations

from core.library.items import list_items
from core.report.render import render_card
from core.results.finished_run import FinishedRun
from tests.core.project.making import opened, saved
from tests.helpers import row_dataset, trained


def test_a_project_to_show_leaves_the_model_out_and_says_so(workspace, elsewhere, tmp_path):
    dataset = row_dataset(workspace, each=4)
    run = trained(workspace, dataset, model="in-context-table", strategy="nearest", title="Answers from rows")
    made = saved(tmp_path / "show.ftlab", workspace, originals=False)
    assert "'Answers from rows' is skipped, since its model holds the examples" in " ".join(map(str, made.notes))
    opened(tmp_path / "show.ftlab", elsewhere)
    assert {item.kind for item in list_items(elsewhere)} == {"dataset"}
    assert run.path.exists()


def test_a_whole_project_takes_it_along(workspace, elsewhere, tmp_path):
    dataset = row_dataset(workspace, each=4)
    run = trained(workspace, dataset, model="in-context-table", strategy="nearest")
    saved(tmp_path / "all.ftlab", workspace)
    opened(tmp_path / "all.ftlab", elsewhere)
    assert (elsewhere.runs / run.id / "model.safetensors").exists()


def test_its_card_says_that_the_rows_are_in_it(workspace):
    run = trained(workspace, row_dataset(workspace, each=4), model="in-context-table", strategy="nearest")
    says = "The model answers from the labelled examples that it was trained on, so they are in its file."
    assert says in render_card(FinishedRun.open(run.id, workspace))
    plain = trained(workspace, row_dataset(workspace, each=4), model="table-columns", strategy="nearest")
    assert says not in render_card(FinishedRun.open(plain.id, workspace))
