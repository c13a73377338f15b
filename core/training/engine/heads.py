"""The nearest class mean as a head like any other."""

from __future__ import annotations

from collections.abc import Generator

import torch
from torch import Tensor
from torch.nn import functional as F

from core.events import Event, Progress
from core.models.head import CosineHead, LinearHead
from core.training.engine.context import TrainingContext
from core.training.engine.objective import turned_inputs, turned_targets, turns_of
from core.training.engine.probe import USUAL_PENALTY, fit_logistic
from core.training.engine.tuning import new_head

_SHARPNESS = tuple(2.0**k for k in range(9))
_USUAL_SHARPNESS = 16.0


def nearest_mean_head(embeddings: Tensor, targets: Tensor, classes: int) -> LinearHead:
    """A head whose logits are -t |x - mean|^2 up to a constant, for x centred and of unit length.

    `embeddings` (n, d), `targets` (n,) int64. Snell et al. 2017, eq. 2 and 8: with squared distances the rule is
    linear, W = 2 t mean and b = -t |mean|^2. The sharpness t does not change which class is nearest, only how sure the
    answer sounds: it is the one under which each training example, left out of its own class's mean, is least
    surprising.
    """
    head = LinearHead.fitted_to(embeddings, classes, normalise=True)
    x = head.prepared(embeddings)
    members = F.one_hot(targets, classes).to(x.dtype)
    counts = members.sum(0)
    means = members.T @ x / counts.clamp(min=1)[:, None]
    sharpness = _sharpness(x, targets, means, counts)
    with torch.no_grad():
        head.weight.copy_(2 * sharpness * means)
        head.bias.copy_(-sharpness * means.pow(2).sum(1))
        head.bias[counts == 0] = float(head.bias.min()) - 4 * sharpness  # never the answer: logits differ by less
    return head


def _sharpness(x: Tensor, targets: Tensor, means: Tensor, counts: Tensor) -> float:
    own = counts[targets]
    judged = own > 1
    if not judged.any():
        return _USUAL_SHARPNESS
    distances = torch.cdist(x, means).pow(2)
    without = (means[targets] * own[:, None] - x) / (own - 1).clamp(min=1)[:, None]
    distances[torch.arange(len(x), device=x.device), targets] = (x - without).pow(2).sum(1)
    losses = [float(F.cross_entropy(-t * distances[judged], targets[judged])) for t in _SHARPNESS]
    return _SHARPNESS[losses.index(min(losses))]


# A last layer to begin with where pictures turned are classes too, or where angles alone count.

_BATCH = 32


def imprinted_head(task: TrainingContext) -> Generator[Event, None, LinearHead | CosineHead | None]:
    """A cosine layer begins with the mean direction of each class (Qi et al. 2018), a linear one is fitted.

    The embeddings of all turns of the training examples are computed once; None when stopped on the way.
    """
    train, turns = list(task.split.train), turns_of(task.recipe)
    parts: list[Tensor] = []
    task.backbone.eval()
    for start in range(0, len(train), _BATCH):
        yield Progress("embed", start, len(train))
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
