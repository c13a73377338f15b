"""`run(design, context)`: how often a method is right over many episodes of a dataset, with a model as it is."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from dataclasses import asdict

import numpy as np
import torch

from core.data.dataset import Dataset
from core.evaluation.intervals import mean_interval
from core.events import Event, Warned
from core.messages import Message
from core.models.backbone import tensors
from core.models.card import ModelCard
from core.models.embeddings import embed_dataset
from core.models.trained import load_backbone
from core.results.finished_run import ids_learned_from
from core.studies.base import Context
from core.studies.events import EpisodesDone, EpisodesScored
from core.studies.few_shot.design import FewShotDesign
from core.studies.few_shot.episodes import Episode, Pool, Shape, draw
from core.studies.few_shot.methods import METHODS
from core.studies.few_shot.methods.base import Method
from core.studies.few_shot.shown import ShownEpisode, how_many_to_show, show_episode, write_shown
from core.studies.few_shot.tally import Tally
from core.workspace import Workspace

_NUMBERS_AT_ONCE = 4_000_000
"""As many embedding values are worked on together: memory stays flat, however many episodes there are."""


def run(design: FewShotDesign, context: Context) -> Generator[Event, None, bool]:
    """Embed what the episodes need (or take it from the cache), then answer them; some are kept to be looked at.

    Yields progress, EpisodesDone and, at the end, EpisodesScored; returns False when it was stopped. DataError or
    ModelError when `design` asks for what cannot be.
    """
    dataset, workspace = context.dataset, context.workspace
    pool = Pool.of(dataset)
    card = design.check(dataset, pool, workspace)
    episodes = [draw(pool, design.shape, design.seed, number) for number in range(design.episodes)]
    used = sorted({i for episode in episodes for i in (*episode.support, *episode.query)})
    known = ids_learned_from(design.model, workspace)
    seen = sum(dataset.examples[i].id in known for i in used)
    if seen:
        yield Warned(
            Message(
                "The model was trained on {seen} of these {n} examples, so it does better here than it would on new "
                "ones.", seen=seen, n=len(used),
            )
        )  # fmt: skip
    if card.in_context:
        vectors = np.zeros((len(dataset.examples), card.dimension), dtype=np.float32)
        answered = answer_in_context(vectors, dataset, card, episodes, used, workspace)
    else:
        found = yield from embed_dataset(
            dataset, card, lambda: load_backbone(card.id, workspace), workspace, indices=used, stop=context.stop
        )
        if found is None:
            return False
        vectors, answered = found, answer_all(found, episodes, design.shape, METHODS[design.method])
    tally, shown = Tally(dataset.classes, design.shape), list[ShownEpisode]()
    for part, scores in answered:
        tally.add(part, scores.argmax(-1))
        for episode, one in zip(part, scores, strict=True):
            if len(shown) < how_many_to_show(design.shape):
                shown.append(show_episode(episode, vectors, one, design.shape))
        yield EpisodesDone(tally.episodes, design.episodes, tally.accuracy, *(tally.interval or (None, None)))
        if context.stop():
            return False
    write_shown(shown, context.kept.path)
    right = tally.shares
    low, high = np.quantile(right, [0.025, 0.975])
    yield EpisodesScored(
        tally.accuracy, mean_interval(right), (float(low), float(high)), 1 / design.ways,
        len(right) * design.ways * design.queries, tuple(asdict(one) for one in tally.classes()), seen, pool.left_out,
    )  # fmt: skip
    return True


def answer_in_context(
    vectors: np.ndarray,
    dataset: Dataset,
    card: ModelCard,
    episodes: Sequence[Episode],
    used: Sequence[int],
    workspace: Workspace,
) -> Iterator[tuple[Sequence[Episode], np.ndarray]]:
    """As `answer_all`, by a model that is shown the supports with their classes and asked about the queries. What it
    makes of an episode's examples is put into `vectors` (n, d) when that is answered; what numbers and categories there
    are it sees in all that are `used`, without their classes."""
    backbone = load_backbone(card.id, workspace)
    if not backbone.extras():  # nobody trained it on a table of his own
        backbone.meet(dataset.payload(i) for i in used)
    for episode in episodes:
        ways = len(episode.classes)
        support, everyone = [dataset.payload(i) for i in episode.support], [*episode.support, *episode.query]
        backbone.show(support, np.repeat(np.arange(ways), len(support) // ways).tolist(), ways)
        head = backbone.last_layer()
        assert head is not None
        batch = dataset.kind.batch([dataset.payload(i) for i in everyone], backbone.spec())
        with torch.inference_mode():
            found = backbone(**tensors(batch))
            scores = head(found[len(support) :]).numpy()
        vectors[everyone] = found.numpy()
        yield [episode], scores[None]


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
