"""How good a model is on some examples, at the end and while it is being trained."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from core.training.engine.context import TrainingContext
from core.training.engine.history import projected
from core.training.engine.stage import Metrics, Stage
from core.training.spec.estimate import WATCHED, watched_each_epoch

_BATCH = 64


def judge(phase: Stage, task: TrainingContext, indices: Sequence[int], *, placed: bool = False) -> Metrics:
    """Loss and accuracy on these examples: sums divided by counts, so a short last batch does not weigh more.

    With `placed` also where they lie.
    """
    if not indices:
        return Metrics(None, None, torch.empty(0, len(task.dataset.classes)))
    phase.mode(False)
    chosen = np.array(indices)
    order = np.arange(len(chosen)) if phase.cheap else task.by_length(chosen)
    logits = torch.empty(len(chosen), len(task.dataset.classes), device=task.device)
    # In full precision, as the model will answer.
    with torch.inference_mode(), _places(phase.head) if placed else nullcontext([]) as seen:
        for start in range(0, len(order), _BATCH):
            part = order[start : start + _BATCH]
            logits[torch.from_numpy(part)] = phase.logits(chosen[part], 0, False).float()
    targets = task.targets[torch.from_numpy(chosen)]
    loss = float(F.cross_entropy(logits, targets))
    accuracy = float((logits.argmax(1) == targets).float().mean())
    places = torch.cat(seen)[torch.from_numpy(np.argsort(order))].cpu() if placed else None
    return Metrics(loss, accuracy, logits.softmax(1).cpu(), places)


@contextmanager
def _places(head: nn.Module) -> Iterator[list[Tensor]]:
    """The embeddings that reach the head meanwhile, projected, batch by batch."""
    found: list[Tensor] = []
    watching = head.register_forward_pre_hook(lambda _, given: found.append(projected(given[0])))
    try:
        yield found
    finally:
        watching.remove()


def watched(phase: Stage, task: TrainingContext) -> tuple[int, ...]:
    """Which of those that judge are looked at after each epoch, where looking costs time; at the last one, all are."""
    validation = task.split.validation
    many = watched_each_epoch(len(task.split.train), len(validation))
    if phase.cheap or len(validation) == many:
        return validation
    drawn = np.random.default_rng(task.recipe.seed).permutation(len(validation))[:many]
    return tuple(validation[i] for i in sorted(drawn))


def taught_sample(phase: Stage, task: TrainingContext) -> tuple[int, ...]:
    """Training examples that stand for all of them before the first step."""
    train = task.split.train
    return train if phase.cheap else train[:: math.ceil(len(train) / WATCHED)]
