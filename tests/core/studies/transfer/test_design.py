"""What an experiment is asked: checked once, all its errors at a time."""

from __future__ import annotations

import pytest

from core.errors import DataError, RecipeError
from core.models.catalogue import get_card
from core.studies.transfer.design import (
    PARTS,
    TRANSFER_STRATEGIES,
    TransferDesign,
    checked,
    methods,
    parts_of,
    scratch_size,
    tunes_network,
)
from core.training.spec.strategies import STRATEGIES
from tests.helpers import message_dataset, picture_dataset


def test_all_that_is_wrong_is_said_at_once():
    with pytest.raises(RecipeError) as error:
        TransferDesign(
            "", "nearest", shots=0, splits=2, seed=-1, parts=("prayer",), views=1, scratch_epochs=0, scratch_size=33
        )
    for said in (
        "No model",
        "Fine-tuning method must be one of",
        "Examples per class",
        "Random splits",
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
        TransferDesign("m", shots=wrong)


def test_it_comes_back_from_its_record():
    design = TransferDesign("m", "full", 3, 4, ("views",), "strong", 6, 7, 8, 64, 5)
    assert TransferDesign.from_dict(design.to_dict()) == design


@pytest.mark.parametrize("strategy", TRANSFER_STRATEGIES)
def test_parts_are_only_where_they_do_something(strategy):
    assert parts_of("scratch", strategy, tuple(PARTS)) == ("augmentation", "views", "heads")
    assert parts_of("nearest", strategy, tuple(PARTS)) == ("supports", "views", "heads")
    idle = "supports" if STRATEGIES[strategy].tunes_backbone else "augmentation"
    assert idle not in parts_of("transferred", strategy, tuple(PARTS))


def test_ways_are_plain_all_parts_and_each_alone():
    found = methods("scratch", "head", ("views", "augmentation"))
    assert found == {
        "plain": frozenset(), "harder": {"views", "augmentation"}, "augmentation": {"augmentation"}, "views": {"views"},
    }  # fmt: skip
    assert list(methods("nearest", "head", ("augmentation", "views"))) == ["plain", "harder"]
    assert list(methods("nearest", "head", ("augmentation",))) == ["plain"]


@pytest.mark.parametrize("strategy", TRANSFER_STRATEGIES)
def test_plain_means_that_nothing_is_varied(strategy, workspace, tiny_models):
    design, card = TransferDesign("tiny-image", strategy), tiny_models["image"]
    for start in ("scratch", "transferred"):
        plain, varied = (design.recipe(start, card, 0, varied=varied) for varied in (False, True))
        assert (plain.augmentation, varied.augmentation) == (
            ("none", "light") if tunes_network(start, strategy) else (None, None)
        )


def test_from_scratch_learns_on_pictures_that_are_small_enough(workspace, tiny_models):
    assert scratch_size(None, get_card("efficientnet-lite0", workspace)) == 96
    assert scratch_size(None, tiny_models["image"]) == 32
    assert scratch_size(64, tiny_models["image"]) == 64
    assert scratch_size(None, get_card("speech-and-sounds", workspace)) == 64
    assert scratch_size(None, tiny_models["text"]) is None


def test_what_does_not_fit_the_set_is_refused(workspace, tiny_models):
    pictures, messages = picture_dataset(workspace), message_dataset(workspace)
    with pytest.raises(DataError, match="is a model for messages, but 'shades' holds pictures"):
        checked(pictures, TransferDesign("tiny-text"), workspace)
    with pytest.raises(RecipeError, match="cannot be varied at level 'wild'"):
        checked(messages, TransferDesign("tiny-text", level="wild"), workspace)
    with pytest.raises(RecipeError, match="no picture size"):
        checked(messages, TransferDesign("tiny-text", scratch_size=64), workspace)
