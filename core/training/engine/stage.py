"""A stage: one stretch of training under one optimiser, and what a step, an evaluation and the end of it give."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, TypeAlias

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from core.messages import Message
from core.models.head import CosineHead, LinearHead
from core.training.engine.context import TrainingContext
from core.training.engine.device import mixed_precision, seed_step
from core.training.spec.config import TrainingConfig

Indices: TypeAlias = Sequence[int] | np.ndarray
"""Examples by their index in the dataset."""

ParameterGroup: TypeAlias = dict[str, Any]
"""Parameters with their peak learning rate "lr", as optimisers take them."""


@dataclass(frozen=True)
class StepOutput:
    """What one step gives: a loss to make smaller, and, where there are any, logits (n, classes) to report on."""

    loss: Tensor
    logits: Tensor | None = None


@dataclass(frozen=True)
class Metrics:
    """Mean cross-entropy, accuracy and probabilities (n, classes) on some examples; the first two None for none.

    `places` (n, d) are their embeddings as `history.projected` gives them, where those were asked for.
    """

    loss: float | None
    accuracy: float | None
    probabilities: Tensor = field(default_factory=lambda: torch.empty(0))
    places: Tensor | None = None


@dataclass(frozen=True)
class Trouble:
    """Why training could not go on, and settings to try instead, if any."""

    problem: Message
    remedy: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class FitResult:
    """What training leaves behind: the head, the epoch whose weights were kept, and how good it was then.

    `chosen` says that the epoch was picked by its validation loss; `interrupted` that a person ended it; `trouble` is
    why it could not go on, if so. `evaluate` gives the metrics on any examples of the dataset.
    """

    head: LinearHead
    epoch: int
    training: Metrics
    validation: Metrics
    evaluate: Callable[[Sequence[int]], Metrics] = field(repr=False)
    chosen: bool = False
    interrupted: bool = False
    trouble: Trouble | None = None


@dataclass(frozen=True)
class StageSettings:
    """How long a stage runs and how it is regularised; see `TrainingConfig`."""

    epochs: int = 0
    batch_size: int = 1
    weight_decay: float = 0.0
    patience: int | None = None
    time_budget: float | None = None

    @classmethod
    def of(cls, config: TrainingConfig) -> StageSettings:
        return cls(config.epochs, config.batch_size, config.weight_decay, config.early_stopping, config.time_budget)


class Stage(ABC):
    """One stretch of training under one optimiser.

    `trained` is everything whose weights may change, `head` its last layer, which is evaluated and kept; `groups` are
    the optimiser's parameter groups, each with its peak learning rate. `start` is the (training, validation) metrics
    before the first step, where they are known.
    """

    warmup: ClassVar[float] = 0.0
    """The share of all steps in which the learning rate rises."""
    cheap: ClassVar[bool] = False
    """Evaluation costs nothing: all examples are evaluated after every epoch, and the training score is that of an
    epoch's end; otherwise it is the running one."""

    def __init__(
        self,
        context: TrainingContext,
        head: LinearHead | CosineHead,
        trained: nn.Module,
        groups: list[ParameterGroup],
        settings: StageSettings | None = None,
        start: tuple[Metrics, Metrics] | None = None,
    ) -> None:
        self.context = context
        self.head = head
        self.trained = trained
        self.groups = groups
        self.settings = settings or StageSettings.of(context.config)
        self.start = start

    @abstractmethod
    def logits(self, indices: Indices, epoch: int = 0, training: bool = False) -> Tensor:
        """Logits (n, classes) of these examples; while `training`, varied as befits the epoch."""

    def loss(self, logits: Tensor, targets: Tensor) -> Tensor:
        """What is made smaller: mean cross-entropy of logits (n, classes), weighted and smoothed as configured."""
        weights, smoothing = self.context.class_weights, self.context.config.label_smoothing
        return F.cross_entropy(logits.float(), targets, weight=weights, label_smoothing=smoothing)

    def step(self, indices: np.ndarray, epoch: int, step: int) -> StepOutput:
        """The loss of one step; whatever is random in it must follow from these three and the seed."""
        logits = self.logits(indices, epoch, training=True)
        return StepOutput(self.loss(logits, self.context.targets[torch.from_numpy(indices)]), logits)

    def penalty(self) -> Tensor | float:
        """Added to the loss of every step, but not reported."""
        return 0.0

    def batches(self, epoch: int) -> list[np.ndarray]:
        """The examples of each step of an epoch."""
        return self.context.batches(epoch, self.settings.batch_size)

    def prefetch(self, indices: np.ndarray, epoch: int) -> None:
        """These are the examples of the step after this one: read them meanwhile."""
        return None

    def mode(self, training: bool) -> None:
        """Switch what is trained to training or to evaluation."""
        self.trained.train(training)

    def refit(self) -> Metrics | None:
        """Called before every evaluation. May fit the head anew, and then knows the training metrics."""
        return None

    def settle(self) -> None:
        """All steps are made, and nobody ended it early: called before the last evaluation."""
        return None

    def finish(self) -> LinearHead:
        """The weights are final: gives the head to keep."""
        assert isinstance(self.head, LinearHead)
        return self.head

    def optimiser(self) -> torch.optim.AdamW | None:
        """AdamW (Loshchilov & Hutter 2019) on the groups; None where nothing is trained by steps."""
        if not self.groups:
            return None
        fused = self.context.device.type in ("cpu", "cuda")
        return torch.optim.AdamW(self.groups, weight_decay=self.settings.weight_decay, fused=fused)


def run_step(stage: Stage, indices: np.ndarray, epoch: int, step: int) -> StepOutput:
    """`Stage.step`, with its randomness seeded from seed, epoch and step, in the precision that suits the hardware."""
    context = stage.context
    seed_step(context.device, int(np.random.SeedSequence([context.config.seed, epoch, step]).generate_state(1)[0]))
    with mixed_precision(context.device, bfloat16=context.bfloat16):
        return stage.step(indices, epoch, step)


def trained_state(module: nn.Module) -> dict[str, Tensor]:
    """What training changes in `module`: parameters that may learn, and all buffers. Not a copy."""
    fixed = {name for name, p in module.named_parameters() if not p.requires_grad}
    return {name: value for name, value in module.state_dict().items() if name not in fixed}


def copied_state(module: nn.Module) -> dict[str, Tensor]:
    """A copy of `trained_state`."""
    return {name: value.detach().clone() for name, value in trained_state(module).items()}


def load_trained_state(module: nn.Module, state: dict[str, Tensor]) -> None:
    """Put back what `trained_state` gave."""
    module.load_state_dict(state, strict=False)


def seconds_per_step(stage: Stage) -> float:
    """How long a step takes here, measured on the first batches of a copy: the weights stay bit-equal."""
    before = copied_state(stage.trained)
    stage.mode(True)
    batches = stage.batches(1)
    times = []
    for step in range(3):  # the first is slower: memory is found, kernels are chosen
        began = time.perf_counter()
        run_step(stage, batches[step % len(batches)], 1, step).loss.backward()
        times.append(time.perf_counter() - began)
    stage.trained.zero_grad(set_to_none=True)
    load_trained_state(stage.trained, before)
    return min(times[1:]) * _WITH_OPTIMISER


_WITH_OPTIMISER = 1.1
"""A step with its update against one without."""
