"""What "auto" stands for: by kind of example, examples per class and time, said in two sentences."""

from __future__ import annotations

import re

import pytest

from core.data.splits import Split
from core.errors import RecipeError
from core.hardware import note_speed
from core.modalities.image.modality import MANY
from core.models.catalogue import BUNDLED, CATALOGUE
from core.training.spec.estimate import USUAL_BUDGET, choose
from core.training.spec.recipe import Recipe
from tests.helpers import bare_dataset, example

CARDS = {card.modality: card for card in BUNDLED[:2]}
WORKS = ("embed", "probe-top", "probe-full")


@pytest.fixture
def chosen(workspace):
    """Choose for so many examples of each of two classes, on a computer of this pace, or one that timed nothing."""

    def ask(modality: str, each: int, pace: float | None = 1000.0, budget: float | None = None) -> tuple[Recipe, str]:
        card = CARDS[modality]
        for work in WORKS if pace else ():
            note_speed(workspace, card.id, work, 100 * pace, 100.0)
        dataset = bare_dataset([example(f"e{i}", "ab"[i % 2]) for i in range(2 * each + 10)], modality)
        split = Split(tuple(range(2 * each)), tuple(range(2 * each, 2 * each + 10)), (), "")
        recipe, why = choose(Recipe(card.id, "auto", time_budget=budget), dataset, split, card, workspace)
        assert len(re.findall(r"[.](?: |$)", str(why))) == 2
        return recipe, str(why)

    return ask


@pytest.mark.parametrize(
    ("modality", "each", "strategy"),
    [("text", 2, "contrastive"), ("text", 100, "contrastive"), ("image", MANY - 1, "head"), ("image", MANY, "partial")],
)
def test_kind_and_number_of_examples_decide(chosen, modality, each, strategy):
    recipe, why = chosen(modality, each)
    assert recipe.strategy == strategy
    assert recipe.time_budget is None
    assert f"about {each}" in why


def test_what_takes_longer_than_there_is_time_becomes_the_last_layer(chosen):
    recipe, why = chosen("image", 50, pace=1.0)
    assert recipe.strategy == "head"
    assert f"there is time for about {USUAL_BUDGET / 60:.0f} minutes" in why


def test_somebody_with_more_time_gets_what_takes_longer(chosen):
    assert chosen("image", 50, pace=1.0, budget=36_000.0)[0].strategy == "partial"


def test_on_a_computer_that_timed_nothing_a_given_budget_is_kept_and_none_is_made_up(chosen):
    assert chosen("text", 8, pace=None, budget=30.0)[0].time_budget == 30.0
    assert chosen("text", 8, pace=None)[0].time_budget is None
    assert chosen("image", 8, pace=None, budget=30.0)[0].time_budget is None, "the last layer knows no budget"


@pytest.mark.parametrize("model", ["words-and-letters", "colours-and-edges", "loudness-of-tones"])
def test_where_nothing_can_be_tuned_a_last_layer_is_trained(workspace, model):
    card = CATALOGUE[model]
    dataset = bare_dataset([example(f"e{i}", "ab"[i % 2]) for i in range(60)], card.modality)
    split = Split(tuple(range(50)), tuple(range(50, 60)), (), "")
    recipe, why = choose(Recipe(model, "auto", time_budget=9.0), dataset, split, card, workspace)
    assert recipe.filled(card).strategy == "head" and "nothing in this model that could be tuned" in str(why)
    with pytest.raises(RecipeError):
        Recipe(model, "full").filled(card)
