"""That something was done is seen in the workspace, and what it came to is read from there."""

from __future__ import annotations

import pytest

from core.lessons.goals import FIGURES, Goal, Look, dataset_of, look, newest_run_of
from core.models.added import keep_addition, new_addition
from core.runs.folder import RunFolder
from core.studies.registry import STUDIES
from tests.lessons import trained_on_sample

NEAREST = Goal("trained", "drawings", {"strategy": "nearest"})


def test_a_run_of_the_sample_and_the_method_counts_and_no_other(workspace, tiny_models):
    assert look(NEAREST, workspace) == Look()
    run = trained_on_sample(workspace)
    found = look(NEAREST, workspace).found
    assert found is not None and found.by == (run.id,) and not found.worked
    result = run.about()["result"]["validation"]
    assert found.figures["accuracy"] == found.figures["validation"] == result["accuracy"]
    assert found.figures.keys() <= NEAREST.figures
    for other in (
        Goal("trained", "digits", {"strategy": "nearest"}), Goal("trained", "drawings", {"strategy": "head"}),
        Goal("trained", "drawings", {"strategy": "nearest", "shots": 5}),
        Goal("trained", "drawings", {"strategy": "nearest", "model": "small-cnn"}),
    ):  # fmt: skip
        assert look(other, workspace) == Look()


def test_few_examples_are_another_goal_than_all(workspace, tiny_models):
    trained_on_sample(workspace, shots=3)
    assert look(NEAREST, workspace) == Look()
    assert look(Goal("trained", "drawings", {"strategy": "nearest", "shots": 3}), workspace).found


def test_several_runs_need_several_seeds(workspace, tiny_models):
    three = Goal("trained", "drawings", {"strategy": "nearest"}, times=3)
    for seed in (0, 0, 1):
        trained_on_sample(workspace, seed=seed)
    assert look(three, workspace) == Look(done=2)
    trained_on_sample(workspace, seed=2)
    found = look(three, workspace).found
    assert found is not None and len(set(found.by)) == 3
    assert found.figures["spread"] == pytest.approx(found.figures["highest"] - found.figures["lowest"])


def test_a_run_on_its_way_is_under_way(workspace, tiny_models):
    run = trained_on_sample(workspace)
    request = run.request
    RunFolder.create(workspace.runs, "train", "T", {**request, "recipe": {**request["recipe"], "strategy": "head"}})
    assert look(Goal("trained", "drawings", {"strategy": "head"}), workspace) == Look(active=True)


def test_a_run_whose_dataset_is_gone_counts_for_nothing(workspace, tiny_models):
    run = trained_on_sample(workspace)
    (workspace.datasets / run.request["dataset"] / "dataset.json").unlink()
    assert look(NEAREST, workspace) == Look()


def test_an_added_class_and_an_opened_sample(workspace, tiny_models):
    added, opened = Goal("class", "drawings", {}), Goal("opened", "drawings", {})
    assert look(added, workspace) == look(opened, workspace) == Look()
    run = trained_on_sample(workspace)
    assert look(opened, workspace).found.by == (dataset_of("drawings", workspace),)
    assert look(added, workspace) == Look()
    import numpy as np

    for name in ("one.png", "two.png"):
        keep_addition(new_addition(run.path, "turtle", [name]), np.zeros((1, 4), np.float32))
    assert look(added, workspace).found.figures == {"examples": 2}


def test_the_newest_run_of_a_sample_is_tried(workspace, tiny_models):
    assert newest_run_of("drawings", workspace) is None
    trained_on_sample(workspace)
    newest = trained_on_sample(workspace, seed=1)
    RunFolder.create(workspace.runs, "train", "on its way", newest.request)
    assert newest_run_of("drawings", workspace) == newest.id and newest_run_of("digits", workspace) is None


RESULTS = {
    "few_shot": ({"accuracy": 0.7, "episode_range": [0.5, 0.9], "chance": 0.2}, "accuracy", 0.7),
    "transfer": ({"scores": {"scratch/plain": {"mean": 0.2}, "transferred/plain": {"mean": 0.7}}}, "transferred", 0.7),
    "learning_curve": ({"curves": {"head": [{"shots": 1, "mean": 0.3}, {"shots": 9, "mean": 0.9}]}}, "many", 0.9),
}


@pytest.mark.parametrize("study", RESULTS)
def test_a_finished_study_counts_with_its_figures(workspace, tiny_models, study):
    result, name, value = RESULTS[study]
    goal = Goal("studied", "drawings", {"study": study})
    about = trained_on_sample(workspace).request["dataset"]
    folder = RunFolder.create(
        workspace.studies, "study", "S", {"study": study, "design": {"shots": 1}, "dataset": about}
    )
    assert look(goal, workspace) == Look(active=True)
    folder.begin()
    folder.end("completed", result=result)
    found = look(goal, workspace).found
    assert found is not None and found.figures[name] == value and found.figures.keys() == goal.figures
    assert look(Goal("studied", "drawings", {"study": study, "shots": 1}), workspace).found
    assert look(Goal("studied", "drawings", {"study": study, "shots": 2}), workspace) == Look()
    assert study in STUDIES


def test_a_difference_of_shares_is_told_in_points_and_a_share_in_percent():
    assert str(FIGURES["difference"].shown(0.43)) == "+43 points"
    assert str(FIGURES["gap"].shown(-0.02)) == "\u22122 points"
    assert str(FIGURES["accuracy"].shown(0.43)) == "43\u00a0%"
    assert str(FIGURES["examples"].shown(3)) == "3"
