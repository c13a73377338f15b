"""Words as numbers, for the small text network. Exported models carry this file's source along."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np

_MOST_WORDS = 20_000
PADDING, UNKNOWN = 0, 1
CJK = "\u3400-\u9fff\uf900-\ufaff\u3040-\u30ff"
"""The signs of scripts that write without blanks."""
_WORD = re.compile(rf"[{CJK}]|[^\W{CJK}]+|[!?]")
"""A word, one sign of a script that writes without blanks, or a mark that carries feeling."""


class Vocabulary:
    """Numbers for words, called as a tokenizer of `transformers` is. 0 fills up, 1 is any word that is not known."""

    def __init__(self, words: Sequence[str] = ()) -> None:
        self.words = tuple(words)
        self._numbers = {word: number for number, word in enumerate(words, start=UNKNOWN + 1)}

    @classmethod
    def of(cls, texts: Iterable[str]) -> Vocabulary:
        """The words of these messages, the commonest first."""
        counts = Counter(word for text in texts for word in split_words(text))
        return cls([word for word, _ in counts.most_common(_MOST_WORDS)])

    def __len__(self) -> int:
        return len(self.words) + 2

    def __call__(
        self, texts: Sequence[str], *, padding: bool, truncation: bool, max_length: int, return_tensors: str
    ) -> dict[str, np.ndarray]:
        rows = [[self._numbers.get(word, UNKNOWN) for word in split_words(text)][:max_length] for text in texts]
        longest = max(1, *map(len, rows))
        ids = np.array([row + [PADDING] * (longest - len(row)) for row in rows], dtype=np.int64)
        return {"input_ids": ids, "attention_mask": (ids != PADDING).astype(np.int64)}


def split_words(text: str) -> list[str]:
    """The words of a message, in small letters."""
    return _WORD.findall(text.casefold())
