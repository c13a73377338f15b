"""Training a network that answers from labelled examples: each step some are the questions, and the rest are shown."""

from __future__ import annotations

from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from core.models.head import LinearHead
from core.training.engine.context import TrainingContext
from core.training.engine.parts import Part
from core.training.engine.stage import Indices, ParameterGroup, StepOutput
from core.training.engine.tuning import NetworkStage

_ASKED = 1 / 3
"""At most this share of the training examples are questions: the rest must be enough to answer from."""
_SHOWN = 256
"""Of more examples so many are shown in a step, drawn anew each time."""


class _Answers(Protocol):
    """What a backbone can do that answers from labelled examples (see `ModelCard.in_context`)."""

    def answer(self, shown: Tensor, labels: Tensor, asked: Tensor, labelling: int) -> Tensor: ...

    def last_layer(self) -> LinearHead: ...


class InContextStage(NetworkStage):
    """A question is one of the training examples, answered from others; its class must be among theirs.

    When it is evaluated, all training examples are shown. Its last layer follows from them and is never trained.
    """

    def __init__(self, context: TrainingContext, part: Part, groups: list[ParameterGroup]) -> None:
        self.network: _Answers = context.backbone  # type: ignore[assignment]  # the plan saw to it
        super().__init__(context, self.network.last_layer(), part, groups)
        self.features = part.inputs(context.split.train)["features"]

    def batches(self, epoch: int) -> list[np.ndarray]:
        most = max(1, int(_ASKED * len(self.context.split.train)))
        return self.context.batches(epoch, min(self.settings.batch_size, most))

    def mode(self, training: bool) -> None:
        super().mode(training)
        if not training:
            assert isinstance(self.head, LinearHead)
            self.head.load_state_dict(self.network.last_layer().state_dict())

    def logits(self, indices: Indices, epoch: int = 0, training: bool = False) -> Tensor:
        found: Tensor = self.head(self.embed(indices))
        return found

    def step(self, indices: np.ndarray, epoch: int, step: int) -> StepOutput:
        context, train = self.context, np.array(self.context.split.train)
        rng = np.random.default_rng([context.config.seed, epoch, step, 3])
        places = rng.permutation(np.flatnonzero(~np.isin(train, indices)))[:_SHOWN]
        labels = context.targets[torch.from_numpy(train[places])]
        asked = self.part.inputs(indices, context.config.augmentation, epoch)["features"]
        shown = self.features[torch.from_numpy(places)]
        logits = self.network.answer(shown, labels, asked, step)
        targets = context.targets[torch.from_numpy(indices)]
        answerable = torch.isin(targets, labels)
        reported = logits.masked_fill(~answerable[:, None], 0.0)  # the only one of its class: nothing can be known
        if not answerable.any():
            return StepOutput(reported.sum() * 0.0, reported)
        return StepOutput(self.loss(logits[answerable], targets[answerable]), reported)
