"""How good a model is on some examples, at the end and while it is being trained."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from core.training.engine.history import projected
from core.training.engine.stage import Metrics, Stage
from core.training.spec.estimate import MONITORED

_BATCH = 64


def evaluate(stage: Stage, indices: Sequence[int], *, placed: bool = False) -> Metrics:
    """Loss and accuracy on these examples: sums divided by counts, so a short last batch does not weigh more.

    With `placed` also where they lie.
    """
    context = stage.context
    classes = len(context.dataset.classes)
    if not indices:
        return Metrics(None, None, torch.empty(0, classes))
    stage.mode(False)
    chosen = np.array(indices)
    order = np.arange(len(chosen)) if stage.cheap else context.by_length(chosen)
    logits = torch.empty(len(chosen), classes, device=context.device)
    watching: AbstractContextManager[list[Tensor]] = _places(stage.head) if placed else nullcontext([])
    with torch.inference_mode(), watching as seen:  # in full precision, as the model will answer
        for start in range(0, len(order), _BATCH):
            part = order[start : start + _BATCH]
            logits[torch.from_numpy(part)] = stage.logits(chosen[part]).float()
    targets = context.targets[torch.from_numpy(chosen)]
    places = torch.cat(seen)[torch.from_numpy(np.argsort(order))].cpu() if placed else None
    return Metrics(*loss_and_accuracy(logits, targets), logits.softmax(1).cpu(), places)


def loss_and_accuracy(logits: Tensor, targets: Tensor) -> tuple[float, float]:
    """Mean cross-entropy (nats) of logits (n, classes) against class numbers (n,), and the share that is right."""
    return float(F.cross_entropy(logits, targets)), float((logits.argmax(1) == targets).float().mean())


@contextmanager
def _places(head: nn.Module) -> Iterator[list[Tensor]]:
    """The embeddings that reach the head meanwhile, projected, batch by batch."""
    found: list[Tensor] = []
    watching = head.register_forward_pre_hook(lambda _, given: found.append(projected(given[0])))
    try:
        yield found
    finally:
        watching.remove()


def training_sample(stage: Stage) -> tuple[int, ...]:
    """Training examples that stand for all of them before the first step."""
    train = stage.context.split.train
    return train if stage.cheap else train[:: math.ceil(len(train) / MONITORED)]
