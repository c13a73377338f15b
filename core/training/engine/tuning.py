"""Tuning a network, or a part of it, together with its head: what the strategies that do so have in common."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from core.models.backbone import freeze_statistics
from core.models.head import CosineHead, LinearHead
from core.training.engine.context import TrainingContext
from core.training.engine.parts import Part
from core.training.engine.stage import Indices, Metrics, ParameterGroup, Stage, StepOutput

HEAD_FACTOR = 5.0
"""The head may move faster than the layers below it."""


class NetworkStage(Stage):
    """A stage in which a part of the network learns."""

    warmup = 0.1

    def __init__(
        self,
        context: TrainingContext,
        head: LinearHead | CosineHead,
        part: Part,
        groups: list[ParameterGroup],
        start: tuple[Metrics, Metrics] | None = None,
        *,
        frozen_statistics: bool = True,
    ) -> None:
        """`frozen_statistics`: BatchNorm keeps those of the pretraining."""
        super().__init__(context, head, nn.ModuleDict({"backbone": part.module, "head": head}), groups, start=start)
        self.part = part
        self.frozen_statistics = frozen_statistics

    def mode(self, training: bool) -> None:
        self.trained.train(training)
        if self.frozen_statistics:
            freeze_statistics(self.part.module)

    def prefetch(self, indices: np.ndarray, epoch: int) -> None:
        self.part.prefetch(indices, self.context.config.augmentation, epoch)

    def embed(self, indices: Indices, augmentation: str = "none", epoch: int = 0) -> Tensor:
        """Embeddings (n, d) of these examples."""
        return self.part.embed(indices, augmentation, epoch)

    def finish(self) -> LinearHead:
        self.part.finish()
        return super().finish()


class TuningStage(NetworkStage):
    """The network and its head learn from labelled examples, blended and turned as configured.

    The head may know more classes than there are, one for each turn of a picture; only the upright ones are kept.
    """

    def __init__(
        self,
        context: TrainingContext,
        head: LinearHead | CosineHead,
        part: Part,
        groups: list[ParameterGroup],
        start: tuple[Metrics, Metrics] | None = None,
        *,
        frozen_statistics: bool = True,
    ) -> None:
        own = {"params": list(head.parameters()), "lr": context.config.learning_rate * HEAD_FACTOR}
        super().__init__(context, head, part, [*groups, own], start, frozen_statistics=frozen_statistics)
        self.classes = len(context.dataset.classes)

    def logits(self, indices: Indices, epoch: int = 0, training: bool = False) -> Tensor:
        augmentation = self.context.config.augmentation if training else "none"
        logits: Tensor = self.head(self.embed(indices, augmentation, epoch))
        return logits[:, : self.classes]

    def step(self, indices: np.ndarray, epoch: int, step: int) -> StepOutput:
        """A blend is x = a x_i + (1 - a) x_j with both labels in proportion, a ~ Beta(alpha, alpha): Zhang et al. 2018,
        eq. 1. What is reported are the upright pictures, a blend as the one that makes up more of it.
        """
        config = self.context.config
        alpha, turns = config.mixup, config.turns
        if not alpha and turns == 1:
            return super().step(indices, epoch, step)
        targets = self.context.targets[torch.from_numpy(indices)]
        inputs, share, other = self.part.inputs(indices, config.augmentation, epoch), 1.0, targets
        if alpha:
            rng = np.random.default_rng([config.seed, epoch, step, 1])
            share = float(rng.beta(alpha, alpha))
            share = max(share, 1 - share)
            partner = torch.from_numpy(rng.permutation(len(indices)))
            inputs = {name: share * x + (1 - share) * x[partner] for name, x in inputs.items()}
            other = targets[partner]
        logits = self.head(self.part.module(**turned_inputs(inputs, turns)))
        loss = share * self.loss(logits, turned_targets(targets, self.classes, turns))
        if share < 1:
            loss = loss + (1 - share) * self.loss(logits, turned_targets(other, self.classes, turns))
        return StepOutput(loss, logits[: len(indices), : self.classes])

    def finish(self) -> LinearHead:
        self.part.finish()
        head = self.head
        return head.first(self.classes) if isinstance(head, LinearHead) else head.as_linear(self.classes)


def turned_inputs(inputs: dict[str, Tensor], turns: int) -> dict[str, Tensor]:
    """Pictures (n, 3, s, s) as they are, then turned by 90, 180 and 270 degrees: (turns * n, 3, s, s).

    A letter on its side is another letter, so turns are new classes (Santoro et al. 2016; Vinyals et al. 2016).
    """
    if turns == 1:
        return inputs
    turned = torch.cat([torch.rot90(inputs["pixels"], turn, (2, 3)) for turn in range(turns)])
    return {"pixels": turned.contiguous(memory_format=torch.channels_last)}


def turned_targets(targets: Tensor, classes: int, turns: int) -> Tensor:
    """The class numbers (n,) of the pictures that `turned_inputs` gives: (turns * n,), each turn has its own."""
    return torch.cat([targets + turn * classes for turn in range(turns)])
