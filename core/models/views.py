"""Several views of every example, embedded: a handful of examples says more when each is looked at more than once."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Generator, Sequence

import numpy as np

from core.data.dataset import Dataset
from core.events import Event
from core.modalities.base import Payload
from core.models.backbone import Backbone
from core.models.card import ModelCard
from core.models.embeddings import embed_rows
from core.workspace import Workspace


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
