"""The surest answers about examples without a class become examples of the last layer."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch.nn import functional as F

from core.data.dataset import Dataset
from core.errors import RecipeError
from core.models.head import LinearHead
from core.training.engine.heads import solve
from core.training.engine.self_training import self_train, surest
from core.training.spec.plan import make_plan
from core.training.spec.recipe import Recipe
from tests.helpers import picture_dataset, row_dataset, run_training


@pytest.fixture
def halves(workspace):
    """Pictures, most of which have no class."""
    whole = picture_dataset(workspace, each=12)
    few = tuple(one for at, one in enumerate(whole.examples) if at % 12 < 6)
    rest = tuple(replace(one, label="") for at, one in enumerate(whole.examples) if at % 12 >= 6)
    return replace(whole, examples=few, unlabelled=rest)


def clouds(n: int, seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Two long clouds of points side by side: few of them say badly where they part."""
    generator = torch.Generator().manual_seed(seed)
    targets = torch.arange(n) % 2
    points = torch.randn(n, 8, generator=generator) * torch.tensor([0.25, *[1.0] * 7])
    points[:, 0] += 2.0 * targets - 1
    return points, targets


def test_points_without_a_class_show_where_the_clouds_part():
    x, targets = clouds(6, 0)
    asked, truth = clouds(400, 1)
    head = LinearHead.fitted_to(x, 2)
    shares = F.one_hot(targets, 2).double() / len(x)
    solve(head, x, shares, 0.1)
    before = float((head(asked).argmax(1) == truth).float().mean())
    self_train(head, x, shares, clouds(300, 2)[0], 0.1)
    assert float((head(asked).argmax(1) == truth).float().mean()) > before + 0.03


def test_half_of_each_class_and_no_more_than_half_of_its_even_share():
    sure = torch.tensor([0.9, 0.8, 0.7, 0.6, 0.95, 0.5, 0.55, 0.85])
    answers = torch.tensor([0, 0, 0, 0, 0, 0, 1, 1])
    assert surest(sure, answers, 2).tolist() == [4, 0, 7]
    assert surest(sure, torch.zeros(8, dtype=torch.long), 2).tolist() == [4, 0]


def test_a_run_learns_from_them_and_the_same_again_gives_the_same(halves, workspace, tiny_models):
    def weights(dataset: Dataset, way: str) -> torch.Tensor:
        result = run_training(dataset, Recipe("tiny-image", "head", epochs=2, self_training=way), workspace)[1]
        return result.model.head.weight

    plain, one, again = weights(halves, "no"), weights(halves, "yes"), weights(halves, "yes")
    assert torch.equal(one, again) and not torch.allclose(one, plain)
    assert torch.equal(plain, weights(replace(halves, unlabelled=()), "no"))


def test_copies_of_what_is_held_back_are_not_learnt_from(halves, workspace, tiny_models):
    recipe = Recipe("tiny-image", "head", epochs=2, self_training="yes")
    held = make_plan(halves, recipe, workspace).split.validation
    copies = tuple(replace(halves.examples[i], label="", name=f"copy {i}") for i in held)
    found = [
        run_training(replace(halves, unlabelled=rest), recipe, workspace)[1].model.head.weight
        for rest in (halves.unlabelled, (*halves.unlabelled, *copies))
    ]
    assert torch.equal(*found)


def test_rows_of_a_table_too(workspace):
    whole = row_dataset(workspace)
    rest = tuple(replace(one, label="") for one in whole.examples[::3])
    dataset = replace(whole, examples=tuple(e for at, e in enumerate(whole.examples) if at % 3), unlabelled=rest)
    assert run_training(dataset, Recipe("table-columns", "head", self_training="yes"), workspace)[1] is not None


@pytest.mark.parametrize(
    ("changed", "options"), [({"unlabelled": ()}, {}), ({}, {"solver": "steps"}), ({}, {"early_stopping": 2})]
)
def test_where_it_can_do_nothing_it_is_refused(halves, workspace, tiny_models, changed, options):
    with pytest.raises(RecipeError, match="self-training"):
        make_plan(replace(halves, **changed), Recipe("tiny-image", "head", self_training="yes", **options), workspace)
