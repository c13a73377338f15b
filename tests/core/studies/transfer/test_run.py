"""An experiment with networks of a few hundred parameters."""

from __future__ import annotations

import pytest

from core.errors import DataError, RecipeError
from core.events import DrawMade, Progress, WayJudged, drain
from core.studies.splits import make_draws
from core.studies.transfer.design import Design
from core.studies.transfer.run import experiment
from core.training.spec.recipe import Recipe
from tests.helpers import message_dataset, only, picture_dataset, run_training

BRIEF = {"shots": 3, "draws": 3, "views": 2, "heads": 2, "scratch_epochs": 2}


def run(dataset, design, workspace, stop=lambda: False):
    events = []
    return drain(experiment(dataset, design, workspace, stop), events.append), events


@pytest.fixture
def pictures(workspace, tiny_models):
    return picture_dataset(workspace)


@pytest.fixture
def messages(workspace, tiny_models):
    return message_dataset(workspace)


@pytest.mark.parametrize(("strategy", "count"), [("head", 15), ("full", 15), ("contrastive", 15)])
def test_every_way_is_judged_on_every_draw(pictures, workspace, strategy, count):
    design = Design("tiny-image", strategy, **{**BRIEF, "draws": 3})
    complete, events = run(pictures, design, workspace)
    assert complete
    draws, judged = only(DrawMade, events), only(WayJudged, events)
    assert [draw.draw for draw in draws] == [0, 1, 2]
    asked = {f"{start}/{way}" for start, ways in design.ways().items() for way in ways}
    assert len(asked) == count
    assert sorted((one.draw, one.way) for one in judged) == sorted((n, way) for n in range(3) for way in asked)
    assert all(len(one.right) == len(draws[one.draw].judged) for one in judged)
    last = [event for event in events if isinstance(event, Progress) and event.stage == "ways"][-1]
    assert (last.done, last.total) == (3 * count, 3 * count)


@pytest.mark.parametrize("strategy", ["scratch", "full", "contrastive"])
@pytest.mark.parametrize("kind", ["image", "text"])
def test_plain_is_what_training_alone_would_give(workspace, tiny_models, kind, strategy):
    """The same answers, example by example, as `train` with as many shots and the same seed."""
    dataset = picture_dataset(workspace) if kind == "image" else message_dataset(workspace)
    design = Design(f"tiny-{kind}", "full" if strategy == "scratch" else strategy, parts=(), seed=4, **BRIEF)
    _, events = run(dataset, design, workspace)
    way = "scratch/plain" if strategy == "scratch" else "transferred/plain"
    options = {"epochs": 2} if strategy == "scratch" else {}
    for judged in (one for one in only(WayJudged, events) if one.way == way):
        recipe = Recipe(f"tiny-{kind}", strategy, shots=3, seed=4 + judged.draw, augmentation="none", **options)
        _, result = run_training(dataset, recipe, workspace)
        assert judged.right == "".join("1" if answer.right else "0" for answer in result.answers)


def test_a_last_layer_alone_answers_as_the_head_strategy_does(pictures, workspace):
    """One is solved, the other taught for thirty epochs: nearly all answers are the same."""
    _, events = run(pictures, Design("tiny-image", "head", parts=(), **BRIEF), workspace)
    same = total = 0
    for judged in (one for one in only(WayJudged, events) if one.way == "transferred/plain"):
        _, result = run_training(pictures, Recipe("tiny-image", "head", shots=3, seed=judged.draw), workspace)
        total += len(judged.right)
        same += sum(one == "01"[answer.right] for one, answer in zip(judged.right, result.answers, strict=True))
    assert same >= 0.9 * total


def test_the_same_seed_gives_the_same_experiment(messages, workspace):
    design = Design("tiny-text", "head", seed=2, **BRIEF)
    one, other = (
        [(event.draw, event.way, event.right) for event in only(WayJudged, run(messages, design, workspace)[1])]
        for _ in range(2)
    )
    assert one == other


def test_parts_that_are_left_out_are_not_tried(messages, workspace):
    _, events = run(messages, Design("tiny-text", parts=("views",), **BRIEF), workspace)
    assert {one.way.split("/")[1] for one in only(WayJudged, events)} == {"plain", "harder"}


def test_stopped_it_keeps_what_was_judged(pictures, workspace):
    told = []
    stream = experiment(pictures, Design("tiny-image", **BRIEF), workspace, stop=lambda: len(only(WayJudged, told)) > 6)
    assert drain(stream, told.append) is False
    assert 6 < len(only(WayJudged, told)) < 45


def test_bad_input_is_said_before_anything_happens(pictures, workspace):
    with pytest.raises(DataError, match="'dark' has only 8 different examples"):
        next(experiment(pictures, Design("tiny-image", shots=9), workspace))
    with pytest.raises(RecipeError, match="cannot be varied"):
        next(experiment(pictures, Design("tiny-image", level="none"), workspace))


def test_those_that_judge_are_the_same_for_all_ways(pictures, workspace):
    _, events = run(pictures, Design("tiny-image", parts=(), **BRIEF), workspace)
    expected = [split.validation for split in make_draws(pictures, 3, 3, 0)]
    assert [draw.judged for draw in only(DrawMade, events)] == expected
