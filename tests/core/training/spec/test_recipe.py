"""A recipe says everything that is wrong with it, and comes back from its record as it was."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import RecipeError
from core.models.catalogue import BUNDLED
from core.training.spec.recipe import Recipe, applicable_options, options
from core.training.spec.strategies import STRATEGIES
from tests.tiny import TINY_IMAGE, TINY_TEXT

IMAGE_CARD, TEXT_CARD = BUNDLED[:2]
BAD = {
    "epochs": [0, 501, 2.5, True, "3", float("nan")],
    "learning_rate": [0, 1.5, -1, float("nan"), float("inf"), "fast"],
    "batch_size": [0, 513, 1.5],
    "image_size": [31, 0, 100, 544, 224.5],
    "time_budget": [0, 0.5, -3.0, 86_401, float("inf"), "long"],
    "layers": [0, 101, 1.5],
    "lora_rank": [0, 257, 2.5],
    "masked_epochs": [0, 1001, 2.5],
    "masked_share": [0, 0.01, 0.95, float("nan")],
    "augmentation": ["heavy", "", 3],
    "mixup": [-0.1, 2.1, float("nan")],
    "label_smoothing": [-0.1, 0.6, "much"],
    "class_weighting": ["some", "", 1],
    "weight_decay": [-0.1, 1.1, float("nan")],
    "early_stopping": [0, 101, 2.5],
    "regularisation": [-0.1, 101, float("nan")],
    "validation_share": [0, 0.01, 0.95, float("nan")],
    "shots": [0, -3, 10_001, 1.5],
    "device": ["gpu", "", 0],
    "seed": [-1, 2**31, 0.5, 10**400],
    "classifier": ["", "round", 1],
    "solver": ["", "guess", 1],
    "self_training": ["maybe", True],
    "class_names": ["maybe", 1],
    "turned_classes": ["maybe", True],
    "ways": [1, 101, 2.5],
    "supports": [0, 51, "1"],
    "queries": [0, 51, float("nan")],
}
SAMPLES = {
    "epochs": 7, "learning_rate": 0.5, "batch_size": 3, "image_size": 64, "layers": 1, "lora_rank": 3,
    "masked_epochs": 4, "masked_share": 0.5,
    "augmentation": "light", "mixup": 0.2, "label_smoothing": 0.1, "class_weighting": "balanced", "weight_decay": 0.2,
    "early_stopping": 3, "regularisation": 2.0, "device": "cpu", "seed": 9,
    "classifier": "cosine", "solver": "steps", "self_training": "yes", "class_names": "yes",
    "turned_classes": "yes", "ways": 3, "supports": 2, "queries": 4,
}  # fmt: skip
NUMBERS = {name: option for name, option in options().items() if not option.choices}


def values_of(name: str) -> st.SearchStrategy:
    option = options()[name]
    if option.choices:
        values = st.sampled_from(list(option.choices))
    elif name == "image_size":
        values = st.integers(1, 16).map(lambda k: 32 * k)
    elif options()[name].whole:
        values = st.integers(int(option.low), int(option.high))
    else:
        values = st.floats(option.low, option.high)
    return values if name == "seed" else st.none() | values


def without_contradiction(values: dict) -> dict:
    values = values if values["shots"] is None else {**values, "validation_share": None}
    values = values if values["classifier"] != "cosine" else {**values, "regularisation": None}
    return values if values["time_budget"] is None else {**values, "epochs": None}


recipes = st.fixed_dictionaries(
    {
        "model": st.text(min_size=1, max_size=20),
        "strategy": st.sampled_from(sorted(STRATEGIES)),
        **{name: values_of(name) for name in options()},
    }
).map(lambda values: Recipe(**without_contradiction(values)))


def test_two_ways_to_divide_exclude_each_other():
    with pytest.raises(RecipeError, match=r"Examples per class.*Validation share"):
        Recipe(model="m", shots=3, validation_share=0.5)


def test_every_option_has_bad_values_here():
    assert set(BAD) == set(options())


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in BAD.items() for value in values],
                         ids=lambda x: x if isinstance(x, str) else str(x)[:12])  # fmt: skip
def test_a_bad_value_is_refused_by_the_name_a_person_sees(name, value):
    with pytest.raises(RecipeError) as caught:
        Recipe(model="m", **{name: value})
    assert str(options()[name].label) in str(caught.value)


@pytest.mark.parametrize("name", NUMBERS)
def test_both_bounds_are_allowed(name):
    option = NUMBERS[name]
    cast = int if options()[name].whole else float
    for value in (option.low, option.high):
        assert getattr(Recipe(model="m", **{name: cast(value)}), name) == value


@pytest.mark.parametrize("size", [32, 96, 224, 512])
def test_picture_sizes_are_multiples_of_32(size):
    assert Recipe(model="m", image_size=size).image_size == size
    with pytest.raises(RecipeError, match=r"Picture size must be a multiple of 32, not"):
        Recipe(model="m", image_size=size - 1 if size > 32 else 33)


def test_everything_that_is_wrong_is_said_at_once():
    with pytest.raises(RecipeError) as caught:
        Recipe(model="", strategy="magic", epochs=0, learning_rate=5, augmentation="heavy", seed=-1)
    said = str(caught.value)
    for part in ("No model", "'magic'", "head", "Epochs", "Learning rate", "Augmentation", "Seed"):
        assert part in said
    assert "\n" not in said


def test_it_says_what_is_allowed_and_what_was_given():
    with pytest.raises(RecipeError, match=r"Epochs must be a whole number between 1 and 500, not .900"):
        Recipe(model="m", epochs=900)


@given(recipes)
def test_a_recipe_comes_back_from_its_record(recipe):
    assert Recipe.from_dict(recipe.to_dict()) == recipe
    assert Recipe.from_dict(json.loads(json.dumps(recipe.to_dict()))) == recipe


def test_a_field_that_no_recipe_has_is_refused_by_name():
    with pytest.raises(RecipeError, match="lerning_rate"):
        Recipe.from_dict({"model": "m", "lerning_rate": 0.1})


def test_a_record_without_a_model_says_so():
    with pytest.raises(RecipeError, match="model"):
        Recipe.from_dict({"strategy": "head"})


def test_a_recipe_cannot_be_changed():
    with pytest.raises(AttributeError):
        Recipe(model="m").epochs = 3


# --- options that apply ------------------------------------------------------------------------------------------

LEARNING = [card for card in BUNDLED if card.parameters and not card.in_context]
"""The cards of models in which something can learn, in whatever way."""
SUITING = [name for name, strategy in STRATEGIES.items() if all(map(strategy.suits, LEARNING))]
every_strategy = pytest.mark.parametrize("strategy", SUITING)
every_card = pytest.mark.parametrize("card", LEARNING, ids=lambda card: card.id)


@every_strategy
@every_card
def test_filling_leaves_no_applicable_option_open(strategy, card):
    filled = Recipe(model=card.id, strategy=strategy).filled(card)
    for name, option in applicable_options(strategy, card.modality).items():
        assert (getattr(filled, name) is not None) or option.optional
    for name in set(options()) - set(applicable_options(strategy, card.modality)):
        assert getattr(filled, name) is None


@every_strategy
@every_card
def test_filling_twice_changes_nothing(strategy, card):
    filled = Recipe(model=card.id, strategy=strategy).filled(card)
    assert filled.filled(card) == filled
    assert Recipe.from_dict(filled.to_dict()) == filled


@every_strategy
@every_card
def test_filling_keeps_what_was_said(strategy, card):
    said = {name: SAMPLES[name] for name in applicable_options(strategy, card.modality) if name in SAMPLES}
    if said.get("classifier") == "cosine":
        said.pop("regularisation", None)
    filled = Recipe(model="m", strategy=strategy, **said).filled(card)
    assert {name: getattr(filled, name) for name in said} == said


def test_a_time_budget_leaves_the_number_of_epochs_open():
    filled = Recipe(model="m", strategy="full", time_budget=30).filled(IMAGE_CARD)
    assert (filled.epochs, filled.time_budget) == (None, 30)
    with pytest.raises(RecipeError, match=r"Epochs and Time budget .* exclude each other"):
        Recipe(model="m", strategy="full", epochs=3, time_budget=30)


@every_card
def test_no_more_parts_can_learn_than_there_are_above_the_first(card):
    Recipe(model="m", strategy="partial", layers=card.stages - 1).filled(card)
    with pytest.raises(RecipeError, match=rf"has {card.stages} parts.*at most {card.stages - 1}"):
        Recipe(model="m", strategy="partial", layers=card.stages).filled(card)


@every_strategy
@every_card
def test_an_option_that_would_do_nothing_is_refused(strategy, card):
    for name in set(options()) - set(applicable_options(strategy, card.modality)):
        with pytest.raises(RecipeError, match=f"{re.escape(str(options()[name].label))} has no effect"):
            replace(Recipe(model=card.id, strategy=strategy), **{name: SAMPLES.get(name, 1)}).filled(card)


def test_a_picture_model_is_fed_at_its_own_size_unless_told_otherwise():
    assert Recipe(model="m").filled(IMAGE_CARD).image_size == IMAGE_CARD.input_size
    assert Recipe(model="m", image_size=96).filled(IMAGE_CARD).image_size == 96
    assert Recipe(model="m").filled(TEXT_CARD).image_size is None


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_strategy_explains_itself_and_its_defaults_are_allowed(strategy):
    chosen = STRATEGIES[strategy]
    assert chosen.name == strategy
    assert chosen.title
    assert str(chosen.sentence).endswith(".")
    for card in (IMAGE_CARD, TEXT_CARD, replace(IMAGE_CARD, blank=True)):
        assert set(chosen.defaults(card)) <= chosen.options <= set(options())
        Recipe(model="m", strategy=strategy, **chosen.defaults(card))


def test_every_field_of_a_recipe_is_an_option_or_the_choice_of_model_and_strategy():
    assert {f.name for f in fields(Recipe)} == {"model", "strategy", *options()}
    assert all(option.label and option.help for option in options().values())
    assert set(asdict(Recipe(model="m"))) == {f.name for f in fields(Recipe)}


def test_letters_and_sketches_are_varied_in_a_way_of_their_own_and_messages_are_not():
    recipe = Recipe(model="tiny-text", strategy="full", augmentation="drawing")
    with pytest.raises(RecipeError, match="cannot be 'drawing' for messages"):
        recipe.filled(TINY_TEXT)
    assert Recipe(model="tiny-image", strategy="full", augmentation="drawing").filled(TINY_IMAGE)
