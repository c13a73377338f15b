"""Pictures that stand in tables: a column for each pixel, all pixels in one cell, or a whole file in a cell."""

from __future__ import annotations

import base64
import io
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from PIL import Image

from core.data.readers.guesses import guess_of_reading
from core.data.readers.profiles import shape_of_pixels
from core.data.readers.reading import Item, Reading, ReadOptions, UnlabelledItem
from core.errors import UnreadableExampleError
from core.messages import Message
from core.modalities import MODALITIES, get_modality
from core.modalities.base import Modality

_BRIGHTEST = 255
_MARK = "data:image;base64,"
_NUMBERS = re.compile(rb"\d{1,3}(?:[ ,;]\d{1,3})+")
_SAMPLE = 20
_BEGINNING = 512
_NEARLY_ALL = 0.9
_ODD = UnreadableExampleError(Message("It is no picture of as many pixels as the others have."))
_TITLE = Message("Whole files that stand in a table")


def cell_of_file(raw: bytes) -> str:
    """A whole picture as the text of a cell."""
    return _MARK + base64.b64encode(raw).decode("ascii")


def is_file(cell: str) -> bool:
    return cell.startswith(_MARK)


def png_of(pixels: np.ndarray) -> bytes:
    """Brightnesses (height, width) or (height, width, 3), from 0 to 255, or to 1 in fractions, as a PNG."""
    if pixels.dtype.kind == "f" and float(pixels.max(initial=0)) <= 1:
        pixels = pixels * _BRIGHTEST
    shown = np.clip(np.nan_to_num(pixels), 0, _BRIGHTEST).astype(np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(shown[..., 0] if shown.shape[-1] == 1 else shown).save(buffer, "PNG")
    return buffer.getvalue()


def with_pictures(reading: Reading, options: ReadOptions) -> Reading:
    """The same with pictures (or recordings) as examples, where the cells or rows of its table hold those, and nobody
    wants them as they are."""
    own = get_modality(reading.modality)
    items = [item for item in reading.items if isinstance(item, Item)]
    if reading.proposal["structure"] != "table" or not items:
        return reading
    ways = [_file] if options.kind else [_file, _cell_of_numbers if own.is_text else _row_of_numbers]
    sample = [item.read() for item in items[:: max(1, len(items) // _SAMPLE)]]
    way = next((way for way in ways if _fits(way, sample)), None)
    held = next((raw for one in sample if way and (raw := way(one))), b"")
    kind = next((kind for kind in MODALITIES.values() if kind.recognises(held[:_BEGINNING])), None)
    if way is None or kind is None:
        return reading
    given = tuple(
        replace(item, read=_Drawn(item.read, way)) if isinstance(item, (Item, UnlabelledItem)) else item
        for item in reading.items
    )
    note = _taken(kind)
    proposal = {**reading.proposal, "modality": kind.name, "kind": None}
    found = replace(
        reading, modality=kind.name, items=given, proposal=proposal, notes=(*reading.notes, note), score=0.9
    )
    return replace(found, proposal={**proposal, "guesses": [guess_of_reading(found, _TITLE, found.score)]})


def _taken(kind: Modality[Any, Any]) -> Message:
    return Message("The {examples} stand in a table, and were taken out of it.", examples=kind.many)


@dataclass(frozen=True, slots=True)
class _Drawn:
    """The picture in a cell or a row, when its turn comes."""

    raw: Callable[[], bytes]
    way: Callable[[bytes], bytes | None]

    def __call__(self) -> bytes:
        picture = self.way(self.raw())
        if picture is None:
            raise _ODD
        return picture


def _fits(way: Callable[[bytes], bytes | None], sample: Sequence[bytes]) -> bool:
    return sum(way(raw) is not None for raw in sample) >= _NEARLY_ALL * len(sample)


def _file(raw: bytes) -> bytes | None:
    mark = _MARK.encode("ascii")
    return base64.b64decode(raw.removeprefix(mark)) if raw.startswith(mark) else None


def _cell_of_numbers(raw: bytes) -> bytes | None:
    return _drawn(re.split(rb"[ ,;]", raw)) if _NUMBERS.fullmatch(raw) else None


def _row_of_numbers(raw: bytes) -> bytes | None:
    try:
        return _drawn(list(json.loads(raw).values()))
    except (ValueError, AttributeError):
        return None


def _drawn(values: Sequence[str | bytes]) -> bytes | None:
    shape = shape_of_pixels(len(values))
    if shape is None:
        return None
    try:
        numbers = np.array([float(value) for value in values])
    except ValueError:
        return None
    if (numbers % 1).any() or numbers.min() < 0 or not 1 < numbers.max() <= _BRIGHTEST:
        return None
    return png_of(numbers.astype(np.uint8).reshape(shape))
