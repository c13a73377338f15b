"""A training inside a study: on a split, watched by nobody."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace
from typing import TypeVar

import torch

from core.data.dataset import Dataset
from core.data.splits import Split
from core.errors import TrainingError
from core.events import Event, Progress
from core.models.card import ModelCard
from core.studies.base import Stop
from core.training.engine.context import TrainingContext
from core.training.engine.fit import fit
from core.training.engine.stage import FitResult
from core.training.spec.config import TrainingConfig
from core.training.spec.recipe import Recipe
from core.workspace import Workspace

Result = TypeVar("Result")


def train_on(
    dataset: Dataset,
    split: Split,
    recipe: Recipe,
    card: ModelCard,
    workspace: Workspace,
    stop: Stop,
    size: int | None = None,
) -> Generator[Event, None, tuple[TrainingContext, FitResult] | None]:
    """What a recipe learns from the training examples of a split; None after a stop.

    Yields progress. TrainingError when it cannot be trained. What is to be evaluated belongs into the split's test
    part: that is looked at when the weights are final, and not after every epoch. `size` is an input size that is
    not the model's own.
    """
    torch.manual_seed(recipe.seed)
    config = TrainingConfig.of(recipe, card)
    config = replace(config, image_size=size or config.image_size)
    training = TrainingContext(dataset, split, config, card, workspace, stop)
    fitted = yield from _progress_only(fit(training))
    if fitted is None or fitted.interrupted:
        return None
    if fitted.trouble:
        raise TrainingError(fitted.trouble.problem)
    return training, fitted


def _progress_only(stream: Generator[Event, None, Result]) -> Generator[Event, None, Result]:
    """Its progress is told, its curve is nobody's business."""
    while True:
        try:
            event = next(stream)
        except StopIteration as end:
            return end.value
        if isinstance(event, Progress):
            yield event
