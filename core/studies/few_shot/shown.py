"""Episodes to look at: what was asked, what was answered and why, and where everything lies on a map."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from core.data.dataset import Dataset
from core.errors import RunError
from core.evaluation.projection import project_to_plane
from core.messages import Message
from core.storage import Damaged, read_lines, write_lines
from core.studies.few_shot.episodes import Episode, Shape
from core.studies.few_shot.methods.base import prototypes, unit

FILE = "episodes.jsonl"
_MOST = 100
_MOST_SCORES = 200_000
"""As many scores are kept in all, whatever the size of an episode."""

Place = tuple[float, float]


@dataclass(frozen=True, slots=True)
class ShownEpisode:
    """One episode with its answers.

    `support` and `query` are indices of the set's examples, class by class; `scores` has a row for each query and a
    column for each of `classes`; `answers` are column numbers. The map's places are principal components of the
    embeddings, brought to unit length, and show `map_share` of their differences.
    """

    classes: tuple[str, ...]
    support: tuple[int, ...]
    query: tuple[int, ...]
    scores: list[list[float]]
    answers: list[int]
    support_places: list[Place]
    query_places: list[Place]
    prototype_places: list[Place]
    map_share: float

    def truth(self, number: int) -> int:
        """The column number of the class that the query at place `number` is of."""
        return number // (len(self.query) // len(self.classes))

    def right(self, number: int) -> bool:
        return self.answers[number] == self.truth(number)

    def to_dict(self, dataset: Dataset) -> dict[str, Any]:
        """The same as plain data, the examples by name and the answers by class: for readers without the set."""
        named = {part: [dataset.examples[i].name for i in getattr(self, part)] for part in ("support", "query")}
        return {**asdict(self), **named, "answers": [self.classes[answer] for answer in self.answers]}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> ShownEpisode:
        lists = {name: tuple(data[name]) for name in ("classes", "support", "query")}
        return cls(**{**data, **lists})


def how_many_to_show(shape: Shape) -> int:
    """So many episodes are kept to be looked at."""
    return max(1, min(_MOST, _MOST_SCORES // (shape.ways * shape.queries * shape.ways)))


def show_episode(episode: Episode, vectors: np.ndarray, scores: np.ndarray, shape: Shape) -> ShownEpisode:
    """From embeddings (n, d) of the set, and the episode's scores (ways * queries, ways)."""
    support, query = unit(vectors[list(episode.support)]), unit(vectors[list(episode.query)])
    means = prototypes(support, np.repeat(np.arange(shape.ways), shape.shots))
    places, share = project_to_plane(np.concatenate([support, query, means]))
    as_lists = [(round(x, 4), round(y, 4)) for x, y in places.tolist()]
    first, last = len(support), len(support) + len(query)
    return ShownEpisode(
        episode.classes, episode.support, episode.query,
        [[float(f"{score:.5g}") for score in row] for row in scores.tolist()], scores.argmax(-1).tolist(),
        as_lists[:first], as_lists[first:last], as_lists[last:], share,
    )  # fmt: skip


def write_shown(shown: Iterable[ShownEpisode], folder: Path) -> None:
    write_lines(folder / FILE, map(asdict, shown))


def read_shown(folder: Path) -> list[ShownEpisode]:
    """The episodes in a job's folder, episode 1 first; none when it has not come that far. RunError where they are
    damaged."""
    rows = read_lines(folder / FILE, ShownEpisode.from_dict)
    if isinstance(rows, Damaged):
        if rows.missing:
            return []
        raise RunError(rows.why, Message("Start the study again."))
    return rows
