"""What studies estimate of their time in the same way: looking at examples with a pretrained model."""

from __future__ import annotations

from collections.abc import Iterable

from core.data.dataset import Dataset
from core.hardware import measured_speed
from core.models.card import ModelCard
from core.workspace import Workspace

TRANSLATION = 3.0
"""Seconds to translate a trained network for ONNX Runtime."""


def looking_seconds(
    dataset: Dataset, indices: Iterable[int], card: ModelCard, workspace: Workspace, looks: int = 1,
    size: int | None = None,
) -> float | None:  # fmt: skip
    """Seconds to embed these examples, `looks` times each, at input size `size` (None: the model's own).

    None before the model was measured on this computer.
    """
    speed = measured_speed(workspace, card.id, "embed")
    if speed is None:
        return None
    scale = dataset.kind.size_cost(size, card.input_size) if size else 1.0
    return dataset.effort(indices) * looks * scale / speed
