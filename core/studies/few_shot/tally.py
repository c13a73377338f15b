"""Counting answers over episodes: how often right in each, and class by class."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.evaluation.intervals import mean_interval, wilson
from core.studies.few_shot.episodes import Episode, Shape


@dataclass(frozen=True, slots=True)
class ClassTally:
    """One class: asked about in `episodes` episodes, `n` times in all, about `examples` different examples.

    `accuracy` is the share that was right. Its 95 % `interval` (Wilson) counts each different example once, since
    asking about the same one again says little new. `taken_for` is the wrong answer given most often, in `taken_share`
    of the questions; None if there was none.
    """

    label: str
    episodes: int
    n: int
    examples: int
    accuracy: float
    interval: tuple[float, float]
    taken_for: str | None
    taken_share: float


class Tally:
    """What has been answered so far in episodes of one shape."""

    def __init__(self, classes: Sequence[str], shape: Shape) -> None:
        self._names = list(classes)
        self._at = {label: i for i, label in enumerate(classes)}
        self._shape = shape
        self._truths: list[np.ndarray] = []
        self._answers: list[np.ndarray] = []
        self._queries: list[np.ndarray] = []

    def add(self, episodes: Sequence[Episode], answers: np.ndarray) -> None:
        """`answers` (len(episodes), ways * queries): for each query the number of a class of its episode."""
        classes = np.array([[self._at[label] for label in episode.classes] for episode in episodes])
        self._truths.append(np.repeat(classes, self._shape.queries, axis=1).astype(np.int32))
        self._answers.append(np.take_along_axis(classes, answers, axis=1).astype(np.int32))
        self._queries.append(np.array([episode.query for episode in episodes], dtype=np.int32))

    @property
    def shares(self) -> np.ndarray:
        """The share that was right in each episode, (episodes,)."""
        return np.concatenate([(t == a).mean(1) for t, a in zip(self._truths, self._answers, strict=True)])

    @property
    def episodes(self) -> int:
        return sum(map(len, self._truths))

    @property
    def accuracy(self) -> float:
        return float(self.shares.mean())

    @property
    def interval(self) -> tuple[float, float] | None:
        return mean_interval(self.shares)

    def classes(self) -> list[ClassTally]:
        """Every class that was asked about, in the set's order."""
        truths, answers, queries = (
            np.concatenate(parts).ravel() for parts in (self._truths, self._answers, self._queries)
        )
        order = np.argsort(truths, kind="stable")
        found, starts = np.unique(truths[order], return_index=True)
        return [
            self._one(int(label), answers[rows], queries[rows])
            for label, rows in zip(found, np.split(order, starts[1:]), strict=True)
        ]

    def _one(self, label: int, answers: np.ndarray, queries: np.ndarray) -> ClassTally:
        n, examples = len(answers), len(np.unique(queries))
        share = float((answers == label).mean())
        wrong, times = np.unique(answers[answers != label], return_counts=True)
        most = int(times.argmax()) if len(wrong) else None
        return ClassTally(
            self._names[label], n // self._shape.queries, n, examples, share, wilson(share * examples, examples),
            None if most is None else self._names[int(wrong[most])], 0.0 if most is None else float(times[most]) / n,
        )  # fmt: skip
