"""What the loss is made of besides plain cross-entropy: weights for rare classes, blended pictures."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from core.training.phase import Lesson, Phase, cross_entropy
from core.training.task import Task
from core.training.turned import turned_inputs, turned_targets, turns_of

Inputs = dict[str, Tensor]


def class_weights(task: Task) -> Tensor | None:
    """With "balanced", n / (classes * n_class) for every class; None when all examples count the same.

    (classes,), or (turns * classes,) where turned pictures are classes of their own.
    """
    if task.recipe.class_weighting != "balanced":
        return None
    counts = torch.bincount(task.targets[list(task.split.train)], minlength=len(task.dataset.classes))
    weights = counts.sum() / (len(counts) * counts.clamp(min=1).float())
    return weights.repeat(turns_of(task.recipe))


def varied_lesson(
    task: Task,
    phase: Callable[[], Phase],
    inputs: Callable[[np.ndarray, int], Inputs],
    answer: Callable[[Inputs], Tensor],
    turns: int,
) -> Callable[[np.ndarray, int, int], Lesson]:
    """Steps on blends of pairs, if the recipe asks for them, and on pictures turned as classes of their own.

    A blend is x = a x_i + (1 - a) x_j with both labels in proportion, a ~ Beta(alpha, alpha): Zhang et al. 2018, eq. 1.
    What is reported are the upright pictures, a blend as the one that makes up more of it.
    """
    alpha, classes = task.recipe.mixup or 0.0, len(task.dataset.classes)

    def lesson(indices: np.ndarray, epoch: int, step: int) -> Lesson:
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
        return Lesson(loss, logits[: len(indices), :classes])

    return lesson
