"""The worked examples that come with the program: whole, small, and with the figures of the program."""

from __future__ import annotations

import json

import numpy as np
import pytest

from core.data.dataset import Dataset
from core.data.intake import take_in
from core.evaluation.scores import score
from core.events import drain
from core.models.catalogue import get_card
from core.models.embeddings import embed_dataset
from core.models.trained import load_backbone
from core.results.finished_run import FinishedRun
from core.runs.folder import list_jobs, list_runs
from core.studies.few_shot.design import FewShotDesign
from core.studies.few_shot.preview import answered_at_once
from core.studies.few_shot.shown import read_shown
from core.studies.registry import STUDIES
from core.workspace import Workspace

WORKED = Workspace.worked()
MOST_BYTES = 4_000_000


def rounded(data) -> object:
    """As plain data, so many digits long as any processor gives."""
    return json.loads(json.dumps(data, default=str), parse_float=lambda digits: round(float(digits), 6))


def test_they_are_small_and_nothing_in_them_says_where_they_were_made():
    files = [path for path in WORKED.root.rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) < MOST_BYTES
    assert {json.loads(path.read_text())["runner"]["by"] for path in files if path.name == "run.json"} == {"project"}


def test_there_is_one_of_each_study_and_two_runs_to_compare():
    asked = sorted(folder.request["study"] for folder in list_jobs(WORKED.studies))
    assert asked == sorted(set(STUDIES) - {"comparison"})  # which is made of two runs
    assert len(list_runs(WORKED)) == 2


@pytest.mark.parametrize("folder", list_jobs(WORKED.studies), ids=lambda folder: folder.request["study"])
def test_the_figures_of_a_study_are_those_that_the_program_works_out_of_its_events(folder):
    assert not folder.damages() and folder.status().state == "completed"
    study = STUDIES[folder.request["study"]]
    design = study.design.from_dict(folder.request["design"])
    told, kept = study.result(design, folder.events()), folder.about()["result"]
    numbers = [key for key in told if key not in ("sentences", "recommendation", "forecasts")]
    assert numbers and rounded({key: told[key] for key in numbers}) == rounded({key: kept[key] for key in numbers})
    assert Dataset.load(folder.request["dataset"], WORKED).reduced


@pytest.mark.parametrize("folder", list_runs(WORKED), ids=lambda folder: folder.request["recipe"]["strategy"])
def test_the_score_of_a_run_is_that_of_its_answers(folder):
    assert not folder.damages()
    run = FinishedRun.open(folder, WORKED)
    said, truth = [answer.label for answer in run.answers], [answer.truth for answer in run.answers]
    assert score(said, truth, list(run.record.training_labels.elements())) == run.score
    assert len(run.answers) == 41 and run.history is not None


@pytest.mark.slow
def test_the_real_model_answers_the_first_episode_in_the_same_way(workspace):
    folder = next(one for one in list_jobs(WORKED.studies) if one.request["study"] == "few_shot")
    design, shown = FewShotDesign.from_dict(folder.request["design"]), read_shown(folder.path)[0]
    dataset, _ = drain(take_in("sample:drawings", workspace))
    asked = [*shown.support, *shown.query]
    kept = Dataset.load(folder.request["dataset"], WORKED)
    assert [dataset.examples[i].id for i in asked] == [kept.examples[i].id for i in asked]
    card = get_card(design.model, workspace)
    drain(embed_dataset(dataset, card, lambda: load_backbone(card.id, workspace), workspace, indices=asked))
    again = answered_at_once(dataset, design, workspace)
    assert (again.support, again.query, again.answers) == (shown.support, shown.query, shown.answers)
    assert np.allclose(again.scores, shown.scores, atol=1e-3)
