"""Tables on pages: rivals and columns beside the result, a row put together, rows in the gallery."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import pytest

from core.evaluation.answers import Answer
from core.jobs.base import run_job
from core.models import catalogue
from core.results.errors import Errors
from core.runs.folder import RunFolder
from core.runs.local import InProcess
from core.workspace import Workspace
from pages.shared.columns import columns_of
from tests.helpers import row_dataset, trained
from tests.pages.conftest import press, visit, words


@pytest.fixture
def run(workspace):
    dataset = row_dataset(workspace, each=20, **{"*odd* name": ["2001-02-03", "2004-05-06", "", "2009-08-07"]})
    return trained(workspace, dataset, title="Flowers", model="two-layer-table", strategy="scratch", epochs=5)


def test_the_result_says_what_something_simpler_does_and_which_columns_matter(app, run):
    app = visit(app, "understand/result.py", run=run.id, part="columns")
    said = words(app)
    assert "Would something simpler do?" in said and "Gradient-boosted trees " in said
    assert "“petal” matters most" in said
    chosen = next(box for box in app.selectbox if box.label == "Column")
    assert set(chosen.options) == {"petal", "leaf", "colour", "day", "*odd* name"}
    for name in chosen.options:
        chosen = next(box for box in app.selectbox if box.label == "Column")
        chosen.set_value(name).run()
        assert not app.exception, app.exception


def test_a_row_is_put_together_and_asked_about(app, run):
    app = visit(app, "use/try_it.py", run=run.id)
    assert {slider.label for slider in app.slider} >= {"petal", "leaf", "day"}
    petal = next(slider for slider in app.slider if slider.label == "petal")
    answers = set()
    for value in (petal.min, petal.max):
        petal = next(slider for slider in app.slider if slider.label == "petal")
        petal.set_value(value).run()
        assert not app.exception, app.exception
        answers.add(app.session_state["answers"][0][0]["label"])
    assert len(answers) == 2
    next(box for box in app.selectbox if box.label == "colour").set_value("blue").run()
    assert not app.exception, app.exception
    assert '"colour": "blue"' in app.session_state["tried"][1][0]


def test_rows_are_shown_as_rows(app, run):
    app = visit(app, "prepare/data.py", dataset=run.request["dataset"])
    assert not app.exception, app.exception
    assert any("petal" in frame.value.columns for frame in app.dataframe)


def test_rows_of_a_file_stand_beside_their_answers_and_what_is_not_there_is_said(app, run, workspace, tmp_path):
    (tmp_path / "new.csv").write_text("Petal,color,day\n1.5,blue,2004-05-06\nwide,green,2004-05-06\n")
    request = {"run": run.id, "paths": [str(tmp_path / "new.csv")], "names": [""], "title": "new.csv"}
    job = RunFolder.create(workspace.jobs, "batch", "new.csv", request)
    InProcess(lambda folder: run_job(folder, workspace, folder.stop_requested)).start(job)
    app = visit(app, "use/try_it.py", run=run.id, batch=job.id)
    assert not app.exception, app.exception
    said = words(app)
    assert "'leaf', 'colour', and '*odd* name' are not there" in said.replace("\\", "")
    assert "does not know these: 'color'" in said and "'petal' holds no number" in said
    assert any("1.5" in frame.value.to_csv() and "Answer" not in frame.value.columns for frame in app.dataframe)


def test_where_nothing_is_pretrained_for_rows_the_experiment_says_what_to_do(app, workspace, monkeypatch):
    untrained = {card.id: card for card in catalogue.CATALOGUE.values() if not card.in_context}
    monkeypatch.setattr(catalogue, "CATALOGUE", untrained)
    dataset = row_dataset(workspace)
    dataset.save(workspace)
    visit(app, "studies/transfer.py", dataset=dataset.id)
    assert "No pretrained model takes rows yet" in words(app) and not app.error
    pretrained = trained(workspace, dataset, model="column-network", strategy="scratch", epochs=1)
    visit(app, "studies/transfer.py", dataset=dataset.id)
    (radio,) = (one for one in app.radio if one.label == "Start from this model")
    assert radio.options == ["One that you trained here"] and pretrained.id and not app.error


def test_an_episode_shows_rows_across_the_page_each_by_its_name(app, workspace):
    dataset = row_dataset(workspace, each=12)
    dataset.save(workspace)
    app = press(visit(app, "studies/few_shot.py", dataset=dataset.id), "Start")
    given = [frame.value for frame in app.dataframe if "petal" in frame.value.columns]
    assert len(given) == 6, "for each class those that were shown and those that were asked about"
    assert all(str(name).startswith("row ") for name in given[0].iloc[:, 0])


def test_a_doubtful_row_is_the_copy_with_that_label(app, workspace):
    dataset = row_dataset(workspace, each=4)
    twin = replace(dataset.examples[0], label="rose", name="row 99")
    dataset = replace(dataset, examples=(*dataset.examples, twin))
    place = {example.id: i for i, example in reversed(list(enumerate(dataset.examples)))}
    answers = [Answer(twin.id, "validation", "rose", {"aster": 0.99, "rose": 0.01})]
    run = SimpleNamespace(dataset=dataset, calibrated_answers=answers, workspace=workspace, place=place)
    assert Errors(run).label_errors == [(len(dataset.examples) - 1, "aster")]


def test_what_is_remembered_of_the_columns_is_that_of_the_place_where_they_lie(tmp_path):
    """The id of a dataset in a project without originals is what its maker says, such as that of somebody else's."""
    theirs, forged = (row_dataset(Workspace(tmp_path / name), secret=["x", "y"]) for name in ("theirs", "forged"))
    assert theirs.id == forged.id and "secret" in columns_of(theirs).names
    bare = replace(forged, examples=tuple(replace(one, text='{"petal": "1"}') for one in forged.examples))
    assert bare.id == theirs.id and "secret" not in columns_of(bare).names
