"""Names of classes as examples: what they stand for, that they help, and that names that do not fit are left out."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from core.data.dataset import Dataset, Example
from core.data.splits import make_split
from core.errors import RecipeError
from core.events import Warned, drain
from core.modalities import get_modality
from core.models.catalogue import get_card
from core.studies.training import train_on
from core.training.engine.class_names import share_told
from core.training.engine.heads import nearest_mean_head
from core.training.spec.class_names import as_words, names_to_read
from core.training.spec.plan import make_plan
from core.training.spec.recipe import Recipe, applicable_options
from tests.helpers import bare_dataset, example, message_dataset, only, picture_dataset, run_training


@pytest.mark.parametrize(
    ("label", "words"),
    [("card_arrival", "card arrival"), ("CardArrival", "Card Arrival"), ("DESC:manner", "DESC manner"),
     ("animal/cat", "animal cat"), ("好评", "好评"), ("lost-or-stolen?", "lost or stolen")],
)  # fmt: skip
def test_a_name_is_read_as_words(label, words):
    assert as_words(label) == words


@pytest.mark.parametrize(
    ("labels", "said"),
    [
        (("spam", "ham"), True), (("好评", "差评"), True), (("да", "нет"), True), (("0", "1"), False),
        (("class 1", "class 2"), False), (("group A", "group B"), False), (("a", "b"), False),
        (("pos", "neg"), True), (("DE", "EN"), False), (("card_1 lost", "card_1 found"), True),
    ],
)  # fmt: skip
def test_only_names_that_say_something_are_read(labels, said):
    dataset = bare_dataset([example(f"e{n}", label) for n, label in enumerate(labels * 2)])
    assert names_to_read(dataset) == (), "a picture is no name"
    texts = replace(dataset, modality="text")
    assert bool(names_to_read(texts)) is said


def test_a_name_counts_as_an_example_more():
    x, names = torch.randn(6, 4), torch.randn(3, 4)
    targets = torch.tensor([0, 0, 0, 1, 1, 1])
    head = nearest_mean_head(x, targets, 3, names).requires_grad_(False)
    prepared, named = head.prepared(x), head.prepared(names)
    means = torch.stack([(prepared[:3].sum(0) + named[0]) / 4, (prepared[3:].sum(0) + named[1]) / 4, named[2]])
    said = -torch.cdist(prepared, means).pow(2)
    logits = head(x)
    ratio = (logits[:, 1:] - logits[:, :1]) / (said[:, 1:] - said[:, :1])
    torch.testing.assert_close(ratio, torch.full_like(ratio, float(ratio[0, 0])))
    assert logits.argmax(1).tolist() == said.argmax(1).tolist()


def test_how_many_examples_a_name_tells():
    names = torch.eye(3)
    assert share_told(names, torch.eye(3) + 1, torch.tensor([0, 1, 2])) == 1.0
    assert share_told(names, torch.eye(3) + 1, torch.tensor([1, 2, 0])) == 0.0


TOPICS = {
    "weather": ["heavy rain today", "clear skies later", "a cold wind blows", "snow on the hills", "thunder at night",
                "fog this morning", "it is freezing outside", "a warm front moves in"],
    "sport": ["the final whistle blew", "she won the marathon", "two goals in extra time", "a new swimming record",
              "he serves for the set", "the team was relegated", "gold in the long jump", "the referee booked him"],
    "cooking": ["boil the pasta", "add a pinch of salt", "knead the dough well", "fry the onions slowly",
                "bake for half an hour", "whisk the egg whites", "let the soup simmer", "peel two carrots"],
}  # fmt: skip
"""Hardly a word comes twice: one message of a topic says little of the others."""


@pytest.mark.slow
@pytest.mark.parametrize("strategy", ["nearest", "discriminant", "head"])
def test_with_one_message_of_a_class_its_name_helps_and_another_name_is_left_out(real_workspace, strategy):
    kind, card = get_modality("text"), get_card("minilm-l6", real_workspace)
    texts = [(label, text) for label, said in TOPICS.items() for text in said]
    plain = Dataset(
        "topics", "text", tuple(Example(kind.digest(t.encode()), label, t, t) for label, t in texts), Path()
    )

    def right(dataset: Dataset, way: str) -> float:
        total = 0.0
        for seed in range(4):
            split = make_split(dataset, seed=seed, shots=1)
            recipe = Recipe(card.id, strategy, class_names=way).filled(card)
            trained = drain(train_on(dataset, split, recipe, card, real_workspace, lambda: False))
            truth = torch.tensor([dataset.classes.index(dataset.examples[i].label) for i in split.validation])
            answers = trained[1].evaluate(split.validation).probabilities.argmax(1)
            total += float((answers == truth).float().mean()) / 4
        return total

    assert right(plain, "yes") > right(plain, "no") + 0.04
    wrong = dict(zip(TOPICS, ("sport", "cooking", "weather"), strict=True))
    exchanged = replace(plain, examples=tuple(replace(e, label=wrong[e.label]) for e in plain.examples))
    assert right(exchanged, "yes") == right(exchanged, "no")
    events, result = run_training(exchanged, Recipe(card.id, strategy, shots=1, class_names="yes"), real_workspace)
    assert result is not None and any("were not used" in str(one.message) for one in only(Warned, events))


def test_it_is_offered_for_what_is_read_and_refused_where_it_has_no_effect(workspace, tiny_models):
    assert "class_names" in applicable_options("head", "text") and "class_names" not in applicable_options(
        "head", "image"
    )
    dataset = message_dataset(workspace)
    assert make_plan(dataset, Recipe("tiny-text", "nearest", class_names="yes"), workspace)
    numbered = replace(dataset, examples=tuple(replace(e, label=str(len(e.label))) for e in dataset.examples))
    with pytest.raises(RecipeError, match=r"The classes of 'messages' \(3, 4, and 5\) have no names"):
        make_plan(numbered, Recipe("tiny-text", "head", class_names="yes"), workspace)
    with pytest.raises(RecipeError, match="solved exactly"):
        make_plan(dataset, Recipe("tiny-text", "head", class_names="yes", solver="steps"), workspace)
    with pytest.raises(RecipeError):
        make_plan(picture_dataset(workspace), Recipe("tiny-image", "head", class_names="yes"), workspace)
