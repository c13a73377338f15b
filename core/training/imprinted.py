"""A last layer to begin with where pictures turned are classes too, or where angles alone count."""

from __future__ import annotations

from collections.abc import Generator

import torch
from torch import Tensor
from torch.nn import functional as F

from core.events import Event, PhaseProgress
from core.models.cosine import CosineHead
from core.models.head import LinearHead
from core.training.logistic import USUAL_PENALTY, fit_logistic
from core.training.task import Task
from core.training.tuning import new_head
from core.training.turned import turned_inputs, turned_targets, turns_of

_BATCH = 32


def imprinted_head(task: Task) -> Generator[Event, None, LinearHead | CosineHead | None]:
    """A cosine layer begins with the mean direction of each class (Qi et al. 2018), a linear one is fitted.

    The embeddings of all turns of the training examples are computed once; None when stopped on the way.
    """
    train, turns = list(task.split.train), turns_of(task.recipe)
    parts: list[Tensor] = []
    task.backbone.eval()
    for start in range(0, len(train), _BATCH):
        yield PhaseProgress("embed", start, len(train))
        if task.interruption():
            return None
        with torch.inference_mode():
            inputs = turned_inputs(task.inputs(train[start : start + _BATCH]), turns)
            parts.append(task.backbone(**inputs).unflatten(0, (turns, -1)))
    embeddings = torch.cat(parts, dim=1).flatten(0, 1).clone()
    targets = turned_targets(task.targets[train], len(task.dataset.classes), turns)
    head = new_head(task)
    if isinstance(head, CosineHead):
        means = torch.zeros_like(head.weight).index_add_(0, targets, F.normalize(embeddings, dim=1))
        with torch.no_grad():
            head.weight.copy_(F.normalize(means, dim=1))
    else:
        penalty = USUAL_PENALTY if task.recipe.regularisation is None else task.recipe.regularisation
        fit_logistic(head, embeddings, targets, penalty)
    return head
