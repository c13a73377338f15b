"""How episodes are drawn: little exams of a few classes, in which no example can give away another's answer.

The few-shot bench draws its exams here, and training by little exams its steps.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from core.data.dataset import Dataset

Clusters: TypeAlias = Sequence[Sequence[int]]
"""The examples of one class by their index in the dataset, those of a cluster together (see `Dataset.clusters`)."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """The examples of one class in an episode: the `support` is shown with its label, the `query` is asked about."""

    support: tuple[int, ...]
    query: tuple[int, ...]


def clusters_by_class(dataset: Dataset, indices: Iterable[int]) -> dict[str, Clusters]:
    """What episodes are drawn from: for every class among these examples its clusters, in order of appearance."""
    found: dict[str, dict[str, list[int]]] = {}
    for i in indices:
        found.setdefault(dataset.examples[i].label, {}).setdefault(dataset.clusters[i], []).append(i)
    return {label: list(clusters.values()) for label, clusters in found.items()}


def draw(
    classes: Sequence[Clusters],
    shots: int,
    queries: int,
    rng: np.random.Generator,
    *,
    questions_first: bool = False,
    blocks: Sequence[int] | None = None,
) -> list[Drawn]:
    """An episode of these classes, each of two clusters or more.

    One example of a cluster at most takes part, so neither a copy nor the next frame of a burst is asked about. A class
    with fewer clusters than that gives fewer queries, and then fewer shots. With `questions_first`, more shots keep the
    same questions and the supports get company, so that shots can be compared.

    `blocks` says for each example which it is in (see `Dataset.blocks`). Then queries come from some of these and
    supports from others, in all classes the same, as far as they last.
    """
    rank = None if blocks is None else rng.permutation(max(blocks) + 1)
    drawn = []
    for clusters in classes:
        order = rng.permutation(len(clusters)).tolist()
        if blocks is not None and rank is not None:
            order.sort(key=lambda place, own=clusters: rank[blocks[own[place][0]]])
            order = [*order[:queries], *order[max(queries, len(order) - shots) :]]
        order = order[: shots + queries]
        chosen = [_one_of(clusters[i], rng) for i in order]
        shown = min(shots, len(clusters) - 1)
        if questions_first:
            asked = len(chosen) - shown
            drawn.append(Drawn(tuple(chosen[asked:]), tuple(chosen[:asked])))
        else:
            drawn.append(Drawn(tuple(chosen[:shown]), tuple(chosen[shown:])))
    return drawn


def _one_of(cluster: Sequence[int], rng: np.random.Generator) -> int:
    return cluster[0] if len(cluster) == 1 else cluster[int(rng.integers(len(cluster)))]
