"""From embeddings in several variations to answers, with each way of using them harder switched on or off."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from core.models.head import LinearHead
from core.studies.transfer.networks import Seen
from core.training.engine.heads import USUAL_PENALTY, choose_penalty, fit_logistic, nearest_mean_head

FitHead = Callable[[Tensor, Tensor, int], LinearHead]
"""(rows (n, d), targets (n,), how many rows stand for one example) to a last layer."""


def nearest_fit(classes: int) -> FitHead:
    """Class averages."""
    return lambda rows, targets, views: nearest_mean_head(rows, targets, classes)


def logistic_fit(seen: Seen, targets: Tensor, clusters: list[str], classes: int, seed: int) -> FitHead:
    """Logistic regression; its penalty is chosen once, on the training examples as they are.

    A row that is one of several variations counts by its part, so the penalty weighs against as many examples as ever.
    """
    plain = seen.training[:, 0]
    x = LinearHead.fitted_to(plain, classes).prepared(plain).numpy()
    penalty = choose_penalty(x, targets.numpy(), clusters, seed) if seen.head is None else USUAL_PENALTY

    def fit(rows: Tensor, chosen: Tensor, views: int) -> LinearHead:
        head = LinearHead(rows.shape[1], classes)
        fit_logistic(head, rows, chosen, penalty * views)
        return head

    return fit


def predictions(seen: Seen, targets: Tensor, parts: frozenset[str], fit: FitHead, heads: int, seed: int) -> np.ndarray:
    """The class that is predicted for each validation example, (m,) int64.

    `targets` (n,) are the classes of the training examples. Answers are the mean of the probabilities over last layers
    and views: without "heads" there is one last layer (the network's own, if it has one), without "views" one look.
    """
    rows, labels, views = seen.training[:, 0], targets, 1
    if "supports" in parts:
        views = seen.training.shape[1]
        rows, labels = seen.training.flatten(0, 1), targets.repeat_interleave(views)
    asked = [seen.head or fit(rows, labels, views)]
    if "heads" in parts:
        rng = np.random.default_rng(seed)
        for _ in range(heads):
            chosen = _resampled(labels, rng)
            asked.append(fit(rows[chosen], labels[chosen], views))
    looks = seen.validation if "views" in parts else seen.validation[:, :1]
    with torch.inference_mode():
        flat = looks.flatten(0, 1)
        each = [head(flat).softmax(1).unflatten(0, looks.shape[:2]).mean(1) for head in asked]
        said = torch.stack(each).mean(0)
    return said.argmax(1).numpy()


def _resampled(labels: Tensor, rng: np.random.Generator) -> Tensor:
    """As many rows of every class as there are, drawn with replacement (a stratified bootstrap)."""
    drawn = []
    for label in labels.unique():
        own = torch.nonzero(labels == label).flatten()
        drawn.append(own[torch.from_numpy(rng.integers(0, len(own), len(own)))])
    return torch.cat(drawn)
