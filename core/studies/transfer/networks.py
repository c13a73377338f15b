"""The networks of an experiment: trained on one split, and looking at its examples in several variations."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from core.data.splits import Split
from core.events import Event, Progress
from core.models.backbone import Backbone, device_of
from core.models.card import ModelCard
from core.models.embeddings import View, embed_views
from core.models.encoders import Encoder, OnnxEncoder, TorchEncoder, translated
from core.models.head import LinearHead
from core.studies.base import Context, Stop
from core.studies.training import train_on
from core.training.engine.context import TrainingContext
from core.training.spec.recipe import Recipe

_BATCH = 16
_WORTH_TRANSLATING = 500
"""From so many views on, translating a network for ONNX Runtime takes less time than it saves."""


@dataclass(frozen=True)
class Seen:
    """What a network makes of a split: embeddings (n, views, d) of the training and (m, views, d) of the validation
    examples, view 0 the example as it is; and its own last layer, if that was trained together with the rest or follows
    from the training examples."""

    training: Tensor
    validation: Tensor
    head: LinearHead | None = None


def frozen_network(
    training: TrainingContext, level: str, views: int, seed: int, stop: Stop
) -> Generator[Event, None, Seen | None]:
    """The pretrained model as it is. What was seen once is kept; None after a stop."""
    indices = [*training.split.train, *training.split.validation]
    found = yield from embed_views(
        training.dataset, training.card, lambda: training.backbone, training.workspace, training.size, indices, level,
        views, seed, stop,
    )  # fmt: skip
    if found is None:
        return None
    rows, known = torch.from_numpy(found), len(training.split.train)
    return Seen(rows[:known], rows[known:], training.backbone.last_layer() if training.card.in_context else None)


def trained_network(
    context: Context,
    split: Split,
    recipe: Recipe,
    card: ModelCard,
    size: int | None,
    level: str,
    views: int,
    seed: int,
) -> Generator[Event, None, Seen | None]:
    """Train on the split as `recipe` says, at an input size (None: the model's own), then look.

    None after a stop; TrainingError when it cannot be trained.
    """
    unwatched = Split(split.train, (), (), split.reason)
    found = yield from train_on(context.dataset, unwatched, recipe, card, context.workspace, context.stop, size)
    if found is None:
        return None
    training, fitted = found
    indices = [*split.train, *split.validation]
    rows = yield from _look(training, indices, level, views, seed, context.stop)
    if rows is None:
        return None
    return Seen(rows[: len(split.train)], rows[len(split.train) :], fitted.head.eval().cpu())


def _look(
    training: TrainingContext, indices: Sequence[int], level: str, views: int, seed: int, stop: Stop
) -> Generator[Event, None, Tensor | None]:
    """Embeddings (n, views, d) by a network that nobody else has; kept nowhere, since it is gone afterwards."""
    dataset, kind, spec = training.dataset, training.dataset.kind, training.backbone.spec(training.size)
    rows = np.empty((len(indices), views, training.card.dimension), dtype=np.float32)
    order = training.by_length(np.array(indices))
    total = len(indices) * views
    encoder = _encoder(training.backbone, total)
    for number in range(views):
        view = View(level, number, seed)
        for start in range(0, len(order), _BATCH):
            part = order[start : start + _BATCH]
            chosen = [indices[place] for place in part]
            payloads = [view.vary(dataset, i) if number else dataset.payload(i, training.size) for i in chosen]
            rows[part, number] = encoder.embed(kind.batch(payloads, spec))
            if stop():
                return None
        yield Progress("views", (number + 1) * len(indices), total)
    return torch.from_numpy(rows)


def _encoder(backbone: Backbone, looks: int) -> Encoder:
    backbone.eval()
    on_cpu = device_of(backbone).type == "cpu"
    if on_cpu and not backbone.card.fits and looks >= _WORTH_TRANSLATING and (network := translated(backbone)):
        return OnnxEncoder(network, torch.get_num_threads())
    return TorchEncoder(backbone)
