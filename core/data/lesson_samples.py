"""Datasets that lessons need, made out of the bundled drawings and digits so that they show one thing clearly.

Both come in pairs: in the first something beside the point gives the class away, or one giver gave nearly all; in the
second that is mended, and the test set is the same. All follows from the files and from fixed numbers.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageOps

from core.data.readers.reading import Item, Reading

# --- the paper on which something is drawn ---

_SIDE, _DRAWN = 256, 0.6
"""Pixels of a picture's side, and the share of it that a drawing takes."""
_PAPER = ("squared", "lined")
_GRID, _LINES = (120, 160, 220), (225, 120, 120)
_SPACING = 16
"""Pixels between two lines of the paper."""
_DRAWINGS = {"animal": ("bird", "bug"), "thing": ("house", "vehicle")}
"""The classes, and the folders of drawings of which each is made."""
_TRAINED, _VALIDATED = 0.5, 0.15
"""The shares of each class; the others are the test set."""


def read_papers(folder: Path, *, mixed: bool) -> Reading:
    """Drawings of animals on squared and of things on lined paper, or both on both (`mixed`). In the test set it is the
    other way round, always. `folder` holds the drawings."""
    items = []
    for number, (label, folders) in enumerate(_DRAWINGS.items()):
        found = [path for name in folders for path in sorted((folder / name).glob("*.png"))]
        files = [found[i] for i in np.random.default_rng(number).permutation(len(found))]
        trained = int(len(files) * _TRAINED)
        validated = trained + int(len(files) * _VALIDATED)
        for at, file in enumerate(files):
            part = "train" if at < trained else "validation" if at < validated else "test"
            own, other = _PAPER[number], _PAPER[1 - number]
            paper = other if part == "test" or (mixed and at % 2) else own
            items.append(Item(f"{label} {at + 1} on {paper} paper", label, partial(_on_paper, file, paper), part))
    return Reading("image", {"structure": "sample"}, tuple(items))


def _on_paper(file: Path, paper: str) -> bytes:
    """A drawing in the middle of a sheet, as PNG."""
    sheet, drawing = _sheet(paper).copy(), Image.open(file).convert("RGBA")
    scale = _SIDE * _DRAWN / max(drawing.size)
    drawing = drawing.resize((max(1, round(drawing.width * scale)), max(1, round(drawing.height * scale))))
    sheet.alpha_composite(drawing, ((_SIDE - drawing.width) // 2, (_SIDE - drawing.height) // 2))
    return _png(sheet.convert("RGB"))


@cache
def _sheet(paper: str) -> Image.Image:
    sheet = Image.new("RGBA", (_SIDE, _SIDE), (255, 255, 255, 255))
    pen = ImageDraw.Draw(sheet)
    for at in range(0, _SIDE, _SPACING):
        if paper == "squared":
            pen.line((at, 0, at, _SIDE), fill=_GRID, width=2)
        pen.line((0, at, _SIDE, at), fill=_GRID if paper == "squared" else _LINES, width=2)
    return sheet


# --- who wrote it ---

_GIVEN = {"train": 20, "validation": 10, "test": 10}
"""Of each digit."""
_SELDOM, _HALF = 10, 2
"""One of so many is by the second hand."""


def read_hands(pixels: Callable[[np.ndarray], Image.Image], *, balanced: bool) -> Reading:
    """Digits that Mia wrote with a pen and Ken with chalk on a board: one in ten is Ken's, or one in two (`balanced`).
    The test set is Ken's alone. `pixels` makes a picture in ink of a digit of scikit-learn's."""
    from sklearn.datasets import load_digits  # slow to import, and pages list the samples

    digits, items = load_digits(), []
    every = _HALF if balanced else _SELDOM
    for digit in range(10):
        places = iter(np.flatnonzero(digits.target == digit).tolist())
        for part, n in _GIVEN.items():
            for at in range(n):
                i, by_ken = next(places), part == "test" or at % every == 0
                read = partial(_written, pixels, digits.images[i], by_ken=by_ken)
                items.append(Item(f"digit {i} by {'Ken' if by_ken else 'Mia'}", str(digit), read, part))
    return Reading("image", {"structure": "sample"}, tuple(items))


def _written(pixels: Callable[[np.ndarray], Image.Image], ink: np.ndarray, *, by_ken: bool) -> bytes:
    picture = pixels(ink)
    return _png(ImageOps.invert(picture) if by_ken else picture)


def _png(picture: Image.Image) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    return buffer.getvalue()
