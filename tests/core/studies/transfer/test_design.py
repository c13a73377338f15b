"""What an experiment is asked: checked once, all its errors at a time."""

from __future__ import annotations

import pytest

from core.errors import DataError, RecipeError
from core.studies.transfer.design import PARTS, Design, checked, learns, parts_of, transfer_strategies, ways
from core.training.spec.strategies import STRATEGIES
from tests.helpers import message_dataset, picture_dataset


def test_all_that_is_wrong_is_said_at_once():
    with pytest.raises(RecipeError) as error:
        Design("", "nearest", shots=0, draws=2, seed=-1, parts=("prayer",), views=1, scratch_epochs=0, scratch_size=33)
    for said in (
        "no model",
        "'nearest'",
        "Examples per class",
        "Draws",
        "Seed",
        "prayer",
        "Variations",
        "Epochs",
        "32",
    ):
        assert said in str(error.value), said


@pytest.mark.parametrize("wrong", [1.5, "3", True, None])
def test_numbers_are_whole(wrong):
    with pytest.raises(RecipeError, match="Examples per class must be a whole number"):
        Design("m", shots=wrong)


def test_it_comes_back_from_its_record():
    design = Design("m", "full", 3, 4, 5, ("views",), "strong", 6, 7, 8, 64)
    assert Design.from_dict(design.to_dict()) == design


@pytest.mark.parametrize("strategy", transfer_strategies())
def test_parts_are_only_where_they_do_something(strategy):
    assert parts_of("scratch", strategy, tuple(PARTS)) == ("augmentation", "views", "heads")
    assert parts_of("nearest", strategy, tuple(PARTS)) == ("supports", "views", "heads")
    idle = "supports" if STRATEGIES[strategy].tunes_backbone else "augmentation"
    assert idle not in parts_of("transferred", strategy, tuple(PARTS))


def test_ways_are_plain_all_parts_and_each_alone():
    found = ways("scratch", "head", ("views", "augmentation"))
    assert found == {
        "plain": frozenset(), "harder": {"views", "augmentation"}, "augmentation": {"augmentation"}, "views": {"views"},
    }  # fmt: skip
    assert list(ways("nearest", "head", ("augmentation", "views"))) == ["plain", "harder"]
    assert list(ways("nearest", "head", ("augmentation",))) == ["plain"]


@pytest.mark.parametrize("strategy", transfer_strategies())
def test_plain_means_that_nothing_is_varied(strategy, workspace, tiny_models):
    design, card = Design("tiny-image", strategy), tiny_models["image"]
    for start in ("scratch", "transferred"):
        plain, varied = (design.recipe(start, card, 0, varied=varied) for varied in (False, True))
        assert (plain.augmentation, varied.augmentation) == (
            ("none", "light") if learns(start, strategy) else (None, None)
        )


def test_from_scratch_learns_on_pictures_that_are_small_enough(workspace, tiny_models):
    pictures = picture_dataset(workspace)
    assert checked(pictures, Design("efficientnet-lite0"), workspace)[0].scratch_size == 96
    assert checked(pictures, Design("tiny-image"), workspace)[0].scratch_size == 32
    assert checked(pictures, Design("tiny-image", scratch_size=64), workspace)[0].scratch_size == 64


def test_what_does_not_fit_the_set_is_refused(workspace, tiny_models):
    pictures, messages = picture_dataset(workspace), message_dataset(workspace)
    with pytest.raises(DataError, match="is a model for texts, but 'shades' holds images"):
        checked(pictures, Design("tiny-text"), workspace)
    with pytest.raises(RecipeError, match="cannot be varied at level 'wild'"):
        checked(messages, Design("tiny-text", level="wild"), workspace)
    with pytest.raises(RecipeError, match="no picture size"):
        checked(messages, Design("tiny-text", scratch_size=64), workspace)
