"""An episode that can be drawn and answered at once, since the embeddings of its examples are kept. No torch here."""

from __future__ import annotations

import numpy as np

from core.cache import CACHE_VIEW, VectorCache
from core.data.dataset import Dataset
from core.errors import UserError
from core.models.catalogue import get_card
from core.studies.few_shot.design import FewShotDesign
from core.studies.few_shot.episodes import Pool, draw
from core.studies.few_shot.methods import METHODS
from core.studies.few_shot.shown import ShownEpisode, show_episode
from core.workspace import Workspace


def answered_at_once(dataset: Dataset, design: FewShotDesign, workspace: Workspace) -> ShownEpisode | None:
    """The first episode of a bench, as `run` would answer it. None where an example of it was never embedded with this
    model, or the model has to look at the examples itself."""
    try:
        card = get_card(design.model, workspace)
    except UserError:  # it was deleted
        return None
    if card.in_context or card.fits:
        return None
    episode = draw(Pool.of(dataset), design.shape, design.seed, 0)
    used = [*episode.support, *episode.query]
    cache = VectorCache(workspace, card.identity, card.input_size, CACHE_VIEW, foreign=dataset.foreign)
    known = cache.get([dataset.examples[i].id for i in used])
    if not all(dataset.examples[i].id in known for i in used):
        return None
    vectors = np.zeros((max(used) + 1, len(next(iter(known.values())))), dtype=np.float32)
    vectors[used] = [known[dataset.examples[i].id] for i in used]
    labels = np.repeat(np.arange(design.ways), design.shots)
    predict = METHODS[design.method].fit(vectors[list(episode.support)], labels)
    return show_episode(episode, vectors, predict(vectors[list(episode.query)]), design.shape)
