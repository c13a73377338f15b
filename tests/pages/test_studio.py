"""The Studio: what came with the program at first, then examples, training and model of one's own on one screen."""

from __future__ import annotations

from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Element

from core.data.dataset import Dataset, kept_datasets
from core.data.findings import save_findings
from core.events import EpochEnd, Progress, Rival
from core.library.bin import list_bin
from core.modalities import MODALITIES
from core.models.catalogue import get_card, usual_model
from core.results.finished_run import FinishedRun
from core.runs.folder import RunFolder, list_runs
from core.training.spec.plan import make_plan
from core.workspace import Workspace
from pages.studio.beginning import worked_run
from pages.studio.ways import ways_to_train
from tests.core.studies.comparison.making import finished_run, messages
from tests.helpers import message_dataset, picture_dataset, png, row_dataset, sound_dataset, trained
from tests.pages.conftest import APP, press, visit, words

PAGE = "studio/studio.py"
DATASETS = {"image": picture_dataset, "text": message_dataset, "sound": sound_dataset, "table": row_dataset}


def figures(app) -> dict[str, str]:
    return {metric.label: metric.value for metric in app.metric}


def labels(app) -> list[str]:
    return [button.label for button in app.button]


def test_before_anything_was_made_all_columns_are_filled_and_nothing_is_written(app, workspace):
    score = FinishedRun.open(worked_run(), Workspace.worked()).score
    assert figures(app)["Accuracy"] == f"{score.accuracy:.0%}".replace("%", "\u00a0%")
    said = words(app)
    assert "**Last layer only (linear probe)**" in said and "Actual: **bird**" in said
    assert all(label in said for label in ("bird", "bug", "dessert", "fruit", "house", "vehicle"))
    assert not list_runs(workspace) and not kept_datasets(workspace)


def test_the_demo_is_brought_in_with_one_press_and_can_be_asked(app, workspace):
    before = figures(app)
    press(app, "Try the demo")
    ((dataset_id, about),) = kept_datasets(workspace)
    (run,) = list_runs(workspace)
    assert (run.id, run.request["dataset"]) == (worked_run().id, dataset_id)
    assert not about.get("reduced") and app.title[0].value == "Clip art"
    assert figures(app) == before and "Files" in str(app.get("button_group")[-1].proto)
    assert "Advanced" in labels(app)


@pytest.fixture
def studio(app, workspace, tiny_models):
    """The Studio with a run that knows shades of grey."""
    run = trained(workspace, picture_dataset(workspace, each=20), title="*Mine*")
    return visit(app, PAGE, run=run.id), run


def test_figures_and_samples_of_a_finished_run(studio, workspace):
    app, run = studio
    score = FinishedRun.open(run, workspace).score
    assert figures(app)["Accuracy"] == f"{score.accuracy:.0%}".replace("%", "\u00a0%")
    assert figures(app)["Baseline"] == "33\u00a0%"
    seen = set()
    for _ in range(3):
        seen |= {line for line in words(app).splitlines() if "Actual: " in line}
        app.button(key=f"studio-sample-{run.id}-next").click().run()
        assert not app.exception
    assert len(seen) == 3  # one of each class after the other


@pytest.mark.parametrize(("difference", "winner", "said"), [(0.2, "model", False), (0.0, "", True)])
def test_what_pretraining_did_not_give_is_said_without_being_asked(
    studio, workspace, monkeypatch, difference, winner, said
):
    app, run = studio
    found = FinishedRun.open(run, workspace)
    rival = Rival(
        "colours-and-edges", found.score.accuracy - difference, (0.5, 1.0), found.score.n, difference,
        (difference - 0.1, difference + 0.1), winner, True,
    )  # fmt: skip
    monkeypatch.setattr(FinishedRun, "ended", replace(found.ended, rivals=(rival,)))
    assert ("this pretrained model is no better" in words(visit(app, PAGE, run=run.id))) == said


def test_what_a_high_accuracy_hides_is_said_beside_it(app, workspace, tiny_models):
    run = finished_run(workspace, messages(workspace, each=40), wrong=range(20))
    visit(app, PAGE, run=run.id)
    assert "not clearly better than the baseline" in words(app) and "hardly ever found" in words(app)


def test_it_is_asked_about_a_file(studio):
    app, _run = studio
    app.segmented_control(key="ask-image").set_value("file").run()
    app.file_uploader[0].set_value([("black.png", png((0, 0, 0), (32, 32)), "image/png")]).run()
    assert not app.exception and ("None of these" in words(app) or ", confidence " in words(app))


def test_what_is_trained_is_what_was_chosen(studio, workspace, monkeypatch):
    app, run = studio
    asked = []
    monkeypatch.setattr("core.runs.local.LocalLauncher.start", lambda self, job, heavy=True: asked.append(job.request))
    for way in ("quick", "thorough", "scratch", "auto"):
        app.segmented_control(key="way").set_value(way).run()
        press(app, "Train")
        app.session_state["run"] = run.id
        visit(app, PAGE, run=run.id)
    trainings = [request["recipe"] for request in asked if "recipe" in request]
    assert [(recipe["model"], recipe["strategy"]) for recipe in trainings] == [
        ("efficientnet-lite0", "head"), ("efficientnet-lite0", "contrastive"), ("small-cnn", "scratch"),
        ("auto", "auto"),
    ]  # fmt: skip


def test_what_was_chosen_is_read_back_from_the_address(studio):
    _, run = studio
    anew = AppTest.from_file(str(APP), default_timeout=120)
    visit(anew, PAGE, **{"run": run.id, "way": "Recommended", "ask-image": "Files"})
    assert anew.segmented_control(key="way").value == "auto"
    assert anew.segmented_control(key="ask-image").value == "file"


@pytest.mark.parametrize(
    ("told", "says"),
    [
        ([], "Starting"),
        ([EpochEnd(0, 4, 1, 0.5, 1, 0.5, 1.0), EpochEnd(1, 4, 1, 0.5, 1, 0.5, 3.0)], "Epoch 2 of 4 · about 6 seconds"),
        ([EpochEnd(0, 4, 1, 0.5, 1, 0.5, 1.0), EpochEnd(4, 4, 1, 0.5, 1, 0.5, 2.0)], "Trained; now measuring"),
        ([EpochEnd(0, 0, 1, 0.5, 1, 0.5, 1.0)], "Trained; now measuring"),
        ([EpochEnd(4, 4, 1, 0.5, 1, 0.5, 2.0), Progress("folds", 2, 8)], "(cross-validation): 2 of 8"),
    ],
)
def test_what_is_said_to_happen_is_what_happens(studio, workspace, told, says):
    app, run = studio
    under_way = RunFolder.create(workspace.runs, "train", "t", run.request)
    under_way.begin()
    for event in told:
        under_way.append(event)
    bars = visit(app, PAGE, run=under_way.id).get("progress")
    assert any(says in bar.proto.text for bar in bars), [bar.proto.text for bar in bars]


def test_a_model_too_large_to_answer_live_takes_single_pictures_instead(studio, monkeypatch):
    app, _run = studio
    monkeypatch.setattr("core.export.folder.MOST_LIVE", 10)
    app.segmented_control(key="ask-image").set_value("live").run()
    app.run()
    assert "too large to answer live in a browser" in words(app)
    assert app.get("camera_input")


def test_a_text_model_that_is_no_page_says_who_answers(app, workspace, tiny_models, monkeypatch):
    run = trained(workspace, message_dataset(workspace))
    monkeypatch.setattr("pages.studio.model.LARGEST", 10)
    visit(app, PAGE, run=run.id).segmented_control(key="ask-text").set_value("type").run()
    assert "so this computer answers" in words(app)


def test_of_a_row_the_answer_stands_above_what_it_is_put_together_with(app, workspace, tiny_models):
    run = trained(workspace, row_dataset(workspace), model="table-columns")
    visit(app, PAGE, run=run.id).segmented_control(key="ask-table").set_value("form").run()
    drawn = [node for node in app.main if isinstance(node, Element)]
    answer = next(at for at, node in enumerate(drawn) if ", confidence " in str(node.value))
    assert answer < min(at for at, node in enumerate(drawn) if node.type == "slider")


def test_in_a_narrow_window_the_classes_are_folded_above_the_button(studio, monkeypatch):
    app, _run = studio
    assert not [one for one in app.expander if "dark" in one.label]
    monkeypatch.setattr("pages.studio.classes.is_narrow", lambda: True)
    app.run()
    (rows,) = [one for one in app.expander if "dark" in one.label]
    assert [button.label for button in rows.button]


@pytest.mark.parametrize("modality", MODALITIES)
def test_every_kind_has_ways_that_can_be_trained(modality, workspace):
    dataset: Dataset = DATASETS[modality](workspace)
    ways = ways_to_train(dataset, usual_model(dataset), workspace)
    assert list(ways) == ["quick", "thorough", "scratch", "auto"]
    assert not any(ways[name].card.blank for name in ("quick", "thorough"))
    for name, way in ways.items():
        plan = make_plan(dataset, way.recipe, workspace)
        assert plan.card == get_card(way.card.id, workspace), name
        assert plan.card.blank == (name == "scratch")


def test_a_run_of_another_dataset_is_not_shown_beside_this_one(studio, workspace):
    app, _ = studio
    other = message_dataset(workspace)
    other.save(workspace)
    save_findings(other.id, workspace, [], complete=True)  # else the data check would begin
    app.session_state["dataset"] = other.id
    del app.session_state["run"]
    app.query_params.clear()
    visit(app, PAGE, dataset=other.id)
    assert app.title[0].value == "messages" and not app.metric
    assert "When training is over" in words(app)


def test_a_recent_run_gets_another_name_and_goes_into_the_bin(studio, workspace):
    app, run = studio
    app.text_input(key=f"recent-title-{run.id}").set_value("Grey")
    app.button(key=f"recent-rename-{run.id}").click().run()
    assert RunFolder.find(run.id, workspace).title == "Grey" and "**Grey**" in words(app)
    app.button(key=f"recent-delete-{run.id}").click().run()
    assert not app.exception and not list_runs(workspace)
    assert len(list_bin(workspace)) == 1 and not app.metric
