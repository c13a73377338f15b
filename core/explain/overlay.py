"""A map laid over the picture it is of."""

from __future__ import annotations

import numpy as np
from PIL import Image

_CIVIDIS = np.array(
    [(0, 32, 76), (0, 42, 102), (0, 52, 110), (39, 63, 108), (60, 74, 107), (76, 85, 107), (91, 95, 109),
     (104, 106, 112), (117, 117, 117), (131, 129, 120), (146, 140, 120), (161, 152, 118), (176, 165, 114),
     (192, 177, 109), (209, 191, 102), (225, 204, 92), (243, 219, 79), (255, 233, 69)]
)  # fmt: skip
"""From dark blue to light yellow, evenly to every eye and on grey paper (Nunez, Anderton & Renslow 2018)."""
_SHOWN_SIDE = 320
"""Smaller pictures are drawn larger, so that the map has room."""
_SHARE = 0.6
"""Of the map in what is shown; the rest is the picture without its colours."""
_EDGE = 0.5
"""The strength at which a line is drawn around what matters."""


def overlay(picture: Image.Image, strength: np.ndarray) -> Image.Image:
    """The RGB picture in grey, coloured by `strength` (rows, columns) from 0 to 1, with a line around the strong parts.

    The map is stretched over the whole picture and smoothed between its cells. Where nothing is strong, all is dark.
    """
    longest = max(picture.size)
    if longest < _SHOWN_SIDE:
        width, height = (max(1, round(side * _SHOWN_SIDE / longest)) for side in picture.size)
        picture = picture.resize((width, height), Image.Resampling.BICUBIC)
    cells = Image.fromarray(np.asarray(strength, dtype=np.float32))
    smooth = np.asarray(cells.resize(picture.size, Image.Resampling.BILINEAR)).clip(0, 1)
    grey = np.asarray(picture.convert("L"), dtype=np.float32)[..., None]
    shown = (1 - _SHARE) * grey + _SHARE * _coloured(smooth)
    inside = smooth >= _EDGE
    shown[_beside(~inside) & inside] = 255  # a light line and a dark one: one of them is seen on any picture
    shown[_beside(inside) & ~inside] = 0
    return Image.fromarray(shown.round().astype(np.uint8))


def _coloured(values: np.ndarray) -> np.ndarray:
    at = np.linspace(0, 1, len(_CIVIDIS))
    return np.stack([np.interp(values, at, _CIVIDIS[:, channel]) for channel in range(3)], axis=-1)


def _beside(mask: np.ndarray) -> np.ndarray:
    """Where one of the eight points around is in the mask."""
    wide = np.pad(mask, 1)
    rows, columns = mask.shape
    shifts = [wide[y : y + rows, x : x + columns] for y in range(3) for x in range(3)]
    return np.any(shifts, axis=0)
