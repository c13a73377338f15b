"""What an explanation says, in words: for pages and the command line. No torch here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from PIL import Image

from core.messages import Message
from core.modalities import get_modality
from core.words import percent, tr

LITTLE = 0.2
"""A change of the log-odds that is not worth pointing at: odds of 4 to 1 become 3.3 to 1."""


_LIMITS = {
    "regions": Message(
        "It shows which parts changed this answer when they were covered. It does not show what the model “thinks”, "
        "and a background that lights up is a warning that it may have learnt the wrong thing."
    ),
    "words": Message(
        "It shows which words changed this answer when they were left out, one at a time: two words that say the same "
        "stand in for each other. It does not show what the model “thinks”, and words that have nothing to do with the "
        "matter are a warning that it may have learnt the wrong thing."
    ),
    "": Message("It shows which examples are nearest, not what the model “thinks”."),
}
"""By what is covered or left out (`Modality.explanation`)."""


def limits(modality: str) -> Message:
    """What such an explanation can tell, and what it cannot."""
    return _LIMITS[get_modality(modality).explanation]


def finding(explanation: Mapping[str, Any]) -> str:
    """The one sentence to remember of an explanation (`Explanation.to_dict`), as plain text."""
    if explanation.get("heat"):
        return _of_picture(explanation)
    return "" if explanation.get("words") is None else _of_message(explanation)


def is_little(value: float) -> bool:
    """True for a change of the log-odds that is not worth pointing at."""
    return abs(value) < LITTLE


def _of_picture(explanation: Mapping[str, Any]) -> str:
    heat, about = explanation["heat"], explanation["class"]
    if heat["flat"]:
        return tr("No single part matters much: whichever is covered, the answer stays nearly as sure.")
    return tr(
        "With the {where} covered, it would be {after} sure of “{about}” instead of {before}: that part matters most.",
        where=_where(*heat["at"]),
        **_change(explanation["probability"], heat["lowest"]),
        about=about,
    )


def _of_message(explanation: Mapping[str, Any]) -> str:
    words, about = explanation["words"], explanation["class"]
    if not words:
        return tr("It is a single word: there is nothing to leave out.")
    most = max(words, key=lambda word: word["value"])
    if is_little(most["value"]) or most["value"] < 0:
        return tr("No single word matters much: without any one of them, the answer stays nearly as sure.")
    return tr(
        "Without “{word}” it would be {after} sure of “{about}” instead of {before}: that word matters most.",
        word=most["text"],
        **_change(explanation["probability"], most["without"]),
        about=about,
    )


def _change(before: float, after: float) -> dict[str, str]:
    """Both shares in the same number of digits: one more where a model is so sure that they would look the same."""
    if min(before, after) < 0.985 and max(before, after) > 0.015:
        return {"before": percent(before), "after": percent(after)}
    return {name: f"{share * 100:.1f}\u00a0%" for name, share in (("before", before), ("after", after))}


def _where(down: float, across: float) -> str:
    row, column = (min(2, int(3 * share)) for share in (down, across))
    names = {
        (0, 0): tr("upper left"), (0, 1): tr("top"), (0, 2): tr("upper right"),
        (1, 0): tr("left side"), (1, 1): tr("middle"), (1, 2): tr("right side"),
        (2, 0): tr("lower left"), (2, 1): tr("bottom"), (2, 2): tr("lower right"),
    }  # fmt: skip
    return names[row, column]


# A map laid over the picture it is of.

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
