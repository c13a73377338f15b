"""Fitting a new last layer on frozen embeddings: alone it is the `head` strategy, and others begin with it."""

from __future__ import annotations

from collections.abc import Generator, Sequence

import torch
from torch import Tensor

from core.events import Event
from core.models.head import LinearHead
from core.training.logistic import choose_penalty, fit_logistic
from core.training.loop import solved
from core.training.objective import class_weights
from core.training.phase import Fit, Phase
from core.training.task import Task


def probe_phase(task: Task, embeddings: Tensor) -> Phase:
    """Logistic regression with an L2 penalty, by Adam, on embeddings (n, d) of all examples.

    The objective is scikit-learn's with C = 1 / regularisation: mean cross-entropy + |W|^2 / (2 C n).
    """
    train, recipe = list(task.split.train), task.recipe
    head, regularisation = _unfitted(task, embeddings[train])
    prepared = head.prepared(embeddings)  # centre and spread do not learn

    def logits(indices: Sequence[int], epoch: int, training: bool) -> Tensor:
        chosen = torch.as_tensor(indices)
        return head.weighed(prepared[chosen]) if training else head(embeddings[chosen])

    return Phase(
        head=head,
        learning=head,
        groups=[{"params": list(head.parameters()), "lr": recipe.learning_rate}],
        logits=logits,
        penalty=lambda: l2(head, regularisation, len(train)),
        epochs=recipe.epochs,
        batch_size=recipe.batch_size,
        cheap=True,
        class_weights=class_weights(task),
        label_smoothing=recipe.label_smoothing or 0.0,
        patience=recipe.early_stopping,
    )


def probe_first(task: Task) -> Generator[Event, None, Fit | None]:
    """A fitted head to begin tuning with (Kumar et al. 2022): a head without one tears up what it is put on.

    None when it was stopped before there was one.
    """
    embeddings = yield from task.embeddings()
    if embeddings is None:
        return None
    train = list(task.split.train)
    head, regularisation = _unfitted(task, embeddings[train])
    fit_logistic(head, embeddings[train], task.targets[train], regularisation)
    return solved(head, embeddings, task)[1]


def _unfitted(task: Task, embeddings: Tensor) -> tuple[LinearHead, float]:
    """A head for training embeddings (n, d), and its regularisation: the recipe's, or one chosen by inner
    cross-validation."""
    head = LinearHead.fitted_to(embeddings, len(task.dataset.classes))
    if task.recipe.regularisation is not None:
        return head, task.recipe.regularisation
    train, clusters = list(task.split.train), task.dataset.clusters
    x, targets = head.prepared(embeddings).cpu().numpy(), task.targets[train].cpu().numpy()
    return head, choose_penalty(x, targets, [clusters[i] for i in train], task.recipe.seed)


def l2(head: LinearHead, regularisation: float, n: int) -> Tensor:
    """regularisation / (2 n) |W|^2: the weight of the penalty falls as examples grow, like a fixed prior."""
    return head.weight.pow(2).sum() * (regularisation / (2 * n))
