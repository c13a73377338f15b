"""The plan is what happens: the page, the command line and the training all see the same one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.data.splits import make_split
from core.errors import DataError, ModelError, RecipeError
from core.models.catalogue import BUNDLED
from core.training.spec.plan import make_plan
from core.training.spec.recipe import Recipe
from tests.helpers import bare_dataset, example

DATASET = bare_dataset([example(f"{label}{i}", label) for label, n in (("cat", 12), ("dog", 4)) for i in range(n)])
IMAGE, TEXT = BUNDLED[:2]


def test_it_holds_the_model_the_filled_recipe_and_the_split(workspace):
    recipe = Recipe(model=IMAGE.id, seed=3, validation_share=0.5)
    plan = make_plan(DATASET, recipe, workspace)
    assert plan.card == IMAGE
    assert plan.recipe == recipe.filled(IMAGE)
    assert plan.split == make_split(DATASET, seed=3, validation_share=0.5)


def test_the_baseline_names_the_commonest_class_of_those_that_teach(workspace):
    assert make_plan(DATASET, Recipe(model=IMAGE.id), workspace).baseline == 0.75  # 3 of 4
    assert make_plan(DATASET, Recipe(model=IMAGE.id, shots=1), workspace).baseline == pytest.approx(11 / 14)


def test_where_nobody_judges_there_is_no_baseline(workspace):
    lonely = bare_dataset([example("a", "cat"), example("b", "dog")])
    assert make_plan(lonely, Recipe(model=IMAGE.id), workspace).baseline is None


def test_the_baseline_is_that_of_the_test_where_there_is_one(workspace):
    parts = {"cat": ["train"] * 8 + ["validation"] * 3 + ["test"], "dog": ["train", "validation", "test", "test"]}
    given = [replace(e, split=parts[e.label][int(e.id[3:])]) for e in DATASET.examples]
    assert make_plan(bare_dataset(given), Recipe(model=IMAGE.id), workspace).baseline == pytest.approx(1 / 3)


@pytest.mark.parametrize(
    ("error", "recipe"),
    [
        (DataError, Recipe(model=TEXT.id)),
        (DataError, Recipe(model=IMAGE.id, shots=5)),
        (ModelError, Recipe(model="nothing-like-it")),
        (RecipeError, Recipe(model=IMAGE.id, augmentation="light")),
    ],
)
def test_what_does_not_go_together_is_said(workspace, error, recipe):
    with pytest.raises(error):
        make_plan(DATASET, recipe, workspace)


def test_a_share_that_the_files_have_already_decided_is_refused(workspace):
    examples = tuple(
        replace(example, split="train" if i % 2 else "validation") for i, example in enumerate(DATASET.examples)
    )
    divided = replace(DATASET, examples=examples)
    with pytest.raises(RecipeError, match="came divided"):
        make_plan(divided, Recipe(model=IMAGE.id, validation_share=0.5), workspace)
    assert make_plan(divided, Recipe(model=IMAGE.id), workspace).recipe.validation_share is None
