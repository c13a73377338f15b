"""Which examples are as good as copies of each other, and the groups that follow: a split must not tear one apart.

Pictures are compared in `near_pictures`, texts in `near_texts`, recordings in `near_sounds`, rows of tables in
`near_rows`.
"""

from __future__ import annotations

import hashlib
import os
from collections import Counter, defaultdict
from collections.abc import Callable, Generator, Hashable, Iterable, Sequence, Set
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import get_args

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from core.cache import VectorCache
from core.data.dataset import Dataset, Example
from core.data.near_pictures import How, NearPair, NearPairs, near_pictures
from core.data.near_rows import near_rows
from core.data.near_sounds import near_sounds
from core.data.near_texts import near_texts
from core.events import Event, Progress, drain
from core.modalities.sound.hearing import Hearing
from core.workspace import Workspace

LARGE_CLASS = 10
"""Only in classes with at least this many examples can a group be called too large."""
_BATCH = 64


def look_at(
    dataset: Dataset, workspace: Workspace, stop: Callable[[], bool] = lambda: False
) -> Generator[Event, None, np.ndarray | None]:
    """What `Modality.measure` gives of every example (n, measures), in order, from the cache or computed once and kept.

    Yields Progress("look", done, total); None when `stop` turned true on the way. Only for kinds that measure any.
    """
    first_at, cache = _firsts(dataset.examples), measured(dataset, workspace)
    found = np.empty((len(dataset.examples), dataset.kind.measures), dtype=np.float32)
    known: set[str] = set()
    for example_id, vector in cache.each(list(first_at)):
        found[first_at[example_id]] = vector
        known.add(example_id)
    if not (yield from _look(dataset, first_at, known, cache, stop, found.__setitem__)):
        return None
    for i, example in enumerate(dataset.examples):
        if first_at[example.id] != i:
            found[i] = found[first_at[example.id]]
    return found


def look_ahead(
    dataset: Dataset, workspace: Workspace, stop: Callable[[], bool] = lambda: False
) -> Generator[Event, None, bool]:
    """Look at every example as `look_at` does, but only keep it in the cache; False when stopped on the way."""
    first_at, cache = _firsts(dataset.examples), measured(dataset, workspace)
    return (yield from _look(dataset, first_at, cache.known(list(first_at)), cache, stop, lambda i, vector: None))


def _look(
    dataset: Dataset,
    first_at: dict[str, int],
    known: Set[str],
    cache: VectorCache,
    stop: Callable[[], bool],
    keep: Callable[[int, np.ndarray], object],
) -> Generator[Event, None, bool]:
    missing = [i for example_id, i in first_at.items() if example_id not in known]
    if missing:
        dataset.require_originals()
    done = len(known)
    with ThreadPoolExecutor(max_workers=min(4, os.cpu_count() or 1)) as pool:
        for start in range(0, len(missing), _BATCH):
            if stop():
                return False
            part = missing[start : start + _BATCH]
            fresh = dict(zip(part, pool.map(lambda i: dataset.kind.measure(dataset.payload(i)), part), strict=True))
            cache.put({dataset.examples[i].id: vector for i, vector in fresh.items()})
            for i, vector in fresh.items():
                keep(i, vector)
            done += len(part)
            yield Progress("look", done, len(first_at))
    return True


def measured(dataset: Dataset, workspace: Workspace) -> VectorCache:
    """Where the measures of these examples are kept, by id."""
    return VectorCache(workspace, f"{dataset.kind.traits}-1", dataset.kind.measures, foreign=dataset.foreign)


def near_pairs(
    dataset: Dataset, workspace: Workspace, stop: Callable[[], bool] = lambda: False, seen: np.ndarray | None = None
) -> Generator[Event, None, NearPairs | None]:
    """Near-duplicates of a dataset as indices of its examples; None when stopped on the way.

    `seen` are its looks, where they are at hand. Exact copies are not paired: among them the first stands for all.
    Large clusters are joined by some of their pairs, not by all. Kinds of example that are known by exact copies alone
    (`Modality.traits`) have none.
    """
    first_at = _firsts(dataset.examples)
    firsts = list(first_at.values())
    cache, key = VectorCache(workspace, "near-pairs-3", 4, foreign=dataset.foreign), _digest(dataset.modality, first_at)
    kept = cache.get([key]).get(key)
    found = None if kept is None else _unpacked(kept)
    if found is None:
        found = yield from _near(dataset, firsts, workspace, stop, seen)
        if found is None:
            return None
        cache.put({key: _packed(found)})
    pairs = tuple(replace(pair, first=firsts[pair.first], second=firsts[pair.second]) for pair in found.pairs)
    return replace(found, pairs=pairs)


def _near(
    dataset: Dataset, firsts: list[int], workspace: Workspace, stop: Callable[[], bool], seen: np.ndarray | None
) -> Generator[Event, None, NearPairs | None]:
    """Near-duplicates as positions in `firsts`."""
    if dataset.kind.traits == "wording":
        return near_texts((dataset.payload(i) for i in firsts), stop)
    if dataset.kind.traits == "columns":
        return near_rows(lambda at: dataset.payload(firsts[at]), len(firsts), stop)
    if dataset.kind.traits not in ("looks", "hearing"):
        return NearPairs()
    if seen is None:
        seen = yield from look_at(dataset, workspace, stop)
    if seen is None:
        return None
    seen = seen if len(firsts) == len(seen) else seen[firsts]
    if dataset.kind.traits == "hearing":
        return near_sounds(Hearing(seen), lambda at: dataset.payload(firsts[at]), stop)
    return (yield from near_pictures(seen, stop))


def _digest(modality: str, ids: Iterable[str]) -> str:
    """Names what was compared: the same contents in the same order."""
    return hashlib.sha256("\n".join([modality, *ids]).encode()).hexdigest()[:32]


_HOW: tuple[How, ...] = get_args(How)


def _packed(near: NearPairs) -> np.ndarray:
    """As a vector for the cache: `compared` (-1 for None), then four numbers for each pair, exact up to 2**24."""
    rows = [(pair.first, pair.second, _HOW.index(pair.how), pair.sure) for pair in near.pairs]
    compared = -1 if near.compared is None else near.compared
    return np.append(np.float32(compared), np.array(rows, dtype=np.float32).ravel())


def _unpacked(vector: np.ndarray) -> NearPairs:
    compared, rows = int(vector[0]), vector[1:].astype(np.int64).reshape(-1, 4).tolist()
    pairs = tuple(NearPair(first, second, _HOW[how], bool(sure)) for first, second, how, sure in rows)
    return NearPairs(pairs, None if compared < 0 else compared)


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
