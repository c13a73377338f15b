"""Datasets that lessons need, made out of the bundled drawings and digits so that they show one thing clearly.

Two come in pairs: in the first something beside the point gives the class away, or one giver gave nearly all; in the
second that is mended, and the test set is the same. The last has many givers, whose examples can be pooled. All follows
from the files and from fixed numbers.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageOps

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


# --- a digit of many children's ---

_EACH = 5
"""Of each digit, from each child."""
_PENCIL, _SLANT = 0.45, 0.25
"""How dark a pencil is beside a pen, and how far a slanted hand leans for each pixel that it goes up."""


def read_children(pixels: Callable[[np.ndarray], Image.Image]) -> Reading:
    """Digits by six children, each with their own pen, paper or hand: `_EACH` of every digit, the child as the source.
    `pixels` as of `read_hands`. No two have the same digit of scikit-learn's."""
    from sklearn.datasets import load_digits

    digits, items = load_digits(), []
    for digit in range(10):
        places = iter(np.flatnonzero(digits.target == digit).tolist())
        for child, written in _CHILDREN.items():
            for i in (next(places) for _ in range(_EACH)):
                read = partial(_by_child, pixels, digits.images[i], written)
                items.append(Item(f"digit {i} by {child}", str(digit), read, source=child))
    return Reading("image", {"structure": "sample"}, tuple(items))


def _by_child(
    pixels: Callable[[np.ndarray], Image.Image], ink: np.ndarray, written: Callable[[Image.Image], Image.Image]
) -> bytes:
    return _png(written(pixels(ink)))


def _pencil(picture: Image.Image) -> Image.Image:
    return picture.point(lambda light: round(255 - (255 - light) * _PENCIL))


def _marker(picture: Image.Image) -> Image.Image:
    return picture.filter(ImageFilter.MinFilter(7))


def _slanted(picture: Image.Image) -> Image.Image:
    lean = (1, _SLANT, -_SLANT * picture.height / 2, 0, 1, 0)
    return picture.transform(picture.size, Image.Transform.AFFINE, lean, Image.Resampling.BICUBIC, fillcolor=255)


def _on_squares(picture: Image.Image) -> Image.Image:
    sheet = Image.new("RGB", picture.size, (255, 255, 255))
    pen = ImageDraw.Draw(sheet)
    for at in range(0, picture.width, _SPACING // 2):
        pen.line((at, 0, at, picture.height), fill=_GRID)
        pen.line((0, at, picture.width, at), fill=_GRID)
    sheet.paste((0, 0, 0), mask=ImageOps.invert(picture))
    return sheet


_CHILDREN: dict[str, Callable[[Image.Image], Image.Image]] = {
    "Ana": lambda pen: pen,
    "Ben": ImageOps.invert,
    "Chen": _pencil,
    "Dina": _marker,
    "Eli": _slanted,
    "Fatima": _on_squares,
}
"""Who writes with a pen, with chalk on a board, with a pencil, with a marker, slanted, and on squared paper."""


def _png(picture: Image.Image) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    return buffer.getvalue()
