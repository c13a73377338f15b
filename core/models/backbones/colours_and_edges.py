"""Pictures as histograms of their colours and of the directions of their edges: what was usual before networks learnt.

Colours after Swain & Ballard 1991, edges after Dalal & Triggs 2005 (HOG). Nothing in it learns.
"""

from __future__ import annotations

from math import pi

import torch
from torch import Tensor
from torch.nn import functional as F

from core.modalities.image.modality import ImageSpec
from core.models.backbone import Backbone, LayerGroup
from core.models.card import ModelCard
from core.workspace import Workspace

_SIDE = 64
"""Pixels along each side, whatever size it is given."""
_LEVELS = 4
"""Bins of each of red, green and blue."""
_FIELDS = 2
"""Colours are counted in so many fields along each side."""
_DIRECTIONS = 9
"""Of edges, over half a turn."""
_CELL = 8
"""Pixels along each side within which edges are counted."""
_SHARP = 12
"""An edge counts for the nearest of the directions, and a little for its neighbours."""


class ColoursAndEdges(Backbone):
    """Square roots of shares of colours, and edges of cells beside those of their neighbours; both of unit length."""

    def spec(self, size: int | None = None) -> ImageSpec:
        return ImageSpec(size or self.card.input_size, (0.0, 0.0, 0.0), (255.0, 255.0, 255.0))

    def forward(self, pixels: Tensor) -> Tensor:
        small = F.interpolate(pixels, (_SIDE, _SIDE), mode="bilinear")
        parts = [F.normalize(part.flatten(1), dim=1) for part in (_colours(small), _edges(small))]
        return torch.cat(parts, dim=1)

    def layer_groups(self) -> list[LayerGroup]:
        return [LayerGroup("features", ())]

    def example_inputs(self, size: int | None = None) -> dict[str, Tensor]:
        side = size or self.card.input_size
        return {"pixels": torch.linspace(0, 40, 6 * side * side).sin().abs().reshape(2, 3, side, side)}

    def dynamic_axes(self) -> dict[str, dict[int, str]]:
        return {"pixels": {0: "n", 2: "height", 3: "width"}}


def _colours(pixels: Tensor) -> Tensor:
    """(n, colours, fields, fields): each pixel belongs to the levels on both sides of its own, by how near they are."""
    levels = torch.linspace(0, 1, _LEVELS, device=pixels.device)[:, None, None]
    red, green, blue = ((1 - (_LEVELS - 1) * (channel - levels).abs()).clamp(min=0) for channel in pixels.split(1, 1))
    both = (red[:, :, None] * green[:, None]).flatten(1, 2)
    all_three = (both[:, :, None] * blue[:, None]).flatten(1, 2)
    return F.avg_pool2d(all_three, _SIDE // _FIELDS).sqrt()


def _edges(pixels: Tensor) -> Tensor:
    """(n, directions, cells, cells): how strong they are in each cell, against those of the cells around it."""
    padded = F.pad(pixels, (1, 1, 1, 1), mode="replicate")
    across = padded[:, :, 1:-1, 2:] - padded[:, :, 1:-1, :-2]
    down = padded[:, :, 2:, 1:-1] - padded[:, :, :-2, 1:-1]
    angles = torch.arange(_DIRECTIONS, device=pixels.device) * (pi / _DIRECTIONS)
    x, y = across.mean(1, keepdim=True), down.mean(1, keepdim=True)
    strength = (x * x + y * y + 1e-12).sqrt()
    along = (x * angles.cos()[:, None, None] + y * angles.sin()[:, None, None]) / strength
    shares = along.abs() ** _SHARP
    cells = F.avg_pool2d(strength * shares / shares.sum(1, keepdim=True).clamp(min=0.1), _CELL)
    around = F.avg_pool2d(F.pad(cells.pow(2).sum(1, keepdim=True), (1, 1, 1, 1), mode="replicate"), 3, stride=1)
    return cells / (around + 1e-4).sqrt()


def load(card: ModelCard, workspace: Workspace) -> ColoursAndEdges:
    """There is nothing to load."""
    return ColoursAndEdges(card).eval()
