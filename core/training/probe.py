"""Fitting a new last layer on frozen embeddings: alone it is the `head` strategy, and others begin with it."""

from __future__ import annotations

from collections.abc import Generator, Sequence

import torch
from torch import Tensor

from core.events import Event
from core.models.head import LinearHead
from core.training.logistic import choose_penalty
from core.training.loop import run_phase
from core.training.objective import class_weights
from core.training.phase import Fit, Phase
from core.training.recipe import Recipe, default_options
from core.training.task import Task


def probe_phase(task: Task, embeddings: Tensor, recipe: Recipe) -> Phase:
    """Logistic regression with an L2 penalty, by Adam, on embeddings (n, d) of all examples.

    The objective is scikit-learn's with C = 1 / regularisation: mean cross-entropy + |W|^2 / (2 C n). A
    regularisation that was left open is chosen by inner cross-validation.
    """
    train = list(task.split.train)
    head = LinearHead.fitted_to(embeddings[train], len(task.dataset.classes))
    regularisation = recipe.regularisation
    if regularisation is None:
        regularisation = _chosen_penalty(task, head, embeddings[train])

    def logits(indices: Sequence[int], epoch: int, training: bool) -> Tensor:
        return head(embeddings[torch.as_tensor(indices)])

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
    options = default_options("head", task.card)
    options |= {"regularisation": task.recipe.regularisation, "seed": task.recipe.seed}
    recipe = Recipe(model=task.card.id, strategy="head", **options)
    return (yield from run_phase(probe_phase(task, embeddings, recipe), task, quiet=True))


def _chosen_penalty(task: Task, head: LinearHead, embeddings: Tensor) -> float:
    train = list(task.split.train)
    clusters = task.dataset.clusters
    x, targets = head.prepared(embeddings).cpu().numpy(), task.targets[train].cpu().numpy()
    return choose_penalty(x, targets, [clusters[i] for i in train], task.recipe.seed)


def l2(head: LinearHead, regularisation: float, n: int) -> Tensor:
    """regularisation / (2 n) |W|^2: the weight of the penalty falls as examples grow, like a fixed prior."""
    return head.weight.pow(2).sum() * (regularisation / (2 * n))
