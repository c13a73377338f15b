"""Which examples are as good as copies of each other, and the groups that follow: a split must not tear one apart.

Pictures are compared in `near_pictures`. Texts are near-duplicates when they are equal but for case, spacing and
punctuation, or long and equal but for a word or two.
"""

from __future__ import annotations

import os
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Generator, Hashable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import pairwise
from math import ceil

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from core.cache import VectorCache
from core.data.dataset import Dataset, Example
from core.data.near_pictures import NearPair, near_pictures
from core.events import Event, Progress, drain
from core.modalities.image.looks import LENGTH, looks
from core.workspace import Workspace

LARGE_CLASS = 10
"""Only in classes with at least this many examples can a group be called too large."""
_BATCH = 64

LEAST_SHARED = 0.9
"""Words and neighbouring words that two long texts share, of all that either has (Jaccard)."""
LEAST_WORDS = 8

_CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af"
_SPACES_BY_CJK = re.compile(rf"(?<=[{_CJK}])\s+|\s+(?=[{_CJK}])")
_WORDS = re.compile(rf"[{_CJK}]|[^\W{_CJK}]+")


def look_at(
    dataset: Dataset, workspace: Workspace, stop: Callable[[], bool] = lambda: False
) -> Generator[Event, None, np.ndarray | None]:
    """Looks (n, LENGTH) float32 of every picture, in order, from the cache or computed once and kept.

    Yields Progress("look", done, total); None when `stop` turned true on the way. Pictures only.
    """
    cache = VectorCache(workspace, "looks-1", LENGTH)
    first_at = {example.id: i for i, example in reversed(list(enumerate(dataset.examples)))}
    known = cache.get(list(first_at))
    missing = [i for example_id, i in first_at.items() if example_id not in known]
    with ThreadPoolExecutor(max_workers=min(4, os.cpu_count() or 1)) as pool:
        for start in range(0, len(missing), _BATCH):
            if stop():
                return None
            part = missing[start : start + _BATCH]
            vectors = pool.map(lambda i: looks(dataset.payload(i)), part)
            fresh = {dataset.examples[i].id: vector for i, vector in zip(part, vectors, strict=True)}
            cache.put(fresh)
            known.update(fresh)
            yield Progress("look", len(known), len(first_at))
    return np.array([known[example.id] for example in dataset.examples], dtype=np.float32).reshape(-1, LENGTH)


def near_pairs(
    dataset: Dataset, workspace: Workspace, stop: Callable[[], bool] = lambda: False
) -> Generator[Event, None, list[NearPair] | None]:
    """Near-duplicates of a dataset as indices of its examples; None when stopped on the way.

    Exact copies are not paired: among them the first stands for all. Large clusters are joined by some of their
    pairs, not by all. Kinds of example that are known by exact copies alone (`Modality.traits`) have none.
    """
    ids = [example.id for example in dataset.examples]
    firsts = sorted({example_id: i for i, example_id in reversed(list(enumerate(ids)))}.values())
    found: list[NearPair] | None = []
    if dataset.kind.traits == "wording":
        found = near_texts([dataset.payload(i) for i in firsts])
    elif dataset.kind.traits == "looks":
        seen = yield from look_at(dataset, workspace, stop)
        found = None if seen is None else (yield from near_pictures(seen[firsts], stop))
    if found is None:
        return None
    return [replace(pair, first=firsts[pair.first], second=firsts[pair.second]) for pair in found]


def grouped(dataset: Dataset, pairs: Iterable[NearPair]) -> Dataset:
    """The dataset with `group` given to all examples that hang together, and to no other.

    Exact copies, near pairs and groups that were given before hang together, through any number of steps. A group
    that would hold more than half of a class of LARGE_CLASS or more, and is held together by pairs that are not sure,
    falls apart into what the sure ones, copies and given groups hold together: better some frames on both sides than
    a class that cannot be divided.
    """
    examples, pairs = dataset.examples, list(pairs)
    certain = [(pair.first, pair.second) for pair in pairs if pair.sure]
    certain += _joined(example.id for example in examples)
    certain += _joined(example.group for example in examples)
    likely = [(pair.first, pair.second) for pair in pairs if not pair.sure]
    hostage = {i for cluster in clusters(len(examples), [*certain, *likely]) if _too_large(dataset, cluster)
               for i in cluster}  # fmt: skip
    links = certain + [link for link in likely if link[0] not in hostage]
    group_of: dict[int, str] = {}
    for cluster in clusters(len(examples), links):
        name = "alike-" + min(examples[i].key for i in cluster)
        group_of.update(dict.fromkeys(cluster, name))
    return replace(dataset, examples=tuple(replace(e, group=group_of.get(i)) for i, e in enumerate(examples)))


def group_again(dataset: Dataset, workspace: Workspace) -> Dataset:
    """The dataset with its groups found anew; whatever pictures were not looked at before are looked at now."""
    pairs = drain(near_pairs(dataset, workspace))
    return grouped(dataset, pairs or [])


def _joined(names: Iterable[Hashable]) -> list[tuple[int, int]]:
    """Links between all indices of one name; None is no name."""
    first_at: dict[Hashable, int] = {}
    return [(first_at.setdefault(name, i), i) for i, name in enumerate(names) if name is not None]


def clusters(n: int, links: Sequence[tuple[int, int]]) -> list[list[int]]:
    """Of the indices 0 to n - 1 those that links connect, two or more at a time, in order of their first."""
    if not links:
        return []
    first, second = np.array(links).T
    graph = coo_array((np.ones(len(links), dtype=bool), (first, second)), shape=(n, n))
    component = connected_components(graph, directed=False)[1]
    members: dict[int, list[int]] = defaultdict(list)
    for i, number in enumerate(component.tolist()):
        members[number].append(i)
    return [cluster for cluster in members.values() if len(cluster) > 1]


def _too_large(dataset: Dataset, cluster: Sequence[int]) -> bool:
    held = Counter(dataset.examples[i].label for i in cluster)
    counts = dataset.counts
    return any(counts[label] >= LARGE_CLASS and held[label] > counts[label] / 2 for label in held)


def copies_of(examples: Sequence[Example]) -> list[list[int]]:
    """Indices of examples with the same content, two or more at a time, in order of first appearance."""
    at: dict[str, list[int]] = defaultdict(list)
    for i, example in enumerate(examples):
        at[example.id].append(i)
    return [copies for copies in at.values() if len(copies) > 1]


# --- texts ---


def plain_text(text: str) -> str:
    """`text` without what rarely carries meaning: case, width, spacing and punctuation.

    Signs that stand alone and are more than a full stop or the like, such as ":(", stay: they may be all the meaning.
    """
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    words = (_plain_word(word) for word in folded.split())
    return _SPACES_BY_CJK.sub("", " ".join(" ".join(words).split())) or text.strip()


def near_texts(texts: Sequence[str]) -> list[NearPair]:
    """Near-duplicates among texts; each is paired with the first of those that are equal when plain."""
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
    """Words and pairs of neighbours; none for a short text, where one word may be the whole difference."""
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
