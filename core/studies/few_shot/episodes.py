"""Episodes: little exams of a few classes, drawn from a set so that no example can give away another's answer."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.data.dataset import Dataset
from core.data.episodes import draw as draw_classes
from core.errors import DataError
from core.messages import Message, counted

USUAL_WAYS, USUAL_SHOTS, USUAL_QUERIES = 5, 5, 15


@dataclass(frozen=True, slots=True)
class Shape:
    """How big an episode is: `ways` classes, of each `shots` labelled examples and `queries` to be asked about."""

    ways: int
    shots: int
    queries: int


@dataclass(frozen=True, slots=True)
class Episode:
    """One exam: the labels of its classes, and the indices of its examples, class by class.

    `support` has ways * shots of them, `query` ways * queries.
    """

    classes: tuple[str, ...]
    support: tuple[int, ...]
    query: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Pool:
    """What episodes are drawn from: for every class its clusters of indices (see `Dataset.clusters`).

    One example of a cluster at most is in an episode, so neither a copy nor the next frame of a burst is ever asked
    about. `left_out` counts the examples whose cluster lies in several classes: they could only be judged unfairly.
    `blocks` numbers what comes from one source (see `Dataset.blocks`); None where nothing says where it comes from.
    """

    title: str
    clusters: dict[str, tuple[tuple[int, ...], ...]]
    left_out: int
    blocks: tuple[int, ...] | None = None

    @classmethod
    def of(cls, dataset: Dataset) -> Pool:
        members: dict[str, list[int]] = {}
        for i, cluster in enumerate(dataset.clusters):
            members.setdefault(cluster, []).append(i)
        found: dict[str, list[tuple[int, ...]]] = {label: [] for label in dataset.classes}
        left_out = 0
        for indices in members.values():
            labels = {dataset.examples[i].label for i in indices}
            if len(labels) == 1:
                found[labels.pop()].append(tuple(indices))
            else:
                left_out += len(indices)
        numbers = {name: number for number, name in enumerate(dict.fromkeys(dataset.blocks))}
        from_sources = any(example.source for example in dataset.examples)
        blocks = tuple(numbers[name] for name in dataset.blocks) if from_sources else None
        return cls(dataset.title, {label: tuple(clusters) for label, clusters in found.items()}, left_out, blocks)

    @property
    def most_ways(self) -> int:
        """How many classes have at least one example to learn from and another to be asked about."""
        return sum(len(clusters) >= 2 for clusters in self.clusters.values())

    def room(self, ways: int) -> int:
        """How many different examples, shots and queries together, each of `ways` classes can give."""
        sizes = sorted(map(len, self.clusters.values()), reverse=True)
        return sizes[ways - 1] if 1 <= ways <= len(sizes) else 0

    def able(self, needed: int) -> list[str]:
        """The classes with so many different examples, in the set's order."""
        return [label for label, clusters in self.clusters.items() if len(clusters) >= needed]


def fitting(pool: Pool, ways: int | None = None, shots: int | None = None, queries: int | None = None) -> Shape:
    """The usual shape (5 ways, 5 shots, 15 queries) made no bigger than the set allows; what is given stays.

    DataError when the set allows none.
    """
    if pool.most_ways < 2:
        raise DataError(
            Message("'{dataset}' does not have two classes with two different examples each.", dataset=pool.title),
            Message("Add examples: each class needs one as a shot and another as a query."),
        )
    ways = ways if ways is not None else min(USUAL_WAYS, pool.most_ways)
    room = max(2, pool.room(ways))
    shots = shots if shots is not None else max(1, min(USUAL_SHOTS, room // 2, room - (queries or 1)))
    queries = queries if queries is not None else max(1, min(USUAL_QUERIES, room - shots))
    return Shape(ways, shots, queries)


def check_shape(pool: Pool, shape: Shape) -> None:
    """DataError when the set cannot give episodes of this shape; it says what it can give."""
    if shape.ways < 2 or shape.shots < 1 or shape.queries < 1:
        raise DataError(Message("An episode needs at least two classes, and one shot and one query of each."))
    fitting(pool)
    if shape.ways > pool.most_ways:
        raise DataError(
            counted(
                "{ways} classes were chosen, but only {n} class of '{dataset}' has two different examples or more.",
                "{ways} classes were chosen, but only {n} classes of '{dataset}' have two different examples or "
                "more.",
                n=pool.most_ways, ways=shape.ways, dataset=pool.title,
            ),
            Message("Choose at most {n} classes.", n=pool.most_ways),
        )  # fmt: skip
    needed = shape.shots + shape.queries
    able = len(pool.able(needed))
    if shape.ways > able:
        raise DataError(
            counted(
                "{needed} different examples of each class are needed ({shots} shots and {queries} queries). Of "
                "the {classes} classes of '{dataset}' only {n} has so many.",
                "{needed} different examples of each class are needed ({shots} shots and {queries} queries). Of "
                "the {classes} classes of '{dataset}' only {n} have so many.",
                n=able, needed=needed, shots=shape.shots, queries=shape.queries, classes=len(pool.clusters),
                dataset=pool.title,
            ),
            Message("With {ways} classes there is room for {n} in all.", ways=shape.ways, n=pool.room(shape.ways)),
        )  # fmt: skip


def draw(pool: Pool, shape: Shape, seed: int, number: int) -> Episode:
    """Episode `number` of a seed: the same whenever and wherever it is drawn.

    `shape` must be one that `check_shape` accepts. Queries are drawn before supports: with more shots the questions
    stay the same and the supports get company, so shots can be compared.
    """
    rng = np.random.default_rng([seed, number])
    able = pool.able(shape.shots + shape.queries)
    classes = [able[i] for i in sorted(rng.permutation(len(able))[: shape.ways])]
    drawn = draw_classes(
        [pool.clusters[label] for label in classes], shape.shots, shape.queries, rng,
        questions_first=True, blocks=pool.blocks,
    )  # fmt: skip
    support = tuple(i for one in drawn for i in one.support)
    return Episode(tuple(classes), support, tuple(i for one in drawn for i in one.query))
