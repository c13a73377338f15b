"""The lower part of a network as a backbone of its own, so that what it makes of each example is computed once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from core.models.backbone import Backbone, LayerGroup, LowerSequence, device_of, tensors

MASK = "attention_mask"
"""What says which steps of a sequence are real."""
PARITY = 1e-4
"""Largest difference between the network and its two parts, relative to the largest value, that is let through."""


class Trunk(Backbone):
    """A backbone up to a cut; its "embeddings" are the activations there."""

    def __init__(self, whole: Backbone, below: nn.Module, group: int) -> None:
        super().__init__(replace(whole.card, identity=f"{whole.card.identity}-below-{group}"))
        self.below = below
        self._whole = [whole]  # in a list: it is no part of this module
        self.eval()

    def spec(self, size: int | None = None) -> Any:
        return self._whole[0].spec(size)

    def forward(self, **inputs: Tensor) -> Tensor:
        return self.below(**inputs) if isinstance(self.below, LowerSequence) else self.below(*inputs.values())

    def layer_groups(self) -> list[LayerGroup]:
        return [LayerGroup("below", tuple(self.below.parameters()))]

    def example_inputs(self, size: int | None = None) -> dict[str, Tensor]:
        return self._whole[0].example_inputs(size)

    def dynamic_axes(self) -> dict[str, dict[int, str]]:
        return self._whole[0].dynamic_axes()

    def output_axes(self) -> dict[int, str]:
        """Those that vary in the first input vary here too: a network keeps the order of its axes."""
        varying = next(iter(self.dynamic_axes().values()))
        return {axis: name if axis == 0 else f"inner {name}" for axis, name in varying.items()}

    def rows(self, outputs: np.ndarray, batch: Mapping[str, np.ndarray]) -> Sequence[np.ndarray]:
        """What to keep of each example: of a sequence, the vectors of its own steps without the padding."""
        if not isinstance(self.below, LowerSequence):
            return list(outputs)
        return [row[:steps] for row, steps in zip(outputs, self.below.steps(batch), strict=True)]

    def activations(self, inputs: Mapping[str, Tensor]) -> tuple[dict[str, Tensor], tuple[int, ...]]:
        """A batch as the part above takes it, and the shape of one example's activations (-1 for its steps)."""
        batch = {name: value.cpu().numpy() for name, value in inputs.items()}
        with torch.no_grad():
            rows = self.rows(self(**inputs).float().cpu().numpy(), batch)
        shape = (-1, rows[0].shape[1]) if isinstance(self.below, LowerSequence) else rows[0].shape
        return gathered([row.ravel() for row in rows], shape, device_of(self)), shape


def cut(whole: Backbone, group: int, size: int) -> tuple[Trunk, nn.Module, tuple[int, ...]] | None:
    """The trunk below `group`, the part above, and the shape of one example's activations (-1 for its steps).

    None where the network cannot be cut there, or where its parts one after the other do not give what it gives.
    """
    parts = whole.split(group)
    if parts is None:
        return None
    below, above = parts
    trunk = Trunk(whole, below, group)
    device = device_of(whole)
    tried, sized = ({k: value.to(device) for k, value in whole.example_inputs(n).items()} for n in (None, size))
    training = whole.training
    for module in (whole, above):
        module.eval()
    with torch.no_grad():
        expected, found = whole(**tried), above(**trunk.activations(tried)[0])
        shape = trunk.activations(sized)[1]
    for module in (whole, above):  # they share layers, and what is new comes in training mode
        module.train(training)
    if float((found - expected).abs().max()) > PARITY * max(1.0, float(expected.abs().max())):
        return None
    return trunk, above, shape


def gathered(rows: Sequence[np.ndarray], shape: tuple[int, ...], device: torch.device) -> dict[str, Tensor]:
    """Kept activations of some examples, flat, as the inputs of the part above."""
    parts = [row.reshape(shape) for row in rows]
    if shape[0] != -1:
        return tensors({"activations": np.stack(parts)}, device)
    lengths = np.array([len(part) for part in parts])
    padded = np.zeros((len(parts), lengths.max(), shape[1]), dtype=np.float32)
    for into, part in zip(padded, parts, strict=True):
        into[: len(part)] = part
    mask = (np.arange(lengths.max()) < lengths[:, None]).astype(np.int64)
    return tensors({"activations": padded, MASK: mask}, device)
