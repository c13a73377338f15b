"""Near-duplicate texts: equal but for case, spacing and punctuation, or for numbers, or long and equal but for a word
or two.

Two long texts are alike when of all words and pairs of neighbouring words (shingles) that either has, both have nine
tenths. Such two have one of their few rarest in common: prefix filtering (Chaudhuri, Ganti & Kaushik 2006), so not all
need to be compared with all. What is kept of a text meanwhile are the numbers of its words.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from array import array
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np

from core.data.near_pictures import NearPair, NearPairs

LEAST_SHARED = 0.9
"""Shingles that two long texts share, of all that either has (Jaccard)."""
LEAST_WORDS = 8
_LEAST_BESIDE_NUMBERS = 4
"""Words of a text whose numbers are not looked at: of fewer, the number may be all the meaning."""
MOST_COMPARED = 50_000_000
"""Comparisons in all, which take a minute: a thousand times what was needed for 10,000 messages."""
_NEAREST = 8
"""A text that is like so many others before it need not be compared with more: the cluster hangs together."""
_ASK_EVERY = 1000
_AT_ONCE = 200_000
"""Words, or comparisons, in one go."""
_BUCKET_BITS = 20
_SKETCH_BITS = 8
_SKETCH = 2**_SKETCH_BITS // 64

CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af"
"""Letters that stand for words, or are written without blanks between words, as of a set in a regular expression."""
_SPACES_BY_CJK = re.compile(rf"(?<=[{CJK}])\s+|\s+(?=[{CJK}])")
_NUMBERS = re.compile(r"\d+(?: \d+)*")
"""What is left of "12.50" or "10:30" is two numbers."""
_WORDS = re.compile(rf"[{CJK}]|[^\W{CJK}]+")


def near_texts(
    texts: Iterable[str], stop: Callable[[], bool] = lambda: False, most: int = MOST_COMPARED
) -> NearPairs | None:
    """Near-duplicates among texts; each is paired with the first of those that are equal when plain.

    Where more than `most` comparisons would be needed, not all are made (see `NearPairs.compared`). None when `stop`
    turned true on the way.
    """
    first_at: dict[bytes, int] = {}
    numbered: dict[bytes, int] = {}
    pairs: list[NearPair] = []
    long = _LongTexts()
    for i, text in enumerate(texts):
        if i % _ASK_EVERY == 0 and stop():
            return None
        plain = plain_text(text)
        first = first_at.setdefault(_digest(plain), i)
        if first != i:
            pairs.append(NearPair(first, i, "worded", True))
            continue
        long.add(i, plain)
        if (rest := _without_numbers(plain)) and (first := numbered.setdefault(_digest(rest), i)) != i:
            pairs.append(NearPair(first, i, "number", False))
    first_at.clear()
    numbered.clear()
    alike, compared = long.alike(most)
    pairs += [NearPair(a, b, "worded", False) for a, b in alike.tolist()]
    return NearPairs(tuple(sorted(pairs, key=lambda pair: (pair.first, pair.second))), compared)


def _digest(text: str) -> bytes:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()


def _without_numbers(plain: str) -> str:
    """A plain text with one sign for each of its numbers; "" where it has none, or says little else."""
    rest, count = _NUMBERS.subn("0", plain)
    return rest if count and len(_WORDS.findall(rest)) - rest.count("0") >= _LEAST_BESIDE_NUMBERS else ""


def plain_text(text: str) -> str:
    """`text` without what rarely carries meaning: case, width, spacing and punctuation.

    Signs that stand alone and are more than a full stop or the like, such as ":(", stay: they may be all the meaning.
    """
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    plain = " ".join(" ".join(map(_plain_word, folded.split())).split())
    return (plain if plain.isascii() else _SPACES_BY_CJK.sub("", plain)) or text.strip()


@lru_cache(maxsize=2**14)
def _plain_word(word: str) -> str:
    if any(unicodedata.category(char)[0] in "LN" for char in word):
        word = word.replace("'", "").replace("\u2019", "")
        return "".join(" " if unicodedata.category(char)[0] == "P" else char for char in word)
    return "" if set(word) <= set(".,;:!?\"'-_…。，、！？；：“”‘’") else word


class _LongTexts:
    """The words of each long text, as numbers. Texts are counted from 0 here; `owners` are their positions outside."""

    def __init__(self) -> None:
        self._owners = array("q")
        self._numbers: dict[str, int] = {}
        self._words = array("i")
        self._ends = array("q", [0])

    def add(self, owner: int, plain: str) -> None:
        """Short texts are left out: there one word may be the whole difference."""
        words = _WORDS.findall(plain)
        if len(words) < LEAST_WORDS:
            return
        numbers = self._numbers
        self._words.extend([numbers.setdefault(word, len(numbers)) for word in words])
        self._ends.append(len(self._words))
        self._owners.append(owner)

    def alike(self, most: int) -> tuple[np.ndarray, int | None]:
        """Owners (m, 2), the earlier first, of texts that share enough, and `NearPairs.compared`.

        Each text looks at those nearest before it first, and no further once it has a few that are like it.
        """
        found, compared = np.empty(0, dtype=np.int64), None
        total = len(self._owners)
        index = self._index()
        matches = np.zeros(total, dtype=np.int64)
        near, far = 0, _NEAREST
        while len(wanted := np.flatnonzero((index.earlier > near) & (matches[index.texts] < _NEAREST))):
            counts = np.minimum(index.earlier[wanted], far) - near
            most -= int(counts.sum())
            if most < 0 and near:
                compared = near
                break
            for part in _portions(counts):
                codes = np.setdiff1d(index.candidates(wanted[part], near, counts[part]), found, assume_unique=True)
                codes = codes[self._share_enough(codes // total, codes % total, index.sizes)]
                matches += np.bincount(codes % total, minlength=total)
                found = np.union1d(found, codes)
            near, far = far, 2 * far
        return np.array(self._owners)[np.stack([found // max(1, total), found % max(1, total)], axis=1)], compared

    def _share_enough(self, first: np.ndarray, second: np.ndarray, sizes: np.ndarray) -> np.ndarray:
        """Whether the two texts of each pair (m,) share enough of their shingles."""
        enough = np.zeros(len(first), dtype=bool)
        for part in _portions(sizes[first] + sizes[second]):
            both = [self._shingles(texts[part]) for texts in (first, second)]
            at, keys = (np.concatenate(of_both) for of_both in zip(*both, strict=True))
            order = np.lexsort((keys, at))
            at, keys = at[order], keys[order]
            twice = (at[1:] == at[:-1]) & (keys[1:] == keys[:-1])
            shared = np.bincount(at[1:][twice], minlength=len(first[part]))
            enough[part] = shared >= LEAST_SHARED * (sizes[first[part]] + sizes[second[part]] - shared)
        return enough

    def _index(self) -> _Index:
        """The rarest shingles of all texts.

        Which are rarest is told by a table of fixed size; that some share a place in it does no harm, since any order
        will do that is the same for all texts.
        """
        counts = self._spans[1]
        frequency = np.zeros(2**_BUCKET_BITS, dtype=np.int64)
        sizes = np.zeros(len(counts), dtype=np.int64)
        sketches = np.zeros((len(counts), _SKETCH), dtype=np.uint64)
        for part in _portions(counts):
            at, keys = self._shingles(np.arange(len(counts))[part])
            frequency += np.bincount(_hashed(keys, _BUCKET_BITS), minlength=len(frequency))
            sizes[part] = np.bincount(at)
            sketches[part] = _sketched(at, keys)
        least = sizes - np.ceil(LEAST_SHARED * sizes).astype(np.int64) + 1
        texts, rare = [np.empty(0, dtype=np.int64)], [np.empty(0, dtype=np.int64)]
        for part in _portions(counts):
            at, keys = self._shingles(np.arange(len(counts))[part])
            keys = keys[np.lexsort((keys, frequency[_hashed(keys, _BUCKET_BITS)], at))]
            kept = np.arange(len(at)) - np.searchsorted(at, at) < least[part][at]
            texts.append(part.start + at[kept])
            rare.append(keys[kept])
        return _Index.of(np.concatenate(texts), np.concatenate(rare), sizes, sketches)

    def _shingles(self, texts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Words and pairs of neighbours in these texts, each once: positions in `texts` (m,) and keys (m,), sorted by
        both."""
        begins, counts = (values[texts] for values in self._spans)
        at = np.repeat(np.arange(len(texts)), counts)
        where = np.arange(len(at)) + np.repeat(begins - (np.cumsum(counts) - counts), counts)
        words = np.frombuffer(self._words, dtype=np.int32)[where].astype(np.int64)
        neighbours = at[1:] == at[:-1]
        two = ((words[:-1] + 1 << 32) | words[1:])[neighbours]
        at, keys = np.concatenate([at, at[1:][neighbours]]), np.concatenate([words, two])
        order = np.lexsort((keys, at))
        at, keys = at[order], keys[order]
        first = np.append(True, (at[1:] != at[:-1]) | (keys[1:] != keys[:-1]))
        return at[first], keys[first]

    @cached_property
    def _spans(self) -> tuple[np.ndarray, np.ndarray]:
        """Where in all words those of each text begin, and how many they are."""
        ends = np.array(self._ends)
        return ends[:-1], np.diff(ends)


@dataclass(frozen=True, slots=True)
class _Index:
    """The rare shingles, an entry for each of a text, in the order of the `texts` (m,).

    `ordered` (m,) are the same texts in the order of the shingles, where an entry stands at its `place` (m,): so right
    before it are the `earlier` (m,) texts that have the shingle too. Of each text there is the number of its shingles
    (`sizes`) and a sketch of them (`sketches`, see `_sketched`).
    """

    texts: np.ndarray
    ordered: np.ndarray
    place: np.ndarray
    earlier: np.ndarray
    sizes: np.ndarray
    sketches: np.ndarray

    @classmethod
    def of(cls, texts: np.ndarray, keys: np.ndarray, sizes: np.ndarray, sketches: np.ndarray) -> _Index:
        order, number = np.lexsort((texts, keys)), np.arange(len(texts))
        new = np.append(True, np.diff(keys[order]) != 0)[: len(order)]
        place, earlier = np.empty_like(order), np.empty_like(order)
        place[order], earlier[order] = number, number - np.maximum.accumulate(np.where(new, number, 0))
        return cls(texts, texts[order], place, earlier, sizes, sketches)

    def candidates(self, entries: np.ndarray, near: int, counts: np.ndarray) -> np.ndarray:
        """Pairs that may be alike, as first * total + second, each once: of each of `entries` and `counts` (m,) texts
        that stand before it, beginning `near` before."""
        steps = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
        first = self.ordered[np.repeat(self.place[entries] - near - 1, counts) - steps]
        second = np.repeat(self.texts[entries], counts)
        either = self.sizes[first] + self.sizes[second]
        differing = np.bitwise_count(self.sketches[first] ^ self.sketches[second]).sum(axis=1)
        may = differing <= np.floor((1 - LEAST_SHARED) / (1 + LEAST_SHARED) * either + 1e-9)
        return np.unique(first[may] * len(self.sizes) + second[may])


def _sketched(at: np.ndarray, keys: np.ndarray) -> np.ndarray:
    """For each text a sketch (_SKETCH,) of 64-bit numbers: two differ in at most as many bits as the texts do in
    shingles. Each shingle turns one bit over."""
    bit = _hashed(keys, _SKETCH_BITS).astype(np.uint64)
    starts = np.flatnonzero(np.append(True, at[1:] != at[:-1]))
    turned = np.uint64(1) << (bit & np.uint64(63))
    columns = [np.where(bit >> np.uint64(6) == n, turned, np.uint64(0)) for n in range(_SKETCH)]
    return np.stack([np.bitwise_xor.reduceat(column, starts) for column in columns], axis=1)


def _portions(costs: np.ndarray) -> Iterator[slice]:
    """Slices, one after the other, whose costs are about _AT_ONCE together."""
    total = np.cumsum(costs)
    start, spent = 0, 0
    while start < len(costs):
        end = max(start + 1, int(np.searchsorted(total, spent + _AT_ONCE, side="right")))
        yield slice(start, end)
        start, spent = end, int(total[end - 1])


def _hashed(keys: np.ndarray, bits: int) -> np.ndarray:
    """A number of so many bits for each key (Fibonacci hashing; Knuth, volume 3, section 6.4)."""
    return ((keys.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(64 - bits)).astype(np.int64)
