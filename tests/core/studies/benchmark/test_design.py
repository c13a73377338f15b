"""What a race may be asked: everything that is wrong is said at once."""

from __future__ import annotations

import json

import pytest

from core.errors import DataError, ModelError, RecipeError
from core.studies.benchmark.candidates import checked
from core.studies.benchmark.design import CANDIDATES, MOST_TRIALS, BenchmarkDesign
from core.training.spec.strategies import STRATEGIES
from tests.helpers import message_dataset, picture_dataset

MODEL = ("tiny-image",)


@pytest.fixture
def pictures(workspace, tiny_models):
    return picture_dataset(workspace)


def candidates(dataset, workspace, **design):
    return checked(dataset, BenchmarkDesign(**{"models": MODEL, "strategies": ("head",), **design}), workspace)[1]


def test_it_comes_back_from_json_as_it_was():
    design = BenchmarkDesign(
        MODEL, ("head", "full"), 90.0, 4, 0.3, 7, shots=5, trials=3,
        search={"learning_rate": (0.1, 0.01), "augmentation": ("none", "light")},
    )  # fmt: skip
    assert BenchmarkDesign.from_dict(json.loads(json.dumps({**design.to_dict(), "newer": 1}))) == design
    assert design.all_seeds == (7, 8, 9, 10)


def test_every_strategy_but_auto_may_race():
    assert set(CANDIDATES) == set(STRATEGIES) - {"auto"}


def test_all_errors_are_said_at_once():
    with pytest.raises(RecipeError) as said:
        BenchmarkDesign(
            (), ("auto", "head", "head"), seeds=2, budget=1, hold_back=0.9, shots=1, validation_share=0.5, trials=99,
            search={"learning_rate": (5.0,), "epochs": (), "seed": (1,), "magic": (1,), "augmentation": ("wild",)},
        )  # fmt: skip
    message = str(said.value)
    for part in (
        "No model is chosen", "must be one of", "one of them is named twice", "Seeds must be a whole number between 3",
        "Time for all of it (minutes) must be a number between 10", "Reserved as the test set",
        "How many combinations must be a whole number between 1 and 30", "exclude each other",
        "Learning rate must be a number between", "No value is given for Epochs", "Seed is the same for all candidates",
        "no option called 'magic'",
        "Augmentation must be one of",
    ):  # fmt: skip
        assert part in message


def test_trials_without_anything_to_draw_from_are_refused():
    with pytest.raises(RecipeError, match="none is named"):
        BenchmarkDesign(MODEL, ("head",), trials=3)


@pytest.mark.parametrize("value", ["3", True, None, 3.5, float("nan")])
def test_numbers_are_numbers(value):
    with pytest.raises(RecipeError, match="Seeds must be a whole number"):
        BenchmarkDesign(MODEL, ("head",), seeds=value)


def test_what_does_not_go_with_the_set_is_said_before_anything_happens(pictures, workspace):
    with pytest.raises(ModelError, match="no model called 'nobody'"):
        candidates(pictures, workspace, models=("nobody",))
    with pytest.raises(RecipeError, match="is a model for"):
        candidates(pictures, workspace, models=("tiny-text",))
    with pytest.raises(RecipeError, match=r"has only .* different examples.* Trainable layers has no effect"):
        candidates(pictures, workspace, shots=50, search={"layers": (1, 2)})
    with pytest.raises(DataError):
        checked(picture_dataset(workspace, each=0), BenchmarkDesign(MODEL, ("head",)), workspace)


def test_the_simplest_come_first_whatever_the_order_they_are_named_in(pictures, workspace):
    found = candidates(pictures, workspace, strategies=("scratch", "full", "nearest", "partial", "head"))
    assert [one.recipe.strategy for one in found] == ["nearest", "head", "partial", "full", "scratch"]
    assert [one.number for one in found] == list(range(5))


def test_a_network_that_knows_nothing_races_only_as_it_can(pictures, workspace):
    found = candidates(pictures, workspace, models=("tiny-image", "small-cnn"), strategies=("head", "scratch"))
    assert [(one.recipe.model, one.recipe.strategy) for one in found] == [
        ("tiny-image", "head"), ("tiny-image", "scratch"), ("small-cnn", "scratch"),
    ]  # fmt: skip
    assert str(found[2].name(found)) == "From scratch, Small picture network"
    with pytest.raises(RecipeError, match="is untrained, so none of these"):
        candidates(pictures, workspace, models=("tiny-image", "small-cnn"), strategies=("head",))
    with pytest.raises(RecipeError, match="'head' has nothing to build on"):
        candidates(pictures, workspace, models=("small-cnn",), strategies=("head", "scratch"))


# --- what is searched ---


def test_a_grid_has_all_combinations_and_each_way_as_it_is(pictures, workspace):
    search = {"learning_rate": (0.01, 0.05, 0.2), "label_smoothing": (0.0, 0.1)}
    found = candidates(pictures, workspace, strategies=("nearest", "head"), search={**search})
    head = [one for one in found if one.recipe.strategy == "head"]
    # 0.05 without smoothing is what head does by itself: it is not tried twice
    assert len(head) == 1 + 3 * 2 - 1
    assert len({(one.recipe.learning_rate, one.recipe.label_smoothing) for one in head}) == 6
    assert [one.chosen for one in found if one.recipe.strategy == "nearest"] == [{}]
    assert [str(one.name(found)) for one in head[:2]] == [
        "Last layer only (as it is)", "Last layer only (Learning rate 0.01 and Label smoothing 0)",
    ]  # fmt: skip


def test_options_that_change_nothing_for_anybody_are_refused(pictures, workspace):
    with pytest.raises(RecipeError, match="Augmentation has no effect on any candidate"):
        candidates(pictures, workspace, search={"augmentation": ("light",)})


def test_a_big_grid_asks_for_trials_and_these_follow_from_the_seed(pictures, workspace):
    search = {"learning_rate": tuple(0.01 * k for k in range(1, 8)), "batch_size": (1, 2, 3, 4, 5)}
    with pytest.raises(RecipeError, match=f"has 35 combinations for strategy 'head', and {MOST_TRIALS} are the most"):
        candidates(pictures, workspace, search=search)
    drawn = candidates(pictures, workspace, search=search, trials=4)
    assert len(drawn) == 5 and drawn[0].chosen == {}
    assert drawn == candidates(pictures, workspace, search=search, trials=4)
    other = candidates(pictures, workspace, search=search, trials=4, seed=1)
    assert [one.chosen for one in other] != [one.chosen for one in drawn]


def test_messages_race_too(workspace, tiny_models):
    found = candidates(message_dataset(workspace), workspace, models=("tiny-text",), strategies=("contrastive", "head"))
    assert [one.recipe.image_size for one in found] == [None, None]
