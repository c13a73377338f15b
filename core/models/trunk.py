"""The lower part of a network as a backbone of its own, so that what it makes of each example is computed once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from core.models.backbone import Backbone, LayerGroup, device_of, tensors

MASK = "attention_mask"
"""The input that says which tokens of a sequence are real. Only sequences have one: theirs vary in length."""
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
        return self.below(**inputs) if MASK in inputs else self.below(*inputs.values())

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

    def rows(self, outputs: np.ndarray, batch: dict[str, np.ndarray]) -> Iterable[np.ndarray]:
        """What to keep of each example: of a sequence, the vectors of its own tokens without the padding."""
        if MASK not in batch:
            return outputs
        return [row[: int(mask.sum())] for row, mask in zip(outputs, batch[MASK], strict=True)]


def cut(whole: Backbone, group: int, size: int) -> tuple[Trunk, nn.Module, tuple[int, ...]] | None:
    """The trunk below `group`, the part above, and the shape of one example's activations (-1 for its tokens).

    None where the network cannot be cut there, or where its parts one after the other do not give what it gives.
    """
    parts = whole.split(group)
    if parts is None:
        return None
    below, above = parts
    trunk = Trunk(whole, below, group)
    device = device_of(whole)
    inputs = {name: value.to(device) for name, value in whole.example_inputs().items()}
    training = whole.training
    for module in (whole, above):
        module.eval()
    with torch.no_grad():
        expected = whole(**inputs)
        mask = {name: inputs[name] for name in (MASK,) if name in inputs}
        found = above(activations=trunk(**inputs), **mask)
        probe = trunk(**{name: value.to(device) for name, value in whole.example_inputs(size).items()})
    for module in (whole, above):  # they share layers, and what is new comes in training mode
        module.train(training)
    if float((found - expected).abs().max()) > PARITY * max(1.0, float(expected.abs().max())):
        return None
    shape = (-1, probe.shape[2]) if MASK in inputs else tuple(probe.shape[1:])
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
