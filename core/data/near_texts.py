"""Messages that say the same: equal but for case, spacing and punctuation, or long and equal but for a word or two."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from itertools import pairwise
from math import ceil

from core.data.near_pictures import NearPair

LEAST_SHARED = 0.9
"""Words and neighbouring words that two long messages share, of all that either has (Jaccard)."""
LEAST_WORDS = 8

_CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af"
_SPACES_BY_CJK = re.compile(rf"(?<=[{_CJK}])\s+|\s+(?=[{_CJK}])")
_WORDS = re.compile(rf"[{_CJK}]|[^\W{_CJK}]+")


def plain_text(text: str) -> str:
    """`text` without what rarely carries meaning: case, width, spacing and punctuation.

    Signs that stand alone and are more than a full stop or the like, such as ":(", stay: they may be all the meaning.
    """
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    words = (_plain_word(word) for word in folded.split())
    return _SPACES_BY_CJK.sub("", " ".join(" ".join(words).split())) or text.strip()


def near_texts(texts: Sequence[str]) -> list[NearPair]:
    """Near-duplicates among messages; each is paired with the first of those that are equal when plain."""
    first_at: dict[str, int] = {}
    pairs: list[NearPair] = []
    for i, text in enumerate(texts):
        plain = plain_text(text)
        if plain in first_at:
            pairs.append(NearPair(first_at[plain], i, "worded", True))
        else:
            first_at[plain] = i
    long = [(i, shingles) for plain, i in first_at.items() if (shingles := _shingles(plain))]
    pairs += [NearPair(a, b, "worded", False) for a, b in _sharing(long)]
    return sorted(pairs, key=lambda pair: (pair.first, pair.second))


def _plain_word(word: str) -> str:
    if any(unicodedata.category(char)[0] in "LN" for char in word):
        word = word.replace("'", "").replace("\u2019", "")
        return "".join(" " if unicodedata.category(char)[0] == "P" else char for char in word)
    return "" if set(word) <= set(".,;:!?\"'-_…。，、！？；：“”‘’") else word


def _shingles(plain: str) -> frozenset[str]:
    """Words and pairs of neighbours; none for a short message, where one word may be the whole difference."""
    words = _WORDS.findall(plain)
    if len(words) < LEAST_WORDS:
        return frozenset()
    return frozenset(words) | {" ".join(two) for two in pairwise(words)}


def _sharing(long: Sequence[tuple[int, frozenset[str]]]) -> Iterator[tuple[int, int]]:
    """Pairs that share enough, found without comparing all with all.

    Two sets that share nine tenths have one of their few rarest members in common: prefix filtering (Chaudhuri, Ganti
    & Kaushik 2006).
    """
    common = Counter(shingle for _, shingles in long for shingle in shingles)
    holders: dict[str, list[tuple[int, frozenset[str]]]] = defaultdict(list)
    for i, shingles in long:
        rarest = sorted(shingles, key=lambda shingle: (common[shingle], shingle))
        prefix = rarest[: len(rarest) - ceil(LEAST_SHARED * len(rarest)) + 1]
        met: dict[int, frozenset[str]] = {}
        for shingle in prefix:
            met.update(holders[shingle])
            holders[shingle].append((i, shingles))
        for j, other in met.items():
            if len(shingles & other) >= LEAST_SHARED * len(shingles | other):
                yield min(i, j), max(i, j)
