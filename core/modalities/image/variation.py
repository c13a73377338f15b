"""Augmentation of pictures: cropped, mirrored, turned and recoloured as another photo, or as drawn by another hand."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from PIL import Image, ImageEnhance, ImageOps

from core.messages import Message

LEVELS: Mapping[str, Message] = {
    "none": Message("Every picture stays as it is."),
    "light": Message("A random crop of 70 to 100\u00a0% of the area, mirrored half the time."),
    "strong": Message(
        "A crop of 40 to 100\u00a0% of the area, mirrored half the time, turned by up to 15 degrees. Brightness, "
        "contrast and colour change by up to 40\u00a0%; one time in ten there is no colour."
    ),
    "drawing": Message(
        "As if another hand had drawn it: turned, stretched, slanted and shifted a little, its lines bent. Never "
        "mirrored, since a mirrored letter is another letter."
    ),
}

_CELLS = 4
_TURN = 0.26
_SCALE = 0.18
_SHEAR = 0.25
_SHIFT = 0.08
_JITTER = 0.035
"""Of `warped`: radians, logarithm of a factor, slope, and twice a share of the side: the ends, and of the jitter the
deviation."""


def varied(picture: Image.Image, level: str, rng: np.random.Generator) -> Image.Image:
    """A random variation at one of the LEVELS."""
    if level == "none":
        return picture
    if level == "drawing":
        return warped(picture, rng)
    cropped = _random_crop(picture, 0.7 if level == "light" else 0.4, rng)
    mirrored = ImageOps.mirror(cropped) if rng.random() < 0.5 else cropped
    return mirrored if level == "light" else _recoloured(_turned(mirrored, rng), rng)


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
            quad = (
                corners[row, column],
                corners[row + 1, column],
                corners[row + 1, column + 1],
                corners[row, column + 1],
            )
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


def _random_crop(picture: Image.Image, least: float, rng: np.random.Generator) -> Image.Image:
    """A crop of the same shape with `least` to all of the area."""
    width, height = picture.size
    scale = rng.uniform(least, 1.0) ** 0.5
    crop_width, crop_height = max(1, round(width * scale)), max(1, round(height * scale))
    left = int(rng.integers(0, width - crop_width + 1))
    top = int(rng.integers(0, height - crop_height + 1))
    return picture.crop((left, top, left + crop_width, top + crop_height))


def _turned(picture: Image.Image, rng: np.random.Generator) -> Image.Image:
    """Turned about its middle; the corners that open show the colour of the picture's own first corner."""
    corner = picture.getpixel((0, 0))
    return picture.rotate(rng.uniform(-15, 15), Image.Resampling.BILINEAR, fillcolor=corner)


def _recoloured(picture: Image.Image, rng: np.random.Generator) -> Image.Image:
    for enhance in (ImageEnhance.Brightness, ImageEnhance.Contrast, ImageEnhance.Color):
        picture = enhance(picture).enhance(rng.uniform(0.6, 1.4))
    return ImageOps.grayscale(picture).convert("RGB") if rng.random() < 0.1 else picture
