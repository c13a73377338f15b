"""What tells runs from each other."""

from __future__ import annotations

import shutil

from core.results.finished_run import FinishedRun
from core.studies.comparison.naming import differences, names
from tests.core.studies.comparison.making import finished_run, messages


def read(workspace, *runs):
    return [FinishedRun.open(run.id, workspace) for run in runs]


def test_only_what_differs_is_listed_with_what_it_is_called(workspace, tiny_models):
    dataset = messages(workspace)
    runs = read(
        workspace,
        finished_run(workspace, dataset, recipe={"epochs": 5}),
        finished_run(workspace, dataset, recipe={"strategy": "nearest"}),
        finished_run(workspace, dataset, recipe={"epochs": 9, "learning_rate": 0.01}),
    )
    found = {one.option: one for one in differences(runs, workspace)}
    assert set(found) == {
        "strategy", "epochs", "learning_rate", "batch_size", "label_smoothing", "class_weighting", "solver",
        "self_training",
    }  # fmt: skip
    assert list(map(str, found["epochs"].values)) == ["5", "", "9"] and str(found["epochs"].label) == "Epochs"
    assert str(found["learning_rate"].values[2]) == "0.01"
    called = list(map(str, names(runs, list(found.values()))))
    assert called == ["Last layer only (Epochs 5)", "Nearest average", "Last layer only (Epochs 9)"]


def test_a_choice_is_called_what_the_form_calls_it(workspace, tiny_models):
    dataset = messages(workspace)
    runs = read(
        workspace, finished_run(workspace, dataset), finished_run(workspace, dataset, recipe={"solver": "steps"})
    )
    (found,) = differences(runs, workspace)
    assert list(map(str, found.values)) == ["solved exactly", "as the epochs leave it"]


def test_the_same_recipe_twice(workspace, tiny_models):
    dataset = messages(workspace)
    runs = read(workspace, finished_run(workspace, dataset), finished_run(workspace, dataset))
    assert differences(runs, workspace) == []
    assert list(map(str, names(runs, []))) == ["Last layer only (run 1)", "Last layer only (run 2)"]


def test_other_data_and_seeds_are_differences_too(workspace, tiny_models):
    runs = read(
        workspace,
        finished_run(workspace, messages(workspace)),
        finished_run(workspace, messages(workspace, prefix="other"), recipe={"seed": 3}),
    )
    found = differences(runs, workspace)
    assert [one.option for one in found] == ["seed", "dataset"]
    assert list(map(str, found[1].values)) == ["message", "other"]
    assert list(map(str, names(runs, found))) == ["Last layer only (Seed 0)", "Last layer only (Seed 3)"]


def test_runs_that_a_person_named_keep_their_names(workspace, tiny_models):
    dataset = messages(workspace)
    runs = read(
        workspace, finished_run(workspace, dataset, title="mine"), finished_run(workspace, dataset, title="yours")
    )
    assert list(map(str, names(runs, []))) == ["mine", "yours"]


def test_a_run_that_nobody_named_is_called_by_its_method_beside_one_that_somebody_did(workspace, tiny_models):
    dataset = messages(workspace)
    runs = read(
        workspace, finished_run(workspace, dataset, title="mine"), finished_run(workspace, dataset, title=dataset.title)
    )
    assert list(map(str, names(runs, []))) == ["mine", "Last layer only"]


def test_what_was_deleted_has_a_name(workspace, tiny_models):
    dataset = messages(workspace)
    runs = read(
        workspace, finished_run(workspace, dataset), finished_run(workspace, messages(workspace, prefix="gone"))
    )
    shutil.rmtree(workspace.datasets / runs[1].dataset_id)
    assert list(map(str, differences(runs, workspace)[0].values)) == ["message", "a dataset that was deleted"]


def test_runs_of_other_models_are_named_with_them(workspace, tiny_models):
    """ "Nearest average" was better than "Last layer only", and nothing said that they were two models'."""
    dataset = messages(workspace)
    runs = read(
        workspace,
        finished_run(workspace, dataset, recipe={"strategy": "nearest"}),
        finished_run(workspace, dataset, recipe={"model": "words-and-letters"}),
        finished_run(workspace, dataset, title="mine", recipe={"model": "words-and-letters"}),
    )
    called = list(map(str, names(runs, differences(runs, workspace))))
    assert called == ["Nearest average (tiny-text)", "Last layer only (Words and letters)", "mine"]
