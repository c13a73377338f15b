"""Contrastive tuning: examples of a class move together, others apart; then a head (Khosla 2020; Tunstall 2022)."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from core.models.head import LinearHead
from core.training.engine.context import TrainingContext
from core.training.engine.evaluation import loss_and_accuracy
from core.training.engine.heads import fit_logistic
from core.training.engine.parts import Part
from core.training.engine.stage import Indices, Metrics, ParameterGroup, StepOutput
from core.training.engine.tuning import NetworkStage

TEMPERATURE = 0.1
PENALTY = 0.1
_LEAST_STEPS = 4
_CHUNK = 32


class ContrastiveStage(NetworkStage):
    """Each step compares all examples of its batch; at every look at the curve a logistic regression is solved."""

    def __init__(self, context: TrainingContext, part: Part, groups: list[ParameterGroup]) -> None:
        head = LinearHead(context.backbone.card.dimension, len(context.dataset.classes)).to(context.device)
        super().__init__(context, head, part, groups)
        self.linear = head
        varied = context.config.augmentation != "none" or int(context.class_counts.min()) < 2
        self.views = 2 if varied else 1

    def logits(self, indices: Indices, epoch: int = 0, training: bool = False) -> Tensor:
        return self.linear(self.embed(indices))

    def embed(self, indices: Indices, augmentation: str = "none", epoch: int = 0) -> Tensor:
        """Embeddings (n, d), in chunks of like length: a long message among short ones would make them all long."""
        chosen = np.array(indices)
        order = self.context.by_length(chosen)
        chunks = [chosen[order[start : start + _CHUNK]] for start in range(0, len(order), _CHUNK)]
        found = torch.cat([super(ContrastiveStage, self).embed(chunk, augmentation, epoch) for chunk in chunks])
        return found[torch.from_numpy(np.argsort(order))]

    def prefetch(self, indices: np.ndarray, epoch: int) -> None:
        return None  # they are asked for in chunks

    def batches(self, epoch: int) -> list[np.ndarray]:
        return paired_batches(self.context, epoch)

    def step(self, indices: np.ndarray, epoch: int, step: int) -> StepOutput:
        moment, augmentation = (epoch * 1000 + step) * self.views, self.context.config.augmentation
        seen = torch.cat([self.embed(indices, augmentation, moment + view) for view in range(self.views)])
        targets = self.context.targets[torch.from_numpy(indices)]
        return StepOutput(supervised_contrastive(seen, targets.repeat(self.views)))

    def refit(self) -> Metrics:
        train = list(self.context.split.train)
        self.mode(False)
        with torch.inference_mode():
            embeddings, targets = self.embed(train), self.context.targets[train]
            fit_logistic(self.linear, embeddings, targets, PENALTY)
            return Metrics(*loss_and_accuracy(self.linear(embeddings), targets))


def supervised_contrastive(embeddings: Tensor, targets: Tensor) -> Tensor:
    """Mean over the examples of -1/|P(i)| sum over p in P(i) of log softmax(z_i . z_p / t), z of unit length.

    `embeddings` (n, d), `targets` (n,). P(i) are the other examples of i's class; those without any do not count.
    Khosla et al. 2020, eq. 2 (L_out).
    """
    z = F.normalize(embeddings.float(), dim=1)
    itself = torch.eye(len(z), dtype=torch.bool, device=z.device)
    with torch.autocast(z.device.type, enabled=False):  # cosines are told apart by less than bfloat16 can
        log_share = F.log_softmax((z @ z.T / TEMPERATURE).masked_fill(itself, float("-inf")), dim=1)
    same = (targets[:, None] == targets[None, :]) & ~itself
    count = same.sum(1)
    means = log_share.masked_fill(~same, 0.0).sum(1) / count.clamp(min=1)
    return -means.sum() / (count > 0).sum().clamp(min=1)


def paired_batches(context: TrainingContext, epoch: int) -> list[np.ndarray]:
    """The training examples in batches in which nearly everyone has a partner of its own class.

    Few examples all come in every batch, and an epoch is at least four batches: one comparison of each pair is not
    much to learn from.
    """
    rng = np.random.default_rng([context.config.seed, epoch])
    targets = context.targets.cpu().numpy()
    batches: list[np.ndarray] = []
    pieces = 1
    while len(batches) < _LEAST_STEPS:
        order = rng.permutation(np.array(context.split.train))
        pairs: list[np.ndarray] = []
        for label in np.unique(targets[order]):
            own = order[targets[order] == label]
            pairs += [own[start : start + 2] for start in range(0, len(own), 2)]
        mixed = np.concatenate([pairs[i] for i in rng.permutation(len(pairs))])
        pieces = max(1, round(len(mixed) / context.config.batch_size))
        batches += np.array_split(mixed, pieces)
    return batches[: max(_LEAST_STEPS, pieces)]
