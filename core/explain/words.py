"""Which words of a message an answer hangs on: what leaving each of them out changes (Li, Monroe & Jurafsky 2016)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

import torch

from core.explain.witness import Witness, log_odds
from core.models.backbones.small_text import CJK

MOST_WORDS = 120
"""Of a longer message only so many words, from its beginning, are left out one after the other."""

_WORD = re.compile(rf"[{CJK}]|[^\s{CJK}]+")
"""What stands between blanks, as it was written; one sign of a script that writes without them."""


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


def split_message(message: str) -> Iterator[tuple[int, int]]:
    """Where each word begins and ends."""
    yield from (found.span() for found in _WORD.finditer(message))


def word_values(witness: Witness, message: str, number: int) -> list[Word]:
    """What each word does for the class of this `number`, in their order; none for a message of one word, since nothing
    would be left."""
    spans = list(split_message(message))
    if len(spans) < 2:
        return []
    spans = spans[:MOST_WORDS]
    shorter = [f"{message[:start]}{message[end:]}" for start, end in spans]
    odds = log_odds(witness.say([message, *shorter]), number)
    left = torch.from_numpy(odds[1:]).sigmoid().tolist()
    return [
        Word(message[start:end], start, end, float(odds[0] - after), p)
        for (start, end), after, p in zip(spans, odds[1:], left, strict=True)
    ]
