"""Fitting a new last layer on frozen embeddings: alone it is the `head` strategy, and others begin with it."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from core.models.head import LinearHead
from core.training.loop import Phase
from core.training.strategies.head import Head
from core.training.task import Task


def probe_phase(task: Task, embeddings: Tensor, **overrides: float) -> Phase:
    """Logistic regression with an L2 penalty, by Adam.

    The objective is scikit-learn's with C = 1 / regularisation: mean cross-entropy + |W|^2 / (2 C n). Options come from
    the recipe where this is the whole strategy; `overrides` fixes them where it is only the beginning of one.
    """
    settings = {**Head.defaults, **overrides} if overrides else task.recipe.to_dict()
    train = list(task.split.train)
    head = LinearHead.fitted_to(embeddings[train], len(task.dataset.classes)).to(task.device)

    def logits(indices: Sequence[int], epoch: int, training: bool) -> Tensor:
        return head(embeddings[torch.as_tensor(indices)])

    return Phase(
        head=head,
        learning=head,
        groups=[{"params": list(head.parameters()), "lr": settings["learning_rate"]}],
        logits=logits,
        penalty=lambda: l2(head, settings["regularisation"], len(train)),
        epochs=int(settings["epochs"]),
        batch_size=int(settings["batch_size"]),
        exact=True,
    )


def l2(head: LinearHead, regularisation: float, n: int) -> Tensor:
    """regularisation / (2 n) |W|^2: the weight of the penalty falls as examples grow, like a fixed prior."""
    return head.weight.pow(2).sum() * (regularisation / (2 * n))
