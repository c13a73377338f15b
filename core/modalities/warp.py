"""Drawn again by another hand: a picture under a small affine map and a smooth elastic one."""

from __future__ import annotations

import numpy as np
from PIL import Image

_CELLS = 4
_TURN = 0.26
_SCALE = 0.18
_SHEAR = 0.25
_SHIFT = 0.08
_JITTER = 0.035
"""Radians, logarithm of a factor, slope, and twice a share of the side: the ends, and of the jitter the deviation."""


def warped(picture: Image.Image, rng: np.random.Generator) -> Image.Image:
    """Turned by up to 15 degrees, stretched by up to a fifth along each axis, slanted, shifted by up to 8 % of a side.

    Besides, the corners of a grid of 4 x 4 cells move by some 3.5 % of a side each (Simard et al. 2003, but smooth by
    its grid instead of a filter). What opens at the border shows the colour of the picture's own first corner. Nothing
    is mirrored: a mirrored letter is another letter.
    """
    corners = _corners(rng) * np.array(picture.size)
    size = np.array(picture.size)
    edges = np.linspace(0, 1, _CELLS + 1)[:, None] * size
    at = edges.round().astype(int)
    mesh = []
    for row in range(_CELLS):
        for column in range(_CELLS):
            box = (at[column, 0], at[row, 1], at[column + 1, 0], at[row + 1, 1])
            quad = (corners[row, column], corners[row + 1, column], corners[row + 1, column + 1],
                    corners[row, column + 1])  # fmt: skip
            mesh.append((tuple(map(int, box)), tuple(float(v) for v in np.concatenate(quad))))
    corner = picture.getpixel((0, 0))
    return picture.transform(
        picture.size, Image.Transform.MESH, mesh, Image.Resampling.BILINEAR, fill=1, fillcolor=corner
    )


def _corners(rng: np.random.Generator) -> np.ndarray:
    """Where each corner of the grid is taken from, (cells + 1, cells + 1, 2) as shares of width and height."""
    turn, slant = rng.uniform(-_TURN, _TURN), rng.uniform(-_SHEAR, _SHEAR)
    scale = np.exp(rng.uniform(-_SCALE, _SCALE, 2))
    shift = rng.uniform(-_SHIFT, _SHIFT, 2)
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    matrix = rotation @ np.array([[1.0, slant], [0.0, 1.0]]) @ np.diag(scale)
    line = np.linspace(-0.5, 0.5, _CELLS + 1)
    grid = np.stack(np.meshgrid(line, line), axis=-1)
    moved = grid @ matrix.T + rng.normal(0, _JITTER, grid.shape)
    return moved + 0.5 + shift
