"""Embeddings of a dataset from a frozen backbone: from the cache, or computed once and kept.

Of every example as it is, or of several varied views of it: a handful of examples says more when each is looked at more
than once.
"""

from __future__ import annotations

import os
import time
import zlib
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from copy import deepcopy

import numpy as np

from core.cache import CACHE_VIEW, VectorCache
from core.data.dataset import Dataset
from core.events import Event, Progress, Warned
from core.hardware import note_speed
from core.messages import NOTHING, Message
from core.modalities.base import Batch, Payload
from core.models.backbone import Backbone
from core.models.card import ModelCard
from core.models.encoders import Encoder, frozen_encoder
from core.workspace import Workspace

BATCH_SIZE = 8
_ROWS = 256
"""So many rows of a table, or of what counts words, are computed together: one alone takes next to nothing."""
_READ_AHEAD = 3
_KEEP_AT_ONCE = 32
"""So many are written to the cache together, or a five-hundredth of all."""
_MOST_TOLD = 500
"""So often progress is told at most: whoever watches reads all that was told."""


class View:
    """One variation of every example at augmentation `level`; number 0 is the example as it is.

    How an example is varied follows from seed, number and example alone, so that what was computed once stays true.
    """

    def __init__(self, level: str, number: int, seed: int = 0) -> None:
        self.level, self.number, self.seed = level, number, seed
        self.name = f"{level}-{seed}-{number}"

    def vary(self, dataset: Dataset, index: int) -> Payload:
        own = zlib.crc32(dataset.examples[index].id.encode())
        rng = np.random.default_rng([self.seed, self.number, own])
        return dataset.kind.augment(dataset.payload(index), self.level, rng)


def embed_dataset(
    dataset: Dataset,
    card: ModelCard,
    load: Callable[[], Backbone],
    workspace: Workspace,
    size: int | None = None,
    indices: Sequence[int] | None = None,
    stop: Callable[[], bool] = lambda: False,
) -> Generator[Event, None, np.ndarray | None]:
    """Embeddings (n, dimension) float32 of every example, in order; None when `stop` turned true on the way.

    Rows of what `fits` its examples have the length that it then has. With `indices`, only those rows are computed and
    the others are zero. The backbone is only loaded (`load`) when something is not in the cache. Yields progress. What
    was computed before a stop stays in the cache.
    """
    wanted = range(len(dataset.examples)) if indices is None else indices
    card, load, knew = _acquainted(dataset, card, load, wanted)
    if knew:
        yield Warned(knew)
    vectors = np.zeros((len(dataset.examples), card.dimension), dtype=np.float32)
    places: dict[str, list[int]] = {}
    for i in wanted:
        places.setdefault(dataset.examples[i].id, []).append(i)

    def keep(example_id: str, vector: np.ndarray) -> None:
        vectors[places[example_id]] = vector

    done = yield from embed_rows(dataset, card, load, workspace, size, wanted, keep, stop)
    return vectors if done else None


def _acquainted(
    dataset: Dataset, card: ModelCard, load: Callable[[], Backbone], indices: Sequence[int]
) -> tuple[ModelCard, Callable[[], Backbone], Message]:
    """The card and the network as they are when it has met its examples: where nobody trained it, those that it is to
    embed, without their classes. Else it stays as it is, and what it knows of these is said, where that is not all."""
    if not card.fits:
        return card, load, NOTHING
    backbone = load()
    if backbone.card is card:  # it has met what it is trained on
        return card, load, NOTHING
    if backbone.extras():
        return backbone.card, lambda: backbone, deepcopy(backbone).meet(dataset.payload(i) for i in indices)
    backbone.meet(dataset.payload(i) for i in indices)
    return backbone.card, lambda: backbone, NOTHING


def embed_rows(
    dataset: Dataset,
    card: ModelCard,
    load: Callable[[], Backbone],
    workspace: Workspace,
    size: int | None,
    wanted: Sequence[int],
    keep: Callable[[str, np.ndarray], object],
    stop: Callable[[], bool] = lambda: False,
    work: str = "embed",
    variation: View | None = None,
) -> Generator[Event, None, bool]:
    """Hand what a backbone makes of each of the `wanted` examples, flat, to `keep(id, row)`; else as `embed_dataset`.

    `work` is the name under which the speed is noted. With a `variation`, examples are varied first. False when stopped
    on the way.
    """
    size = size or card.input_size
    view = variation.name if variation else CACHE_VIEW
    cache = None if card.fits else VectorCache(workspace, card.identity, size, view, foreign=dataset.foreign)
    ids = [example.id for example in dataset.examples]
    first_at = {ids[i]: i for i in reversed(wanted)}
    done: set[str] = set()
    for example_id, vector in cache.each(list(first_at)) if cache else ():
        keep(example_id, vector)
        done.add(example_id)
    missing = [i for example_id, i in first_at.items() if example_id not in done]
    if not missing:
        return True
    dataset.require_originals()
    yield Progress("prepare", 0, 1)
    backbone = load()
    encoder = frozen_encoder(backbone, workspace)
    started = time.perf_counter()
    fresh: dict[str, np.ndarray] = {}
    told, step = len(done), len(first_at) // _MOST_TOLD
    for part, vectors in _embed_parts(dataset, missing, backbone, encoder, size, variation):
        for i, vector in zip(part, vectors, strict=True):
            fresh[ids[i]] = np.ravel(vector)
            keep(ids[i], fresh[ids[i]])
        done.update(ids[i] for i in part)
        stopped = stop()
        complete = stopped or len(done) == len(first_at)
        if len(fresh) >= max(_KEEP_AT_ONCE, step) or complete:
            if cache:
                cache.put(fresh)
            fresh = {}
        if len(done) - told >= step or complete:
            told = len(done)
            yield Progress("embed", told, len(first_at))
        if stopped:
            return False
    if work and size == card.input_size and variation is None:
        note_speed(workspace, card.id, work, dataset.effort(missing), time.perf_counter() - started)
    return True


def _embed_parts(
    dataset: Dataset,
    indices: Sequence[int],
    backbone: Backbone,
    encoder: Encoder,
    size: int,
    variation: View | None,
) -> Iterator[tuple[Sequence[int], Iterable[np.ndarray]]]:
    """Decode a few batches ahead in threads while the encoder computes; memory stays flat."""
    kind, spec = dataset.kind, backbone.spec(size)
    if kind.sorts_by_length:  # like lengths together: less padding
        indices = sorted(indices, key=lambda i: dataset.effort([i]))
    together = _ROWS if kind.is_row or backbone.card.fits else BATCH_SIZE
    parts = [indices[start : start + together] for start in range(0, len(indices), together)]

    def prepare(part: Sequence[int]) -> Batch:
        if variation is None:
            return kind.batch([dataset.payload(i, size) for i in part], spec)
        return kind.batch([variation.vary(dataset, i) for i in part], spec)

    with ThreadPoolExecutor(max_workers=min(4, os.cpu_count() or 1)) as pool:
        waiting: list[Future[Batch]] = [pool.submit(prepare, part) for part in parts[:_READ_AHEAD]]
        for number, part in enumerate(parts):
            batch = waiting.pop(0).result()
            if number + _READ_AHEAD < len(parts):
                waiting.append(pool.submit(prepare, parts[number + _READ_AHEAD]))
            yield part, backbone.rows(encoder.embed(batch), batch)


def embed_views(
    dataset: Dataset,
    card: ModelCard,
    load: Callable[[], Backbone],
    workspace: Workspace,
    size: int | None,
    indices: Sequence[int],
    level: str,
    views: int,
    seed: int = 0,
    stop: Callable[[], bool] = lambda: False,
) -> Generator[Event, None, np.ndarray | None]:
    """Embeddings (len(indices), views, dimension) float32 of `indices`; None when `stop` turned true on the way.

    View 0 is the example as it is, and the others are varied at `level`. The rest is as in `embed_dataset`.
    """
    card, load, _ = _acquainted(dataset, card, load, indices)
    found = np.zeros((len(indices), views, card.dimension), dtype=np.float32)
    places: dict[str, list[int]] = {}
    for place, i in enumerate(indices):
        places.setdefault(dataset.examples[i].id, []).append(place)
    for number in range(views):

        def keep(example_id: str, vector: np.ndarray, number: int = number) -> None:
            found[places[example_id], number] = vector

        view = View(level, number, seed) if number else None
        done = yield from embed_rows(dataset, card, load, workspace, size, indices, keep, stop, variation=view)
        if not done:
            return None
    return found
