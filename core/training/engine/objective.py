"""What the loss is made of besides plain cross-entropy: weights for rare classes, blended pictures."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from core.training.engine.context import TrainingContext
from core.training.engine.stage import Stage, StepOutput, cross_entropy
from core.training.spec.recipe import Recipe

Inputs = dict[str, Tensor]


def class_weights(task: TrainingContext) -> Tensor | None:
    """With "balanced", n / (classes * n_class) for every class; None when all examples count the same.

    (classes,), or (turns * classes,) where turned pictures are classes of their own.
    """
    if task.recipe.class_weighting != "balanced":
        return None
    counts = torch.bincount(task.targets[list(task.split.train)], minlength=len(task.dataset.classes))
    weights = counts.sum() / (len(counts) * counts.clamp(min=1).float())
    return weights.repeat(turns_of(task.recipe))


def varied_lesson(
    task: TrainingContext,
    phase: Callable[[], Stage],
    inputs: Callable[[np.ndarray, int], Inputs],
    answer: Callable[[Inputs], Tensor],
    turns: int,
) -> Callable[[np.ndarray, int, int], StepOutput]:
    """Steps on blends of pairs, if the recipe asks for them, and on pictures turned as classes of their own.

    A blend is x = a x_i + (1 - a) x_j with both labels in proportion, a ~ Beta(alpha, alpha): Zhang et al. 2018, eq. 1.
    What is reported are the upright pictures, a blend as the one that makes up more of it.
    """
    alpha, classes = task.recipe.mixup or 0.0, len(task.dataset.classes)

    def lesson(indices: np.ndarray, epoch: int, step: int) -> StepOutput:
        targets = task.targets[torch.from_numpy(indices)]
        given, share, other = inputs(indices, epoch), 1.0, targets
        if alpha:
            rng = np.random.default_rng([task.recipe.seed, epoch, step, 1])
            share = float(rng.beta(alpha, alpha))
            share = max(share, 1 - share)
            partner = torch.from_numpy(rng.permutation(len(indices)))
            given = {name: share * x + (1 - share) * x[partner] for name, x in given.items()}
            other = targets[partner]
        logits = answer(turned_inputs(given, turns))
        loss = share * cross_entropy(logits, turned_targets(targets, classes, turns), phase())
        if share < 1:
            loss = loss + (1 - share) * cross_entropy(logits, turned_targets(other, classes, turns), phase())
        return StepOutput(loss, logits[: len(indices), :classes])

    return lesson


# Quarter turns as new classes: a letter on its side is another letter (Santoro et al. 2016; Vinyals et al. 2016).


def turns_of(recipe: Recipe) -> int:
    """How many turns of a picture are classes of their own, the upright one included."""
    return 4 if recipe.turned_classes == "yes" else 1


def turned_inputs(inputs: dict[str, Tensor], turns: int) -> dict[str, Tensor]:
    """Pictures (n, 3, s, s) as they are, then turned by 90, 180 and 270 degrees: (turns * n, 3, s, s)."""
    if turns == 1:
        return inputs
    turned = torch.cat([torch.rot90(inputs["pixels"], turn, (2, 3)) for turn in range(turns)])
    return {"pixels": turned.contiguous(memory_format=torch.channels_last)}


def turned_targets(targets: Tensor, classes: int, turns: int) -> Tensor:
    """The class numbers (n,) of the pictures that `turned_inputs` gives: (turns * n,), each turn has its own."""
    return torch.cat([targets + turn * classes for turn in range(turns)])
