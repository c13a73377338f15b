"""A phase: one stretch of training, as a strategy describes it; and what is left when it is over."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from core.models.head import LinearHead
from core.training.engine.context import TrainingContext
from core.training.engine.device import mixed_precision, seed_step


@dataclass(frozen=True)
class StepOutput:
    """What one step goes by: a loss to make smaller, and, where there are any, logits (n, classes) to report on."""

    loss: Tensor
    logits: Tensor | None


@dataclass(frozen=True)
class Metrics:
    """Mean cross-entropy, accuracy and probabilities (n, classes) on some examples; the first two None for none.

    `places` (n, d) are their embeddings as `history.projected` gives them, where those were asked for.
    """

    loss: float | None
    accuracy: float | None
    probabilities: Tensor = field(default_factory=lambda: torch.empty(0))
    places: Tensor | None = None


@dataclass
class Stage:
    """One stretch of training under one optimiser.

    `logits(indices, epoch, training)` gives (n, classes). `groups` are the optimiser's parameter groups, each with its
    peak learning rate. `lesson(indices, epoch, step)` is what a step makes smaller: by default the cross-entropy of the
    logits. `penalty` is added to the loss but not reported. `batches(epoch)` are the examples of each step, and
    `soon(indices, epoch)` is told of them one step ahead. `refit` is called before the model is judged, and may know
    the training score. `start` is the (training, validation) outcome before the first step, where it is known. With
    `cheap` judging costs nothing, so all are always judged and the training score is that of an epoch's end; otherwise
    it is the running one. `finish` is called when the weights are final.
    """

    head: LinearHead
    learning: nn.Module
    groups: list[dict[str, Any]]
    logits: Callable[[Sequence[int], int, bool], Tensor]
    epochs: int | None
    batch_size: int
    lesson: Callable[[Sequence[int], int, int], StepOutput] | None = None
    penalty: Callable[[], Tensor | float] = lambda: 0.0
    batches: Callable[[int], list[np.ndarray]] | None = None
    mode: Callable[[bool], object] = lambda training: None
    soon: Callable[[Sequence[int], int], object] = lambda indices, epoch: None
    refit: Callable[[], Metrics | None] = lambda: None
    finish: Callable[[], object] = lambda: None
    warmup: float = 0.0
    weight_decay: float = 0.0
    cheap: bool = False
    class_weights: Tensor | None = None
    label_smoothing: float = 0.0
    patience: int | None = None
    start: tuple[Metrics, Metrics] | None = None
    time_budget: float | None = None


@dataclass
class Snapshot:
    """What was learned after an epoch, and how good it was; `judged_all` says that all who judge were asked."""

    epoch: int
    training: Metrics
    validation: Metrics
    state: dict[str, Tensor]
    judged_all: bool

    @property
    def rank(self) -> float:
        return self.validation.loss or 0.0


@dataclass
class FitResult:
    """What a strategy leaves behind: its head, the epoch whose weights were kept, and how it did then.

    `chosen` says the epoch was picked by its validation loss; `interrupted` is "stop" or "pause" when a person ended
    it; `problem` is why it could not go on, if so, and `remedy` the recipe options that may help.
    """

    head: LinearHead
    epoch: int
    training: Metrics
    validation: Metrics
    evaluate: Callable[[Sequence[int]], Metrics] = field(repr=False)
    chosen: bool = False
    interrupted: str = ""
    problem: str = ""
    remedy: dict[str, Any] = field(default_factory=dict)


def batches_of(phase: Stage, task: TrainingContext) -> Callable[[int], list[np.ndarray]]:
    """The function from an epoch to the examples of each of its steps."""
    return phase.batches or (lambda epoch: task.batches(epoch, phase.batch_size))


def optimiser_of(phase: Stage, task: TrainingContext) -> torch.optim.AdamW | None:
    """AdamW (Loshchilov & Hutter 2019) on the phase's groups; None where nothing learns by steps."""
    if not phase.groups:
        return None
    fused = task.device.type in ("cpu", "cuda")
    return torch.optim.AdamW(phase.groups, weight_decay=phase.weight_decay, fused=fused)


def step_output(phase: Stage, task: TrainingContext, indices: np.ndarray, epoch: int, step: int) -> StepOutput:
    """The loss of one step. What is random in it follows from seed, epoch and step."""
    seed_step(task.device, int(np.random.SeedSequence([task.recipe.seed, epoch, step]).generate_state(1)[0]))
    with mixed_precision(task.device):
        if phase.lesson is not None:
            return phase.lesson(indices, epoch, step)
        logits = phase.logits(indices, epoch, True)
        return StepOutput(cross_entropy(logits, task.targets[torch.from_numpy(indices)], phase), logits)


def cross_entropy(logits: Tensor, targets: Tensor, phase: Stage) -> Tensor:
    """Mean cross-entropy of logits (n, classes), weighted and smoothed as the phase says."""
    weights, smoothing = phase.class_weights, phase.label_smoothing
    return F.cross_entropy(logits.float(), targets, weight=weights, label_smoothing=smoothing)


def learned(module: nn.Module) -> dict[str, Tensor]:
    """What training changes in `module`: parameters that may learn, and all buffers. Not a copy."""
    fixed = {name for name, p in module.named_parameters() if not p.requires_grad}
    return {name: value for name, value in module.state_dict().items() if name not in fixed}


def load_learned(module: nn.Module, state: dict[str, Tensor]) -> None:
    """Put back what `learned` gave."""
    module.load_state_dict(state, strict=False)


def seconds_per_step(phase: Stage, task: TrainingContext) -> float:
    """How long a step takes here, measured on the first batches of a copy: the weights stay bit-equal."""
    before = {name: value.detach().clone() for name, value in learned(phase.learning).items()}
    phase.mode(True)
    batches = batches_of(phase, task)(1)
    times = []
    for step in range(3):  # the first is slower: memory is found, kernels are chosen
        began = time.perf_counter()
        step_output(phase, task, batches[step % len(batches)], 1, step).loss.backward()
        times.append(time.perf_counter() - began)
    phase.learning.zero_grad(set_to_none=True)
    load_learned(phase.learning, before)
    return min(times[1:]) * _WITH_OPTIMISER


_WITH_OPTIMISER = 1.1
"""A step with its correction against one without."""
