"""Why a model answers as it does: what `core.results.occlusion` found, in words and as a picture. No torch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from PIL import Image

from core.messages import NOTHING, Message, sentences
from core.modalities import get_modality

LITTLE = 0.2
"""A change of the log-odds that is not worth pointing at: odds of 4 to 1 become 3.3 to 1."""
MOST_WORDS = 120
"""Of a longer message only so many words, from its beginning, are left out one after the other."""


@dataclass(frozen=True)
class Heat:
    """`values` (CELLS, CELLS): how far the log-odds of the class fall, on average over the windows that cover a cell.

    Negative ones rise. `lowest` is the probability that is left when the window is covered which takes most: its
    `rows` and `columns` begin and end at these shares of the height and the width, from the upper left.
    """

    values: np.ndarray
    lowest: float
    rows: tuple[float, float]
    columns: tuple[float, float]

    @property
    def at(self) -> tuple[float, float]:
        """The middle of that window."""
        return sum(self.rows) / 2, sum(self.columns) / 2

    @property
    def strength(self) -> np.ndarray:
        """From 0 to 1 for drawing: what speaks for the class, the strongest cell 1 unless even that is little."""
        return np.clip(self.values, 0, None) / max(float(self.values.max()), LITTLE)

    @property
    def flat(self) -> bool:
        """True when no part matters enough to point at."""
        strongest = float(self.values.max())
        return strongest < 0 or is_little(strongest)

    def to_dict(self) -> dict[str, Any]:
        rows = [[round(float(value), 4) for value in row] for row in self.values]
        return {"values": rows, "lowest": self.lowest, "flat": self.flat, "at": list(self.at)}


@dataclass(frozen=True, slots=True)
class Word:
    """A word from `start` to `end` of the message.

    `value` is how far the log-odds of the class fall without it (negative: they rise, so it speaks against), `without`
    the probability that is then left.
    """

    text: str
    start: int
    end: int
    value: float
    without: float

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a row. `value` is how far the log-odds of the class fall, on average, when others that are usual in its
    column stand there (negative: they rise, so it speaks against), `without` the probability that is left, likewise.
    """

    column: str
    text: str
    value: float
    without: float

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A training example: by its id in the dataset or, where it was added later, by its addition and place in that.

    `similarity` is a cosine, 1 for the very same direction.
    """

    label: str
    similarity: float
    example: str | None = None
    addition: str | None = None
    place: int = 0

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Weight:
    """What a `term` of the example adds to the logit of the class, more than to those of the others on average."""

    term: str
    value: float

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class Explanation:
    """Why `label` is the answer, or, where `about` is another class, what speaks for that one instead.

    `probability` is that of `about`. A picture has `heat`, a message `words`, of which there are `all_words` in it,
    and a row `cells`; `neighbours` are None where the training examples are not known. Where each number that the last
    layer weighs is a word or some letters, `weights` are those that weigh most, the strongest first.
    """

    modality: str
    label: str
    about: str
    probability: float
    neighbours: list[Neighbour] | None
    heat: Heat | None = None
    words: list[Word] | None = None
    all_words: int = 0
    cells: list[Cell] | None = None
    weights: list[Weight] | None = None

    def to_dict(self) -> dict[str, Any]:
        return {
            "modality": self.modality, "label": self.label, "class": self.about, "probability": self.probability,
            "heat": self.heat and self.heat.to_dict(),
            "words": None if self.words is None else [word.to_dict() for word in self.words],
            "cells": None if self.cells is None else [cell.to_dict() for cell in self.cells],
            "weights": None if self.weights is None else [weight.to_dict() for weight in self.weights],
            "all_words": self.all_words, "words_limit": MOST_WORDS,
            "neighbours": None if self.neighbours is None else [found.to_dict() for found in self.neighbours],
        }  # fmt: skip


def is_little(value: float) -> bool:
    """True for a change of the log-odds that is not worth pointing at."""
    return abs(value) < LITTLE


_LIMITS = {
    "regions": Message(
        "It shows which parts changed this answer when they were covered. It does not show what the model “thinks”, "
        "and a background that lights up is a warning that it may have learnt the wrong thing."
    ),
    "words": Message(
        "It shows which words changed this answer when they were removed, one at a time: two words that say the "
        "same stand in for each other. It does not show what the model “thinks”. Words that have nothing to do "
        "with the matter are a warning that it may have learnt the wrong thing."
    ),
    "spectrum": Message(
        "It shows which moments and tones changed this answer when they were silenced. It does not show what the model "
        "“thinks”, and a hum or a silence that lights up is a warning that it may have learnt the wrong thing."
    ),
    "columns": Message(
        "It shows which cells changed this answer when others that are usual in their column stood there, one at a "
        "time: two columns that say the same stand in for each other. It does not show what the model “thinks”, and "
        "not what causes what."
    ),
    "": Message("It shows which examples are nearest, not what the model “thinks”."),
}
"""By what is covered or left out (`Modality.explanation`)."""


def limits(modality: str) -> Message:
    """What such an explanation can tell, and what it cannot."""
    return _LIMITS[get_modality(modality).explanation]


def finding(explanation: Mapping[str, Any]) -> Message:
    """The sentence to remember of an explanation (`Explanation.to_dict`); none where there are only neighbours."""
    if explanation["heat"] is not None:
        heard = get_modality(explanation["modality"]).explanation == "spectrum"
        return _of_spectrum(explanation) if heard else _of_regions(explanation)
    if explanation.get("cells") is not None:
        return _of_cells(explanation)
    return NOTHING if explanation["words"] is None else _of_words(explanation)


def weighed(explanation: Mapping[str, Any]) -> Message:
    """Which words and letters weigh most, where the model weighs just these; nothing for other models."""
    weights = explanation.get("weights") or []
    for_it, against = (
        [Message("“{term}”", term=one["term"]) for one in weights if (one["value"] > 0) is wanted]
        for wanted in (True, False)
    )
    return sentences(
        Message("This model weighs words and letters, and nothing else. Most for “{about}” here: {terms:list}.",
                about=explanation["class"], terms=for_it) if for_it else NOTHING,
        Message("Most against it: {terms:list}.", terms=against) if against else NOTHING,
    )  # fmt: skip


def _of_regions(explanation: Mapping[str, Any]) -> Message:
    heat, before, about = explanation["heat"], explanation["probability"], explanation["class"]
    if heat["flat"]:
        return Message("No single part matters much: whichever is covered, the confidence stays nearly the same.")
    where, after = _place(_PLACES, *heat["at"]), heat["lowest"]
    if _look_the_same(before, after):
        return Message(
            "With the {where} covered, the confidence in “{about}” would be {after:percent1} instead of "
            "{before:percent1}: that part matters most.",
            where=where, about=about, after=after, before=before,
        )  # fmt: skip
    return Message(
        "With the {where} covered, the confidence in “{about}” would be {after:percent} instead of {before:percent}: "
        "that part matters most.",
        where=where, about=about, after=after, before=before,
    )  # fmt: skip


def _of_spectrum(explanation: Mapping[str, Any]) -> Message:
    heat, before, about = explanation["heat"], explanation["probability"], explanation["class"]
    if heat["flat"]:
        return Message("No single part matters much: whichever is silenced, the confidence stays nearly the same.")
    where, after = _place(_TONES, *heat["at"]), heat["lowest"]
    if _look_the_same(before, after):
        return Message(
            "Without the {where} the confidence in “{about}” would be {after:percent1} instead of {before:percent1}: "
            "that part matters most.",
            where=where, about=about, after=after, before=before,
        )  # fmt: skip
    return Message(
        "Without the {where} the confidence in “{about}” would be {after:percent} instead of {before:percent}: that "
        "part matters most.",
        where=where, about=about, after=after, before=before,
    )  # fmt: skip


def _of_words(explanation: Mapping[str, Any]) -> Message:
    words, before, about = explanation["words"], explanation["probability"], explanation["class"]
    if not words:
        return Message("It is a single word: there is nothing to remove.")
    most = max(words, key=lambda word: abs(float(word["value"])))  # also one that is evidence against it
    if is_little(most["value"]):
        return Message("No single word matters much: without any one of them, the confidence stays nearly the same.")
    word, after = most["text"], most["without"]
    if _look_the_same(before, after):
        return Message(
            "Without “{word}” the confidence in “{about}” would be {after:percent1} instead of {before:percent1}: that "
            "word matters most.",
            word=word, about=about, after=after, before=before,
        )  # fmt: skip
    return Message(
        "Without “{word}” the confidence in “{about}” would be {after:percent} instead of {before:percent}: that word "
        "matters most.",
        word=word, about=about, after=after, before=before,
    )  # fmt: skip


def _of_cells(explanation: Mapping[str, Any]) -> Message:
    cells, before, about = explanation["cells"], explanation["probability"], explanation["class"]
    most = max(cells, key=lambda cell: abs(float(cell["value"])), default=None)  # also one that speaks against it
    if most is None or is_little(most["value"]):
        return Message("No single column matters much: with another usual value the confidence stays nearly the same.")
    known = {"column": most["column"], "cell": most["text"], "about": about, "after": most["without"], "before": before}
    if not most["text"]:
        return Message(
            "That nothing stands in “{column}” matters most: with usual values there, the confidence in “{about}” "
            "would be {after:percent} instead of {before:percent}.",
            **known,
        )
    return Message(
        "“{column}” matters most: with other usual values in the place of “{cell}”, the confidence in “{about}” would "
        "be {after:percent} instead of {before:percent}.",
        **known,
    )


def _look_the_same(before: float, after: float) -> bool:
    """Where a model is so confident that both need one digit more to differ."""
    return min(before, after) >= 0.985 or max(before, after) <= 0.015


def _place(places: Sequence[Sequence[Message]], down: float, across: float) -> Message:
    row, column = (min(2, int(3 * share)) for share in (down, across))
    return places[row][column]


_PLACES = (
    (Message("upper left"), Message("top"), Message("upper right")),
    (Message("left side"), Message("middle"), Message("right side")),
    (Message("lower left"), Message("bottom"), Message("lower right")),
)
_TONES = (
    (Message("high tones at the beginning"), Message("high tones in the middle"), Message("high tones at the end")),
    (
        Message("middle tones at the beginning"),
        Message("middle tones in the middle"),
        Message("middle tones at the end"),
    ),
    (Message("low tones at the beginning"), Message("low tones in the middle"), Message("low tones at the end")),
)
"""The parts of a spectrogram, in which time goes to the right and high tones are above."""


# A heat map laid over the picture it is of.

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
