"""What the loss is made of besides plain cross-entropy: weights for rare classes, blended pictures."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from core.training.phase import Lesson, Phase, cross_entropy
from core.training.task import Task

Inputs = dict[str, Tensor]


def class_weights(task: Task) -> Tensor | None:
    """With "balanced", n / (classes * n_class) for every class, (classes,); None when all examples count the same."""
    if task.recipe.class_weighting != "balanced":
        return None
    counts = torch.bincount(task.targets[list(task.split.train)], minlength=len(task.dataset.classes))
    return counts.sum() / (len(counts) * counts.clamp(min=1).float())


def mixup_lesson(
    task: Task,
    phase: Callable[[], Phase],
    inputs: Callable[[np.ndarray, int], Inputs],
    answer: Callable[[Inputs], Tensor],
) -> Callable[[np.ndarray, int, int], Lesson]:
    """Steps on blends of pairs: x = a x_i + (1 - a) x_j with both labels in proportion, a ~ Beta(alpha, alpha).

    Zhang et al. 2018, eq. 1. The example that makes up more of a blend is the one that it is reported as.
    """

    def lesson(indices: np.ndarray, epoch: int, step: int) -> Lesson:
        rng = np.random.default_rng([task.recipe.seed, epoch, step, 1])
        share = float(rng.beta(task.recipe.mixup, task.recipe.mixup))
        share = max(share, 1 - share)
        other = torch.from_numpy(rng.permutation(len(indices)))
        blended = {name: share * x + (1 - share) * x[other] for name, x in inputs(indices, epoch).items()}
        logits, targets = answer(blended), task.targets[torch.from_numpy(indices)]
        loss = share * cross_entropy(logits, targets, phase())
        return Lesson(loss + (1 - share) * cross_entropy(logits, targets[other], phase()), logits)

    return lesson
