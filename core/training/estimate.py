"""How long a recipe will take here, from what was measured on this machine."""

from __future__ import annotations

from core.models.card import ModelCard
from core.models.speed import measured_speed, tuning_work
from core.training.recipe import Recipe
from core.training.strategies import STRATEGIES
from core.workspace import Workspace

_TUNE_PER_EMBED = 0.08
"""Training all layers against embedding by ONNX Runtime, until the real thing has been measured."""
_JUDGE_PER_TUNE = 3.0
"""A forward pass against forward, backward and update."""


def expected_seconds(recipe: Recipe, card: ModelCard, n_train: int, n_judge: int, workspace: Workspace) -> float | None:
    """Seconds for a filled recipe with a cold cache; None before the model was ever run here."""
    embedding = measured_speed(workspace, card.id, "embed")
    if embedding is None:
        return None
    size = recipe.image_size or card.input_size
    scale = (size / card.input_size) ** 2 if card.modality == "image" else 1.0
    seconds = (n_train + n_judge) / embedding * scale
    if STRATEGIES[recipe.strategy].tunes_backbone and recipe.epochs:
        tuning = measured_speed(workspace, card.id, tuning_work(size)) or embedding * _TUNE_PER_EMBED / scale
        seconds += recipe.epochs * (n_train + n_judge / _JUDGE_PER_TUNE) / tuning
    return seconds
