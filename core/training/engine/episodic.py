"""Prototypical training: every step is an episode, a little exam in telling a few classes apart (Snell et al. 2017)."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from core.data.episodes import clusters_by_class, draw
from core.models.head import LinearHead
from core.training.engine.context import TrainingContext
from core.training.engine.evaluation import loss_and_accuracy
from core.training.engine.heads import nearest_mean_head
from core.training.engine.parts import Part
from core.training.engine.stage import Indices, Metrics, StepOutput
from core.training.engine.tuning import NetworkStage

_LEAST_STEPS = 4
_CHUNK = 64
_FIRST_SPREAD = 10.0
"""Distances are scaled so that they begin at about this, neither all the same nor certain at once."""


@dataclass(frozen=True)
class Episode:
    """Places of examples in a batch: `support` is shown, `query` is asked about, each with the number of its class.

    `turns` are quarter turns of every example of the batch; a class on its side is another class.
    """

    examples: np.ndarray
    turns: np.ndarray
    support: np.ndarray
    support_labels: np.ndarray
    query: np.ndarray
    query_labels: np.ndarray
    ways: int


class EpisodeSampler:
    """Draws episodes from the training examples, with every turn of a class as a class of its own."""

    def __init__(self, context: TrainingContext) -> None:
        self._config = config = context.config
        clusters = clusters_by_class(context.dataset, context.split.train)
        self._classes = [own for own in clusters.values() if len(own) > 1]
        ways = min(config.ways, len(self._classes) * config.turns)
        per_step = ways * (config.supports + config.queries)
        self._steps = max(_LEAST_STEPS, math.ceil(len(context.split.train) * config.turns / max(1, per_step)))

    def batches(self, epoch: int) -> list[np.ndarray]:
        """The examples of every episode of an epoch."""
        return [self.draw(epoch, step).examples for step in range(self._steps)]

    def draw(self, epoch: int, step: int) -> Episode:
        """The episode of this step: it follows from the seed, the epoch and the step."""
        config, known = self._config, len(self._classes)
        rng = np.random.default_rng([config.seed, epoch, step, 2])
        chosen = [divmod(int(kind), known) for kind in rng.permutation(known * config.turns)[: config.ways]]
        drawn = draw([self._classes[number] for _, number in chosen], config.supports, config.queries, rng)
        examples: list[int] = []
        turns: list[int] = []
        is_query: list[bool] = []
        labels: list[int] = []
        for label, ((turn, _), own) in enumerate(zip(chosen, drawn, strict=True)):
            both = (*own.support, *own.query)
            examples += both
            turns += [turn] * len(both)
            labels += [label] * len(both)
            is_query += [False] * len(own.support) + [True] * len(own.query)
        asked, of = np.array(is_query), np.array(labels)
        support, query = np.flatnonzero(~asked), np.flatnonzero(asked)
        return Episode(np.array(examples), np.array(turns), support, of[support], query, of[query], len(chosen))


class EpisodicStage(NetworkStage):
    """Each step: -log softmax(-s |z - prototype|^2) of the questions, with a scale s that is learnt.

    Snell et al. 2017, eq. 2, with distances in units of their mean in the episode; the scale after Oreshkin et al.
    2018, section 3.1. The head, which is evaluated and kept, is the nearest class mean over all training examples.
    """

    def __init__(self, context: TrainingContext, part: Part) -> None:
        config, classes = context.config, len(context.dataset.classes)
        self.linear = LinearHead(context.backbone.card.dimension, classes, normalise=True).to(context.device)
        self.scale = _Scale().to(context.device)
        groups = [
            {"params": part.parameters, "lr": config.learning_rate},
            {"params": [self.scale.log], "lr": 10 * config.learning_rate, "weight_decay": 0.0},
        ]
        super().__init__(context, self.linear, part, groups, frozen_statistics=not context.card.blank)
        self.trained = nn.ModuleDict({"backbone": part.module, "head": self.linear, "scale": self.scale})
        self.sampler = EpisodeSampler(context)

    def logits(self, indices: Indices, epoch: int = 0, training: bool = False) -> Tensor:
        return self.linear(self._embed_chunks(indices))

    def batches(self, epoch: int) -> list[np.ndarray]:
        return self.sampler.batches(epoch)

    def step(self, indices: np.ndarray, epoch: int, step: int) -> StepOutput:
        episode = self.sampler.draw(epoch, step)
        inputs = self.part.inputs(episode.examples, self.context.config.augmentation, epoch)
        found = self.part.module(**_turned_each(inputs, episode.turns)).float()
        return StepOutput(_episode_loss(found, episode, self.scale))

    def refit(self) -> Metrics:
        train = list(self.context.split.train)
        self.mode(False)
        with torch.inference_mode():
            embeddings, targets = self._embed_chunks(train), self.context.targets[train]
            fresh = nearest_mean_head(embeddings, targets, len(self.context.dataset.classes))
            self.linear.load_state_dict(fresh.state_dict())
            return Metrics(*loss_and_accuracy(self.linear(embeddings), targets))

    def _embed_chunks(self, indices: Indices) -> Tensor:
        chunks = [indices[start : start + _CHUNK] for start in range(0, len(indices), _CHUNK)]
        return torch.cat([self.embed(chunk) for chunk in chunks])


class _Scale(nn.Module):
    """How much a distance counts."""

    def __init__(self) -> None:
        super().__init__()
        self.log = nn.Parameter(torch.zeros(()))


def _episode_loss(embeddings: Tensor, episode: Episode, scale: _Scale) -> Tensor:
    """The mean cross-entropy of the questions; embeddings (n, d) of the whole episode."""
    device = embeddings.device
    support = embeddings[torch.from_numpy(episode.support).to(device)]
    labels = torch.from_numpy(episode.support_labels).to(device)
    sums = torch.zeros(episode.ways, embeddings.shape[1], device=device).index_add(0, labels, support)
    prototypes = sums / torch.bincount(labels, minlength=episode.ways)[:, None]
    query = embeddings[torch.from_numpy(episode.query).to(device)]
    distances = torch.cdist(query, prototypes).pow(2)
    usual = distances.detach().mean().clamp(min=1e-12)
    logits = -distances * (_FIRST_SPREAD / usual) * scale.log.exp()
    return F.cross_entropy(logits, torch.from_numpy(episode.query_labels).to(device))


def _turned_each(inputs: dict[str, Tensor], turns: np.ndarray) -> dict[str, Tensor]:
    """Pictures (n, 3, s, s), each turned by its own number of quarter turns."""
    if not turns.any():
        return inputs
    pixels = inputs["pixels"].clone()
    for turn in (1, 2, 3):
        at = torch.from_numpy(np.flatnonzero(turns == turn)).to(pixels.device)
        pixels[at] = torch.rot90(pixels[at], turn, (2, 3))
    return {"pixels": pixels}
