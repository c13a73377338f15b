"""Judged again on a common set: nothing that taught a run, or is nearly a copy of such, may judge."""

from __future__ import annotations

import shutil
from dataclasses import replace

import pytest

from core.data.dataset import Dataset, Example
from core.errors import DataError, RunError
from core.evaluation.answers import read_answers
from core.events import drain
from core.jobs.base import run_job
from core.models.trained import TrainedModel
from core.results.finished_run import examples_learned_from
from core.runs.folder import RunFolder
from core.studies.comparison.design import ComparisonDesign, check_common, read_runs
from core.studies.comparison.run import common_examples, earlier_studies
from core.studies.comparison.table import ComparisonTable
from core.training.spec.plan import make_plan
from core.training.spec.recipe import Recipe
from tests.core.studies.comparison.making import finished_run, messages
from tests.helpers import message_dataset, picture_dataset


def split_of(dataset, workspace, seed=0):
    return make_plan(dataset, Recipe("tiny-text", seed=seed), workspace).split


def ids(dataset, indices) -> set[str]:
    return {dataset.examples[i].id for i in indices}


def test_what_taught_a_run(workspace, tiny_models):
    dataset = messages(workspace)
    split = split_of(dataset, workspace)
    run, picky = finished_run(workspace, dataset), finished_run(workspace, dataset, chosen=True)
    assert {e.id for e in examples_learned_from(run.id, workspace)} == ids(dataset, split.train)
    assert {e.id for e in examples_learned_from(picky.id, workspace)} == ids(dataset, (*split.train, *split.validation))


def test_what_taught_the_run_it_started_from_taught_it_too(workspace, tiny_models):
    first, second = messages(workspace), messages(workspace, prefix="second")
    parent = finished_run(workspace, first)
    child = finished_run(workspace, second, parent=f"run:{parent.id}")
    found = {e.id for e in examples_learned_from(child.id, workspace)}
    assert found == ids(first, split_of(first, workspace).train) | ids(second, split_of(second, workspace).train)
    shutil.rmtree(parent.path)
    with pytest.raises(RunError, match="no run with the id"):
        examples_learned_from(child.id, workspace)


def test_where_the_set_was_deleted_nobody_can_tell(workspace, tiny_models):
    dataset = messages(workspace)
    run = finished_run(workspace, dataset)
    shutil.rmtree(workspace.datasets / dataset.id)
    with pytest.raises(RunError, match="is not known any more"):
        examples_learned_from(run.id, workspace)


def test_neither_what_taught_nor_copies_nor_near_copies_judge(workspace, tiny_models):
    dataset = messages(workspace)
    one, other = finished_run(workspace, dataset), finished_run(workspace, dataset, recipe={"seed": 1})
    splits = [split_of(dataset, workspace, seed) for seed in (0, 1)]
    taught = set(splits[0].train) | set(splits[1].train)
    spared = [e for i, e in enumerate(dataset.examples) if i not in taught]
    example = dataset.examples[splits[1].train[0]]
    copy = replace(example, name="again")
    shouted = Example("shouted", example.label, "shouted", example.text.upper() + " !!")
    burst = [Example(f"burst-{n}", "no", f"burst {n}", f"{n} of a burst {n * 37} and {n * 91} more") for n in range(2)]
    fresh = Example("fresh", "yes", "fresh", "nothing like any of the others at all, by far")
    common = Dataset("common", "text", (example, copy, shouted, *spared, *burst, fresh), workspace.examples)
    found = drain(common_examples(common, [one.id, other.id], workspace))
    assert ids(common, found.indices) == {"burst-0", "burst-1", "fresh", *(e.id for e in spared)}
    assert (found.trained, found.near) == (2, 1)
    # a group given in the common set hangs together with what taught: none of it may judge
    tied = replace(
        common, examples=tuple(replace(e, group="g") if e in (example, *burst) else e for e in common.examples)
    )
    found = drain(common_examples(tied, [one.id, other.id], workspace))
    assert ids(tied, found.indices) == {"fresh", *(e.id for e in spared)} and found.near == 3


def test_pictures_nearly_the_same_do_not_judge(workspace, tiny_models):
    pictures = picture_dataset(workspace, each=8)
    pictures.save(workspace)
    run = finished_run(workspace, pictures)
    found = drain(common_examples(pictures, [run.id], workspace))
    split = make_plan(pictures, Recipe("tiny-image"), workspace).split
    assert set(found.indices) <= set(split.validation) and found.trained == len(split.train)


def test_where_nothing_is_left_it_says_so(workspace, tiny_models):
    dataset = messages(workspace)
    run = finished_run(workspace, dataset)
    taught = replace(dataset, examples=tuple(dataset.examples[i] for i in split_of(dataset, workspace).train))
    with pytest.raises(DataError, match="On every example of 'message' one of these runs was trained"):
        drain(common_examples(taught, [run.id], workspace))


def test_stopping_leaves_nothing(workspace, tiny_models):
    pictures = picture_dataset(workspace)
    pictures.save(workspace)
    run = finished_run(workspace, pictures)
    assert drain(common_examples(pictures, [run.id], workspace, lambda: True)) is None


def test_only_a_set_of_the_same_classes_can_judge(workspace, tiny_models):
    dataset = messages(workspace)
    runs = read_runs([finished_run(workspace, dataset, recipe={"seed": s}).id for s in (0, 1)], workspace)
    check_common(dataset, runs)
    check_common(replace(dataset, examples=dataset.examples[::2]), runs)  # one class only is still a fair question
    with pytest.raises(DataError, match="classes that these runs do not know: other"):
        check_common(replace(dataset, examples=(Example("x", "other", "x", "x"), *dataset.examples)), runs)
    with pytest.raises(DataError, match="another kind of example than these runs know"):
        check_common(picture_dataset(workspace), runs)


def test_two_trained_runs_are_judged_again(workspace, tiny_models):
    dataset = message_dataset(workspace, each=16)
    dataset.save(workspace)
    recipes = (Recipe("tiny-text", "head", epochs=3), Recipe("tiny-text", "full", epochs=2, seed=1))
    runs = [_trained(dataset, recipe, workspace) for recipe in recipes]
    whole = replace(dataset, title="whole", examples=(*dataset.examples, *_new_messages()))
    whole.save(workspace)
    study = _judged_again(runs, whole, workspace)
    assert study.status().state == "completed", study.status().reason
    assert [one.id for one in earlier_studies([runs[0].id], workspace)] == [study.id]
    assert earlier_studies([runs[0].id, "another"], workspace) == []

    design = ComparisonDesign.from_dict(study.request["design"])
    found = ComparisonTable(design, study.events())
    assert found.same_examples and found.about.evaluated_on == whole.id and found.about.left_out["taught"] > 0
    trained = {example.id for run in runs for example in examples_learned_from(run.id, workspace)}
    answers = {run.run: read_answers(study.path, f"{run.run}.jsonl") for run in found.runs}
    evaluating = {answer.example for answer in answers[runs[0].id]}
    assert not evaluating & trained and {e.id for e in _new_messages()} <= evaluating
    at = {example.id: i for i, example in enumerate(whole.examples)}
    for run in found.runs:  # the very answers that the model gives
        model = TrainedModel.load(workspace.runs / run.run, workspace)
        said = model.predict([whole.payload(at[answer.example]) for answer in answers[run.run]])
        assert [one.label for one in said] == [answer.label for answer in answers[run.run]]
        right = sum(one.label == answer.truth for one, answer in zip(said, answers[run.run], strict=True))
        assert run.score.accuracy == right / len(said)


def test_a_set_that_cannot_judge_ends_the_job_with_the_reason(workspace, tiny_models):
    dataset = messages(workspace)
    runs = [finished_run(workspace, dataset, recipe={"seed": s}) for s in (0, 1)]
    pictures = picture_dataset(workspace)
    pictures.save(workspace)
    study = _judged_again(runs, pictures, workspace)
    assert study.status().state == "failed" and "another kind of example than these runs know" in str(
        study.status().reason
    )
    assert earlier_studies([run.id for run in runs], workspace) == []


def _trained(dataset, recipe, workspace) -> RunFolder:
    folder = RunFolder.create(
        workspace.runs, "train", dataset.title, {"dataset": dataset.id, "recipe": recipe.to_dict()}
    )
    run_job(folder, workspace, lambda: False)
    assert folder.status().state == "completed", folder.status().reason
    return folder


def _judged_again(runs, dataset, workspace) -> RunFolder:
    design = ComparisonDesign(tuple(run.id for run in runs), dataset.id)
    request = {"study": "comparison", "dataset": dataset.id, "design": design.to_dict()}
    folder = RunFolder.create(workspace.studies, "study", dataset.title, request)
    run_job(folder, workspace, folder.stop_requested)
    return folder


def _new_messages() -> list[Example]:
    texts = ("the zoo on friday by coach", "which pizza is on the menu", "my driver missed a stop again")
    return [
        Example(f"new-{n}", label, f"new {n}", text)
        for n, (text, label) in enumerate(zip(texts, ("trip", "lunch", "bus"), strict=True))
    ]
