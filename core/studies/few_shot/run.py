"""The few-shot bench: how often a method is right over many episodes of a set, with a model as it is."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

import numpy as np

from core.data.dataset import Dataset
from core.errors import DataError, UserError
from core.evaluation.answers import read_answers
from core.evaluation.intervals import mean_interval
from core.events import EpisodesDone, Event, Warned
from core.messages import Message
from core.models import catalogue as catalog
from core.models.card import ModelCard
from core.models.lineage import model_lineage
from core.runs.folder import RunFolder
from core.studies.few_shot.episodes import Episode, Pool, Shape, check_shape, draw
from core.studies.few_shot.methods import METHODS
from core.studies.few_shot.methods.base import Method
from core.studies.few_shot.shown import ShownEpisode, how_many_to_show, show_episode
from core.studies.few_shot.table import ClassTally, Tally
from core.workspace import Workspace

USUAL_EPISODES = 200
MOST_EPISODES = 10_000
MOST_QUESTIONS = 2_000_000
_NUMBERS_AT_ONCE = 4_000_000
"""As many embedding values are worked on together: memory stays flat, however many episodes there are."""


@dataclass(frozen=True, slots=True)
class Bench:
    """Everything that decides a result on a set."""

    model: str
    method: str
    ways: int
    shots: int
    queries: int
    episodes: int = USUAL_EPISODES
    seed: int = 0

    @property
    def shape(self) -> Shape:
        return Shape(self.ways, self.shots, self.queries)

    def check(self, dataset: Dataset, pool: Pool, workspace: Workspace) -> ModelCard:
        """The model's card; DataError or ModelError when the set, the model and the numbers do not go together."""
        if self.method not in METHODS:
            raise DataError(f"There is no few-shot method '{self.method}'.", f"Choose one of: {', '.join(METHODS)}.")
        card = catalog.get_card(self.model, workspace)
        if card.modality != dataset.modality:
            raise DataError(
                f"{card.title} is a model for {card.modality}s, but '{dataset.title}' holds {dataset.modality}s.",
                f"Choose a model for {dataset.modality}s.",
            )
        check_shape(pool, self.shape)
        if not 2 <= self.episodes <= MOST_EPISODES:
            raise DataError(
                f"The number of episodes must lie between 2 and {MOST_EPISODES:,}, not {self.episodes:,}.",
                "One alone says nothing about the next; 200 are enough to begin with.",
            )
        if not 0 <= self.seed < 2**32:
            raise DataError(f"The seed must be a whole number from 0 to {2**32 - 1:,}, not {self.seed}.")
        asked = self.episodes * self.ways * self.queries
        if asked > MOST_QUESTIONS:
            raise DataError(
                f"{asked:,} questions in all would take too long.",
                f"Choose fewer episodes, classes or questions: up to {MOST_QUESTIONS:,} in all.",
            )
        return card


@dataclass(frozen=True, slots=True)
class BenchResult:
    """How it went.

    `accuracy` is the mean over the episodes, with its 95 % `interval` over episodes (Student's t), from three on:
    what more episodes from this very dataset might change. Nineteen of twenty single episodes lay within
    `episode_range`. `chance` is what guessing gets. `n` questions were asked. `seen` of the examples have taught the
    model, and `left_out` could not be used since copies of them lie in another class.
    """

    bench: Bench
    accuracy: float
    interval: tuple[float, float] | None
    episode_range: tuple[float, float]
    chance: float
    n: int
    classes: list[ClassTally]
    seen: int
    left_out: int
    shown: list[ShownEpisode]

    def summary(self) -> dict[str, Any]:
        """All but the shown episodes, as plain data."""
        names = [field.name for field in fields(self) if field.name not in ("bench", "classes", "shown")]
        plain = {name: getattr(self, name) for name in names}
        return {**asdict(self.bench), **plain, "classes": [asdict(one) for one in self.classes]}


def run_bench(
    dataset: Dataset, bench: Bench, workspace: Workspace, stop: Callable[[], bool] = lambda: False
) -> Generator[Event, None, BenchResult | None]:
    """Embed what the episodes need (or take it from the cache), then answer them. Yields progress; None when stopped.

    DataError or ModelError when `bench` asks for what cannot be.
    """
    from core.models.embeddings import embed_dataset
    from core.models.trained import load_backbone

    pool = Pool.of(dataset)
    card = bench.check(dataset, pool, workspace)
    episodes = [draw(pool, bench.shape, bench.seed, number) for number in range(bench.episodes)]
    used = sorted({i for episode in episodes for i in (*episode.support, *episode.query)})
    known = examples_seen(bench.model, workspace)
    seen = sum(dataset.examples[i].id in known for i in used)
    if seen:
        yield Warned(
            Message(
                "The model was trained on {seen} of these {n} examples, so it does better here than it would on new "
                "ones.",
                seen=seen, n=len(used),
            )
        )  # fmt: skip
    vectors = yield from embed_dataset(
        dataset, card, lambda: load_backbone(card.id, workspace), workspace, indices=used, stop=stop
    )
    if vectors is None:
        return None
    method, tally, shown = METHODS[bench.method], Tally(dataset.classes, bench.shape), []
    for part, scores in answer_all(vectors, episodes, bench.shape, method):
        tally.add(part, scores.argmax(-1))
        for episode, one in zip(part, scores, strict=True):
            if len(shown) < how_many_to_show(bench.shape):
                shown.append(show_episode(episode, vectors, one, bench.shape))
        yield EpisodesDone(tally.episodes, bench.episodes, tally.accuracy, *(tally.interval or (None, None)))
        if stop():
            return None
    right = tally.shares
    low, high = np.quantile(right, [0.025, 0.975])
    return BenchResult(
        bench, tally.accuracy, mean_interval(right), (float(low), float(high)), 1 / bench.ways,
        len(right) * bench.ways * bench.queries, tally.classes(), seen, pool.left_out, shown,
    )  # fmt: skip


def answer_all(
    vectors: np.ndarray, episodes: Sequence[Episode], shape: Shape, method: Method
) -> Iterator[tuple[Sequence[Episode], np.ndarray]]:
    """Scores (part, ways * queries, ways) for a part of the episodes at a time, from embeddings (n, d) of the set."""
    labels = np.repeat(np.arange(shape.ways), shape.shots)
    size = max(1, _NUMBERS_AT_ONCE // (shape.ways * (shape.shots + shape.queries) * vectors.shape[1]))
    for start in range(0, len(episodes), size):
        part = episodes[start : start + size]
        predict = method.fit(vectors[[episode.support for episode in part]], labels)
        yield part, predict(vectors[[episode.query for episode in part]])


# Which examples one's own pretrained model has learnt from: on those it does better than on new ones.


def examples_seen(model_id: str, workspace: Workspace) -> set[str]:
    """Ids of the examples that taught the run `model_id`, and those that it started from, as far as is still known.

    A bundled or Hub model gives none: what it was pretrained on is not known here by example.
    """
    seen: set[str] = set()
    for one in model_lineage(model_id, workspace).runs:
        try:
            dataset = Dataset.load(one.dataset, workspace)
        except UserError:  # the set was deleted
            continue
        judged = {answer.example for answer in read_answers(RunFolder.find(one.run, workspace).path)}
        seen |= {example.id for example in dataset.examples} - judged
    return seen
