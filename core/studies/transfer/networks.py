"""The networks of an experiment: trained on one draw, and looking at teachers and judges in several variations."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
import torch
from torch import Tensor

from core.data.dataset import Dataset
from core.data.splits import Split
from core.errors import TrainingError
from core.events import Event, Progress
from core.models.backbone import Backbone
from core.models.card import ModelCard
from core.models.embeddings import View, embed_views
from core.models.encoders import Encoder, OnnxEncoder, TorchEncoder, export
from core.models.head import LinearHead
from core.training.engine.context import TrainingContext
from core.training.engine.fit import fit
from core.training.spec.config import TrainingConfig
from core.training.spec.recipe import Recipe
from core.workspace import Workspace

Result = TypeVar("Result")
Stop = Callable[[], bool]
_BATCH = 16
_WORTH_TRANSLATING = 500
"""From so many views on, translating a network for ONNX Runtime takes less time than it saves."""


@dataclass(frozen=True)
class Seen:
    """What a network makes of a draw: embeddings (n, views, d) of those that teach and (m, views, d) of those that
    judge, view 0 the example as it is; and its own last layer, if it learned one together with the rest."""

    taught: Tensor
    judged: Tensor
    head: LinearHead | None = None


def frozen_network(
    task: TrainingContext, level: str, views: int, seed: int, stop: Stop
) -> Generator[Event, None, Seen | None]:
    """The pretrained model as it is. What was seen once is kept; None after a stop."""
    indices = [*task.split.train, *task.split.validation]
    found = yield from embed_views(
        task.dataset, task.card, lambda: task.backbone, task.workspace, task.size, indices, level, views, seed, stop
    )
    if found is None:
        return None
    rows = torch.from_numpy(found)
    return Seen(rows[: len(task.split.train)], rows[len(task.split.train) :])


def trained_network(
    dataset: Dataset, split: Split, recipe: Recipe, card: ModelCard, workspace: Workspace, level: str, views: int,
    seed: int, stop: Stop,
) -> Generator[Event, None, Seen | None]:  # fmt: skip
    """Train on the draw as `recipe` says, then look. None after a stop; TrainingError when it cannot be trained."""
    torch.manual_seed(recipe.seed)
    # Nobody watches: those that judge are looked at once, when the weights are final.
    task = TrainingContext(
        dataset, Split(split.train, (), (), split.reason), TrainingConfig.of(recipe, card), card, workspace, stop
    )
    fitted = yield from progress_only(fit(task))
    if fitted is None or fitted.interrupted:
        return None
    if fitted.trouble:
        raise TrainingError(fitted.trouble.problem)
    indices = [*split.train, *split.validation]
    rows = yield from _look(task, indices, level, views, seed, stop)
    if rows is None:
        return None
    return Seen(rows[: len(split.train)], rows[len(split.train) :], fitted.head.eval().cpu())


def progress_only(stream: Generator[Event, None, Result]) -> Generator[Event, None, Result]:
    """A training inside something larger: its progress is told, its curve is nobody's business."""
    while True:
        try:
            event = next(stream)
        except StopIteration as end:
            return end.value
        if isinstance(event, Progress):
            yield event


def _look(
    task: TrainingContext, indices: Sequence[int], level: str, views: int, seed: int, stop: Stop
) -> Generator[Event, None, Tensor | None]:
    """Embeddings (n, views, d) by a network that nobody else has; kept nowhere, since it is gone afterwards."""
    dataset, kind, spec = task.dataset, task.dataset.kind, task.backbone.spec(task.size)
    rows = np.empty((len(indices), views, task.card.dimension), dtype=np.float32)
    order = task.by_length(np.array(indices))
    total = len(indices) * views
    with tempfile.TemporaryDirectory() as folder:
        encoder = _encoder(task.backbone, Path(folder), total)
        for number in range(views):
            view = View(level, number, seed)
            for start in range(0, len(order), _BATCH):
                part = order[start : start + _BATCH]
                chosen = [indices[place] for place in part]
                payloads = [view.vary(dataset, i) if number else dataset.payload(i, task.size) for i in chosen]
                rows[part, number] = encoder.embed(kind.batch(payloads, spec))
                if stop():
                    return None
            yield Progress("views", (number + 1) * len(indices), total)
    return torch.from_numpy(rows)


def _encoder(backbone: Backbone, folder: Path, looks: int) -> Encoder:
    backbone.eval()
    on_cpu = next(backbone.parameters()).device.type == "cpu"
    path = folder / "network.onnx"
    if on_cpu and looks >= _WORTH_TRANSLATING and export(backbone, path):
        return OnnxEncoder(path, torch.get_num_threads())
    return TorchEncoder(backbone)
