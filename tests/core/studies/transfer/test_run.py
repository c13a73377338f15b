"""An experiment with networks of a few hundred parameters."""

from __future__ import annotations

import pytest

from core.errors import DataError, RecipeError
from core.events import Progress, drain
from core.runs.folder import RunFolder
from core.studies.base import Context
from core.studies.events import MethodEvaluated, SplitDrawn
from core.studies.splits import random_splits
from core.studies.transfer import TRANSFER
from core.studies.transfer.design import TransferDesign
from core.training.spec.recipe import Recipe
from tests.core.studies.making import run_study
from tests.helpers import message_dataset, only, picture_dataset, run_training

BRIEF = {"shots": 3, "splits": 3, "views": 2, "heads": 2, "scratch_epochs": 2}


def run(dataset, design, workspace, stop=lambda: False):
    return run_study("transfer", design, dataset, workspace, stop)[:2]


@pytest.fixture
def pictures(workspace, tiny_models):
    return picture_dataset(workspace)


@pytest.fixture
def messages(workspace, tiny_models):
    return message_dataset(workspace)


@pytest.mark.parametrize(("strategy", "count"), [("head", 15), ("full", 15), ("contrastive", 15)])
def test_every_way_is_judged_on_every_draw(pictures, workspace, strategy, count):
    design = TransferDesign("tiny-image", strategy, **{**BRIEF, "splits": 3})
    complete, events = run(pictures, design, workspace)
    assert complete
    splits, evaluated = only(SplitDrawn, events), only(MethodEvaluated, events)
    assert [split.split for split in splits] == [0, 1, 2]
    asked = {f"{start}/{way}" for start, methods in design.methods().items() for way in methods}
    assert len(asked) == count
    assert sorted((one.split, one.method) for one in evaluated) == sorted((n, way) for n in range(3) for way in asked)
    assert all(len(one.right) == len(splits[one.split].validation) for one in evaluated)
    last = [event for event in events if isinstance(event, Progress) and event.stage == "ways"][-1]
    assert (last.done, last.total) == (3 * count, 3 * count)


@pytest.mark.parametrize("strategy", ["scratch", "full", "contrastive"])
@pytest.mark.parametrize("kind", ["image", "text"])
def test_plain_is_what_training_alone_would_give(workspace, tiny_models, kind, strategy):
    """The same answers, example by example, as `train` with as many shots and the same seed."""
    dataset = picture_dataset(workspace) if kind == "image" else message_dataset(workspace)
    design = TransferDesign(f"tiny-{kind}", "full" if strategy == "scratch" else strategy, parts=(), seed=4, **BRIEF)
    _, events = run(dataset, design, workspace)
    way = "scratch/plain" if strategy == "scratch" else "transferred/plain"
    options = {"epochs": 2} if strategy == "scratch" else {}
    for judged in (one for one in only(MethodEvaluated, events) if one.method == way):
        recipe = Recipe(f"tiny-{kind}", strategy, shots=3, seed=4 + judged.split, augmentation="none", **options)
        _, result = run_training(dataset, recipe, workspace)
        assert judged.right == "".join("1" if answer.right else "0" for answer in result.answers)


def test_a_last_layer_alone_answers_as_the_head_strategy_does(pictures, workspace):
    """One is solved, the other taught for thirty epochs: nearly all answers are the same."""
    _, events = run(pictures, TransferDesign("tiny-image", "head", parts=(), **BRIEF), workspace)
    same = total = 0
    for judged in (one for one in only(MethodEvaluated, events) if one.method == "transferred/plain"):
        _, result = run_training(pictures, Recipe("tiny-image", "head", shots=3, seed=judged.split), workspace)
        total += len(judged.right)
        same += sum(one == "01"[answer.right] for one, answer in zip(judged.right, result.answers, strict=True))
    assert same >= 0.9 * total


def test_the_same_seed_gives_the_same_experiment(messages, workspace):
    design = TransferDesign("tiny-text", "head", seed=2, **BRIEF)
    one, other = (
        [
            (event.split, event.method, event.right)
            for event in only(MethodEvaluated, run(messages, design, workspace)[1])
        ]
        for _ in range(2)
    )
    assert one == other


def test_parts_that_are_left_out_are_not_tried(messages, workspace):
    _, events = run(messages, TransferDesign("tiny-text", parts=("views",), **BRIEF), workspace)
    assert {one.method.split("/")[1] for one in only(MethodEvaluated, events)} == {"plain", "harder"}


def test_stopped_it_keeps_what_was_judged(pictures, workspace):
    told = []
    folder = RunFolder.create(workspace.studies, "study", "mine", {})
    context = Context(workspace, pictures, folder, lambda: len(only(MethodEvaluated, told)) > 6)
    complete = drain(TRANSFER.run(TransferDesign("tiny-image", **BRIEF), context), told.append)
    assert complete is False
    assert 6 < len(only(MethodEvaluated, told)) < 45


def test_bad_input_is_said_before_anything_happens(pictures, workspace):
    with pytest.raises(DataError, match="'dark' has only 8 different examples"):
        run(pictures, TransferDesign("tiny-image", shots=9), workspace)
    with pytest.raises(RecipeError, match="cannot be varied"):
        run(pictures, TransferDesign("tiny-image", level="none"), workspace)


def test_those_that_judge_are_the_same_for_all_ways(pictures, workspace):
    _, events = run(pictures, TransferDesign("tiny-image", parts=(), **BRIEF), workspace)
    expected = [split.validation for split in random_splits(pictures, 3, 3, 0)]
    assert [one.validation for one in only(SplitDrawn, events)] == expected
