"""The one training loop. A strategy says what learns and how logits come about; everything else is here."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from core.events import EpochEnd, Event, PhaseProgress, StepEnd
from core.models.head import LinearHead
from core.models.speed import note_speed, tuning_work
from core.training.schedule import warmup_cosine
from core.training.task import Task

_EVALUATION_BATCH = 64
_CLIP_NORM = 1.0


@dataclass
class Phase:
    """One stretch of training under one optimiser.

    `logits(indices, epoch, training)` gives (n, classes). `groups` are the optimiser's parameter groups, each with its
    peak learning rate. `penalty` is added to the loss but not reported. With `exact` the training score of an
    epoch is measured at its end; otherwise it is the running one, which costs nothing.
    """

    head: LinearHead
    learning: nn.Module
    groups: list[dict[str, Any]]
    logits: Callable[[Sequence[int], int, bool], Tensor]
    penalty: Callable[[], Tensor]
    epochs: int
    batch_size: int
    mode: Callable[[bool], object] = lambda training: None
    warmup: float = 0.0
    weight_decay: float = 0.0
    exact: bool = False


@dataclass(frozen=True)
class Outcome:
    """Mean cross-entropy, accuracy and probabilities (n, classes) on some examples; the first two None for none."""

    loss: float | None
    accuracy: float | None
    probabilities: Tensor


@dataclass
class Fit:
    """What a strategy leaves behind: its head, the epoch whose weights were kept, and how it did then.

    `chosen` says the epoch was picked by its validation loss; `stopped` that a person ended it; `problem` why it
    could not go on, if so.
    """

    head: LinearHead
    epoch: int
    training: Outcome
    validation: Outcome
    score: Callable[[Sequence[int]], Outcome] = field(repr=False)
    chosen: bool = False
    stopped: bool = False
    problem: str = ""


@dataclass
class _Snapshot:
    epoch: int
    training: Outcome
    validation: Outcome
    state: dict[str, Tensor]


def run_phase(
    phase: Phase, task: Task, *, quiet: bool = False, start: tuple[Outcome, Outcome] | None = None
) -> Generator[Event, None, Fit]:
    """Train one phase. `quiet` reports mere progress; `start` is the known (training, validation) outcome of epoch 0.

    A finished phase keeps its last weights. One that is stopped, or whose loss stops being a number, goes back to
    the weights with the best validation loss so far.
    """
    train, validation = task.split.train, task.split.validation
    optimiser = torch.optim.AdamW(phase.groups, weight_decay=phase.weight_decay, fused=task.device.type == "cpu")
    peaks = [group["lr"] for group in optimiser.param_groups]
    steps = math.ceil(len(train) / phase.batch_size)
    total = steps * phase.epochs
    training, judged = start or (_evaluate(phase, task, train), _evaluate(phase, task, validation))
    last = best = _snapshot(phase, 0, training, judged)
    if not quiet:
        yield _epoch_end(last, phase, task)

    for epoch in range(1, phase.epochs + 1):
        phase.mode(True)
        began = time.perf_counter()
        order = np.random.default_rng([task.recipe.seed, epoch]).permutation(train)
        loss_sum = right = 0.0
        for step in range(steps):
            if task.stop():
                return _fit(phase, task, best, stopped=True)
            for group, peak in zip(optimiser.param_groups, peaks, strict=True):
                done = (epoch - 1) * steps + step
                group["lr"] = peak * warmup_cosine(done, total, round(phase.warmup * total))
            indices = order[step * phase.batch_size : (step + 1) * phase.batch_size]
            logits = phase.logits(indices, epoch, True)
            targets = task.targets[torch.from_numpy(indices)]
            loss = F.cross_entropy(logits, targets)
            optimiser.zero_grad(set_to_none=True)
            (loss + phase.penalty()).backward()
            nn.utils.clip_grad_norm_(phase.learning.parameters(), _CLIP_NORM)
            optimiser.step()
            value = float(loss.detach())
            if not math.isfinite(value):
                return _fit(phase, task, best, problem=_DIVERGED)
            loss_sum += value * len(indices)
            right += float((logits.detach().argmax(1) == targets).sum())
            if not quiet:
                yield StepEnd(epoch, step + 1, steps, value, task.seconds)
        if phase.exact:
            training = _evaluate(phase, task, train)
        else:
            note_speed(task.workspace, task.card.id, tuning_work(task.size), len(train), time.perf_counter() - began)
            training = Outcome(loss_sum / len(train), right / len(train), torch.empty(0))
        last = _snapshot(phase, epoch, training, _evaluate(phase, task, validation))
        if not all(value.isfinite().all() for value in last.state.values()):
            return _fit(phase, task, best, problem=_DIVERGED)
        if (last.validation.loss or 0.0) <= (best.validation.loss or 0.0):
            best = last
        yield PhaseProgress("probe", epoch, phase.epochs) if quiet else _epoch_end(last, phase, task)
    return _fit(phase, task, last)


_DIVERGED = "The loss is no longer a number: the corrections were too big. Try a learning rate ten times smaller."


def _fit(phase: Phase, task: Task, kept: _Snapshot, *, stopped: bool = False, problem: str = "") -> Fit:
    phase.learning.load_state_dict(kept.state)
    phase.mode(False)
    return Fit(
        phase.head,
        kept.epoch,
        kept.training,
        kept.validation,
        score=lambda indices: _evaluate(phase, task, indices),
        chosen=stopped or bool(problem),
        stopped=stopped,
        problem=problem,
    )


def _snapshot(phase: Phase, epoch: int, training: Outcome, validation: Outcome) -> _Snapshot:
    state = {name: value.detach().clone() for name, value in phase.learning.state_dict().items()}
    return _Snapshot(epoch, training, validation, state)


def _evaluate(phase: Phase, task: Task, indices: Sequence[int]) -> Outcome:
    """Sums divided by counts, so a short last batch does not weigh more."""
    if not indices:
        return Outcome(None, None, torch.empty(0, len(task.dataset.classes)))
    phase.mode(False)
    rows = []
    with torch.inference_mode():
        for start in range(0, len(indices), _EVALUATION_BATCH):
            rows.append(phase.logits(indices[start : start + _EVALUATION_BATCH], 0, False).float())
        logits = torch.cat(rows)
        targets = task.targets[torch.tensor(indices)]
        loss = float(F.cross_entropy(logits, targets))
        accuracy = float((logits.argmax(1) == targets).float().mean())
    return Outcome(loss, accuracy, logits.softmax(1).cpu())


def _epoch_end(at: _Snapshot, phase: Phase, task: Task) -> EpochEnd:
    return EpochEnd(
        at.epoch, phase.epochs, at.training.loss or 0.0, at.training.accuracy or 0.0,
        at.validation.loss, at.validation.accuracy, task.seconds,
    )  # fmt: skip
