"""What the names of classes say by themselves: "card_arrival" is a text that a model can read, "3" and "class B" are
none. No torch here: forms and plans ask whether there is anything to read."""

from __future__ import annotations

import re

from core.data.dataset import Dataset
from core.modalities.base import Ability

_BETWEEN_WORDS = re.compile(r"[\W_]+")
_CAMEL_CASE = re.compile(r"(?<=[^\W\d_A-Z])(?=[A-Z])")
_NO_WORD = re.compile(r"\b(?:\w|\d+)\b")
"""A letter or a number alone. What names have besides must tell them apart."""
_LEAST = 3
"""Letters of a word in a script that writes sounds."""


def as_words(label: str) -> str:
    """ "card_arrival", "CardArrival" and "card/arrival" as "card arrival"."""
    return _BETWEEN_WORDS.sub(" ", _CAMEL_CASE.sub(" ", label)).strip()


def names_to_read(dataset: Dataset) -> tuple[str, ...]:
    """The names of the classes as texts, in the order of the classes; none where they say nothing, or the kind of
    example is not one that a name could be."""
    if Ability.NAME not in dataset.kind.abilities:
        return ()
    names = tuple(map(as_words, dataset.classes))
    said = {" ".join(_NO_WORD.sub(" ", name).split()).casefold() for name in names}
    return names if len(said) == len(names) and all(map(_is_said, said)) else ()


def _is_said(name: str) -> bool:
    """True for a word of three letters, or of any script of which the letters are not those of Latin."""
    return any(len(word) >= _LEAST if word.isascii() else True for word in name.split() if any(map(str.isalpha, word)))
