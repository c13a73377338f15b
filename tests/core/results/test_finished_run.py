"""A finished run, read back from its folder."""

from __future__ import annotations

import pytest
import torch

from core.errors import RunError
from core.evaluation.answers import read_answers, write_answers
from core.evaluation.scores import majority_label
from core.models.trained import TrainedModel
from core.results.finished_run import FinishedRun
from core.runs.folder import RunFolder
from core.studies.comparison.design import comparable_runs, partner_of, read_runs, usual_pair
from core.training.spec.recipe import Recipe
from tests.core.report.making import with_final_test
from tests.core.studies.comparison.making import finished_run, messages
from tests.helpers import edit, picture_dataset, run_training


def test_a_run_as_it_was_judged(workspace, tiny_models):
    run = finished_run(workspace, messages(workspace), wrong=(0, 3))
    found = FinishedRun.open(run.id, workspace)
    assert (found.score.n, found.score.accuracy) == (10, 0.8)
    assert [a.right for a in found.answers].count(False) == 2 and found.seconds == 12.5
    assert len(found.progress.epochs) == 4 and found.evaluation_set.total() == 10
    assert found.parameters == 100 + 2 * 10 + 2  # the card's, and the last layer without what it is centred by
    assert found.megabytes == pytest.approx(0.1, abs=0.01)


@pytest.mark.parametrize("strategy", ["head", "full"])
def test_size_and_parameters_are_those_of_the_model_that_is_used(strategy, workspace, tiny_models):
    dataset = picture_dataset(workspace)
    dataset.save(workspace)
    _, result = run_training(dataset, Recipe("tiny-image", strategy, epochs=1), workspace)
    run = finished_run(workspace, dataset)
    result.model.save(run.path)
    model = TrainedModel.load(run.path, workspace)
    learnt = sum(p.numel() for p in model.head.parameters())
    own = sum(p.numel() for p in model.backbone.parameters()) if strategy == "full" else 100
    found = FinishedRun.open(run.id, workspace)
    assert found.parameters == learnt + own
    size = (run.path / "model.safetensors").stat().st_size / 1e6
    assert found.megabytes == pytest.approx(size if strategy == "full" else size + 0.1, abs=0.006)
    assert torch.is_tensor(model.head.weight)


def test_only_finished_and_judged_runs_can_be_compared(workspace, tiny_models):
    with pytest.raises(RunError, match="no run with the id"):
        read_runs(["nobody"], workspace)
    unfinished = RunFolder.create(workspace.runs, "train", "t", {"dataset": "x", "recipe": {}})
    with pytest.raises(RunError, match="no finished model"):
        read_runs([unfinished.id], workspace)
    run = finished_run(workspace, messages(workspace))
    (run.path / "answers.jsonl").unlink()
    with pytest.raises(RunError, match=r"answers\.jsonl is missing"):
        read_runs([run.id], workspace)
    write_answers([], run.path)
    with pytest.raises(RunError, match="no score to compare"):
        read_runs([run.id], workspace)


def test_answers_lie_side_by_side_whatever_their_order(workspace, tiny_models):
    dataset = messages(workspace)
    one, other = finished_run(workspace, dataset, wrong=(4,)), finished_run(workspace, dataset, wrong=(4,))
    write_answers(reversed(read_answers(other.path)), other.path)
    both = [FinishedRun.open(run.id, workspace) for run in (one, other)]
    assert [a.example for a in both[0].answers] != [a.example for a in both[1].answers]
    assert both[0].aligned == both[1].aligned and both[0].evaluation_set == both[1].evaluation_set


def test_members_of_a_group_are_one_cluster(workspace, tiny_models):
    dataset = messages(workspace, groups={0: "g", 2: "g", 4: "g"})
    run = FinishedRun.open(finished_run(workspace, dataset, recipe={"shots": 5}).id, workspace)
    clusters = dict(zip((example.id for example in dataset.examples), dataset.clusters, strict=True))
    assert [run.record.cluster(a.example) for a in run.answers] == [clusters[a.example] for a in run.answers]
    named = {a.example: run.record.cluster(a.example) for a in run.answers}
    grouped = [named[f"message-{n}"] for n in (0, 2, 4) if f"message-{n}" in named]
    assert len(set(grouped)) <= 1
    assert len(set(named.values())) == len(named) - max(0, len(grouped) - 1)


def test_runs_that_belong_together(workspace, tiny_models):
    dataset, other = messages(workspace), messages(workspace, prefix="other")
    old = finished_run(workspace, dataset)
    apart = finished_run(workspace, dataset, recipe={"seed": 1})
    stranger = finished_run(workspace, other)
    new = finished_run(workspace, dataset, recipe={"epochs": 7})
    lone = finished_run(workspace, other, recipe={"seed": 5})
    runs = comparable_runs(workspace)
    assert [run.id for run in runs] == [one.id for one in (lone, new, stranger, apart, old)]
    assert partner_of(new, runs).id == old.id and partner_of(apart, runs) is None
    assert [run.id for run in usual_pair(runs)] == [new.id, old.id]
    assert [run.id for run in usual_pair([lone, apart])] == [lone.id, apart.id]
    alien = finished_run(workspace, picture_dataset(workspace, each=20), recipe={"model": "tiny-image"})
    assert [run.id for run in usual_pair([alien, lone])] == [alien.id]


def test_the_test_set_counts_where_there_is_one_else_the_validation_set(workspace, tiny_models):
    folder = finished_run(workspace, messages(workspace), wrong=(0, 3))
    run = FinishedRun.open(folder, workspace)
    assert (run.evaluated_by, len(run.answers), run.score) == ("validation", 10, run.ended.validation)
    tested = FinishedRun.open(with_final_test(folder), workspace)
    assert (tested.evaluated_by, {a.part for a in tested.answers}) == ("test", {"test"})
    assert tested.score == tested.ended.test and len(tested.every_answer) == 20
    assert {a.part for a in tested.validation_answers} == {"validation"}, "choices leave the test set alone"


def test_answers_are_as_confident_as_the_model_tells_people(workspace, tiny_models):
    folder = finished_run(workspace, messages(workspace))
    edit(folder.path / "model.json", temperature=2.0)
    run = FinishedRun.open(folder, workspace)
    for raw, told in zip(run.answers, run.calibrated_answers, strict=True):
        assert raw.example == told.example and told.label == raw.label and told.confidence < raw.confidence


def test_the_baseline_is_that_of_the_training_set(workspace, tiny_models):
    run = FinishedRun.open(finished_run(workspace, messages(workspace)), workspace)
    assert run.evaluated_on(run.answers).score == run.score
    labels = [run.dataset.examples[i].label for i in run.split.train]
    assert run.most_frequent == majority_label(labels)
