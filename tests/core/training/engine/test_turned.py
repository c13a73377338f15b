"""Turned pictures as classes, the cosine last layer and what it begins with: against NumPy."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from core.data.splits import make_split
from core.events import drain
from core.models.head import CosineHead, LinearHead
from core.training.engine.context import TrainingContext
from core.training.engine.fit import prepare
from core.training.engine.probe import imprinted_head
from core.training.engine.tuning import turned_inputs, turned_targets
from core.training.spec.config import TrainingConfig
from core.training.spec.recipe import Recipe
from tests.helpers import picture_dataset


@pytest.fixture
def task_of(workspace, tiny_models):
    def make(strategy: str, **options) -> TrainingContext:
        dataset, card = picture_dataset(workspace, each=6), tiny_models["image"]
        config = TrainingConfig.of(Recipe(card.id, strategy, **options), card)
        return TrainingContext(dataset, make_split(dataset, seed=0), config, card, workspace)

    return make


def test_a_quarter_turn_at_a_time_and_each_with_numbers_of_its_own():
    pixels = torch.arange(2 * 3 * 4 * 4, dtype=torch.float32).reshape(2, 3, 4, 4)
    found = turned_inputs({"pixels": pixels}, 4)["pixels"].numpy()
    expected = np.concatenate([np.rot90(pixels.numpy(), turn, (2, 3)) for turn in range(4)])
    assert np.array_equal(found, expected)
    assert turned_targets(torch.tensor([2, 0]), 3, 4).tolist() == [2, 0, 5, 3, 8, 6, 11, 9]
    assert turned_inputs({"pixels": pixels}, 1)["pixels"] is pixels


def test_a_cosine_layer_goes_by_angles_and_is_kept_as_a_linear_one_of_the_upright_classes():
    torch.manual_seed(0)
    head, x = CosineHead(5, 8), torch.randn(6, 5)
    weight, rows = head.weight.detach().numpy(), x.numpy()
    cosines = (rows @ weight.T) / np.linalg.norm(rows, axis=1)[:, None] / np.linalg.norm(weight, axis=1)
    np.testing.assert_allclose(head(x).detach().numpy(), 10 * cosines, rtol=1e-5)
    torch.testing.assert_close(head(7 * x), head(x))
    torch.testing.assert_close(head.as_linear(2)(x), head(x)[:, :2])


def test_a_linear_layer_is_cut_to_the_upright_classes():
    torch.manual_seed(0)
    head = LinearHead.fitted_to(torch.randn(20, 5), 8, normalise=True)
    torch.nn.init.normal_(head.weight)
    torch.nn.init.normal_(head.bias)
    x = torch.randn(6, 5)
    torch.testing.assert_close(head.first(2)(x), head(x)[:, :2])
    assert head.first(8) is head


def test_it_begins_with_the_mean_direction_of_every_class_and_turn(task_of):
    task = task_of("full", classifier="cosine", turned_classes="yes")
    head = drain(imprinted_head(task))
    assert isinstance(head, CosineHead)
    pixels = task.inputs(list(task.split.train))["pixels"]
    labels = task.targets[list(task.split.train)].numpy()
    for turn in range(4):
        with torch.no_grad():
            seen = task.backbone.eval()(pixels=torch.rot90(pixels, turn, (2, 3))).numpy()
        directions = seen / np.linalg.norm(seen, axis=1)[:, None]
        for label in range(3):
            mean = directions[labels == label].mean(0)
            row = head.weight[turn * 3 + label].detach().numpy()
            np.testing.assert_allclose(row, mean / np.linalg.norm(mean), atol=1e-5)


def test_a_linear_one_begins_fitted_to_every_turn(task_of):
    task = task_of("full", turned_classes="yes")
    head = drain(imprinted_head(task))
    assert isinstance(head, LinearHead)
    assert head.weight.shape[0] == 4 * 3
    inputs = turned_inputs(task.inputs(list(task.split.train)), 4)
    with torch.no_grad():
        said = head(task.backbone.eval()(**inputs)).argmax(1)
    targets = turned_targets(task.targets[list(task.split.train)], 3, 4)
    assert (said == targets).float().mean() > 1.5 / 12


@pytest.mark.parametrize("mixup", [0.0, 0.4])
@pytest.mark.parametrize("strategy", ["full", "scratch"])
def test_a_step_learns_all_turns_and_reports_the_upright_ones(task_of, strategy, mixup):
    task = task_of(strategy, classifier="cosine", turned_classes="yes", augmentation="none", mixup=mixup)
    assert task.config.turns == 4
    phase = drain(prepare(task))
    phase.mode(False)
    indices = np.array(task.split.train[:5])
    with torch.no_grad():
        lesson = phase.step(indices, 1, 0)
        assert lesson.logits.shape == (5, 3)
        if mixup:
            return
        pixels = task.inputs(indices)["pixels"]
        losses = []
        for turn in range(4):
            logits = phase.trained["head"](phase.trained["backbone"](pixels=torch.rot90(pixels, turn, (2, 3))))
            losses.append(F.cross_entropy(logits, task.targets[indices] + 3 * turn))
        torch.testing.assert_close(lesson.loss, torch.stack(losses).mean(), rtol=1e-3, atol=1e-4)
        torch.testing.assert_close(lesson.logits, phase.logits(indices), rtol=1e-3, atol=1e-3)
        assert phase.logits(indices).shape == (5, 3)
