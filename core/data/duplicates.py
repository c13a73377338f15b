"""Which examples are as good as copies of each other, and the groups that follow: a split must not tear one apart.

Pictures are compared in `near_pictures`, texts in `near_texts`.
"""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from collections.abc import Callable, Generator, Hashable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from core.cache import VectorCache
from core.data.dataset import Dataset, Example
from core.data.near_pictures import NearPair, NearPairs, near_pictures
from core.data.near_texts import near_texts
from core.events import Event, Progress, drain
from core.modalities.image.looks import LENGTH, looks
from core.workspace import Workspace

LARGE_CLASS = 10
"""Only in classes with at least this many examples can a group be called too large."""
_BATCH = 64


def note_looks(
    dataset: Dataset, workspace: Workspace, stop: Callable[[], bool] = lambda: False
) -> Generator[Event, None, bool]:
    """Look at every picture that was not looked at before, and keep its looks in the cache. Pictures only.

    Yields Progress("look", done, total); False when `stop` turned true on the way.
    """
    cache = VectorCache(workspace, "looks-1", LENGTH)
    first_at = _firsts(dataset.examples)
    known = cache.known(list(first_at))
    missing = [i for example_id, i in first_at.items() if example_id not in known]
    done = len(known)
    with ThreadPoolExecutor(max_workers=min(4, os.cpu_count() or 1)) as pool:
        for start in range(0, len(missing), _BATCH):
            if stop():
                return False
            part = missing[start : start + _BATCH]
            vectors = pool.map(lambda i: looks(dataset.payload(i)), part)
            cache.put({dataset.examples[i].id: vector for i, vector in zip(part, vectors, strict=True)})
            done += len(part)
            yield Progress("look", done, len(first_at))
    return True


def look_at(
    dataset: Dataset, workspace: Workspace, stop: Callable[[], bool] = lambda: False
) -> Generator[Event, None, np.ndarray | None]:
    """Looks (n, LENGTH) float32 of every picture, in order, from the cache or computed once and kept.

    Yields progress; None when `stop` turned true on the way. Pictures only.
    """
    if not (yield from note_looks(dataset, workspace, stop)):
        return None
    found = np.empty((len(dataset.examples), LENGTH), dtype=np.float32)
    first_at = _firsts(dataset.examples)
    for example_id, vector in VectorCache(workspace, "looks-1", LENGTH).each(list(first_at)):
        found[first_at[example_id]] = vector
    for i, example in enumerate(dataset.examples):
        if first_at[example.id] != i:
            found[i] = found[first_at[example.id]]
    return found


def near_pairs(
    dataset: Dataset, workspace: Workspace, stop: Callable[[], bool] = lambda: False, seen: np.ndarray | None = None
) -> Generator[Event, None, NearPairs | None]:
    """Near-duplicates of a dataset as indices of its examples; None when stopped on the way.

    `seen` are its looks, where they are at hand. Exact copies are not paired: among them the first stands for all.
    Large clusters are joined by some of their pairs, not by all. Kinds of example that are known by exact copies alone
    (`Modality.traits`) have none.
    """
    firsts = list(_firsts(dataset.examples).values())
    found: NearPairs | None = NearPairs()
    if dataset.kind.traits == "wording":
        found = near_texts(dataset.payload(i) for i in firsts)
    elif dataset.kind.traits == "looks":
        if seen is None:
            seen = yield from look_at(dataset, workspace, stop)
        if seen is not None:
            found = yield from near_pictures(seen if len(firsts) == len(seen) else seen[firsts], stop)
        else:
            found = None
    if found is None:
        return None
    pairs = tuple(replace(pair, first=firsts[pair.first], second=firsts[pair.second]) for pair in found.pairs)
    return replace(found, pairs=pairs)


def _firsts(examples: Sequence[Example]) -> dict[str, int]:
    """Where the content of each id stands first, in order."""
    first_at: dict[str, int] = {}
    for i, example in enumerate(examples):
        first_at.setdefault(example.id, i)
    return first_at


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
    found = ((example, group_of.get(i)) for i, example in enumerate(examples))
    return replace(dataset, examples=tuple(e if e.group == group else replace(e, group=group) for e, group in found))


def group_again(dataset: Dataset, workspace: Workspace) -> Dataset:
    """The dataset with its groups found anew; whatever pictures were not looked at before are looked at now."""
    found = drain(near_pairs(dataset, workspace))
    return grouped(dataset, found.pairs if found else [])


def _joined(names: Iterable[Hashable]) -> list[tuple[int, int]]:
    """Links between all indices of one name; None is no name."""
    first_at: dict[Hashable, int] = {}
    return [(at, i) for i, name in enumerate(names) if name is not None and (at := first_at.setdefault(name, i)) != i]


def clusters(n: int, links: Sequence[tuple[int, int]]) -> list[list[int]]:
    """Of the indices 0 to n - 1 those that links connect, two or more at a time, in order of their first."""
    if not links:
        return []
    first, second = np.array(links).T
    graph = coo_array((np.ones(len(links), dtype=bool), (first, second)), shape=(n, n))
    component = connected_components(graph, directed=False)[1]
    members: dict[int, list[int]] = defaultdict(list)
    for i in np.flatnonzero(np.bincount(component)[component] > 1).tolist():
        members[component[i]].append(i)
    return list(members.values())


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
