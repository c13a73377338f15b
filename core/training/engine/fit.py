"""The one training loop. A strategy says what learns and how logits come about; everything else is here.

Everything random in a step follows from the seed, the epoch and the step alone. So a run that goes on from a checkpoint
ends with the same weights, to the bit, as one that was never interrupted.
"""

from __future__ import annotations

import math
import time
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from math import cos, pi
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from core.errors import is_out_of_memory
from core.events import EpochEnd, Event, StepEnd, Warned
from core.hardware import note_speed
from core.messages import Message
from core.models.head import LinearHead
from core.training.engine.checkpoint import Saved, optimiser_tensors, restore_optimiser
from core.training.engine.context import TrainingContext
from core.training.engine.evaluation import judge, taught_sample, watched
from core.training.engine.stage import (
    FitResult,
    Metrics,
    Snapshot,
    Stage,
    batches_of,
    learned,
    load_learned,
    optimiser_of,
    seconds_per_step,
    step_output,
)
from core.training.spec.estimate import tuning_work
from core.training.spec.recipe import Recipe
from core.training.spec.strategies import STRATEGIES
from core.training.strategies.base import Strategy

_CLIP_NORM = 1.0
_OVERTIME = 1.2
"""A time budget that is exceeded by this factor, on a computer that became busier, ends the training."""


def fit(context: TrainingContext) -> Generator[Event, None, FitResult | None]:
    """Train as the context's recipe says.

    Yields events; returns the fitted head (and leaves the context's backbone as trained), or None when stopped before
    there was anything to keep.
    """
    if context.interruption():
        return None
    prepared = yield from prepare(context)
    return (yield from run_stage(prepared, context)) if isinstance(prepared, Stage) else prepared


def prepare(context: TrainingContext) -> Generator[Event, None, Stage | FitResult | None]:
    """What the strategy of the context's recipe does first (see `Strategy.prepare`)."""
    strategy = STRATEGIES[context.recipe.strategy]
    assert isinstance(strategy, Strategy)
    return (yield from strategy.prepare(context))


def run_stage(phase: Stage, task: TrainingContext) -> Generator[Event, None, FitResult]:
    """Train one phase, from the checkpoint there is or from the beginning.

    A finished phase keeps its last weights, or with `patience` its best. One that is stopped, or whose loss stops being
    a number, goes back to the weights with the best validation loss so far. One that is paused leaves a checkpoint.
    """
    return (yield from _Loop(phase, task).run())


def solved(head: LinearHead, embeddings: Tensor, task: TrainingContext) -> tuple[EpochEnd, FitResult]:
    """The one point on the curve, and the fit, of a head that is final as it is, on embeddings (n, d) of everything."""

    def logits(indices: Sequence[int], epoch: int, training: bool) -> Tensor:
        return head(embeddings[torch.as_tensor(indices)])

    loop = _Loop(Stage(head, head, [], logits, epochs=0, batch_size=1, cheap=True), task)
    point = loop.begin()
    return point, loop.fit(loop.last)


class _Loop:
    """The state of a phase while it runs."""

    def __init__(self, phase: Stage, task: TrainingContext) -> None:
        self.phase, self.task = phase, task
        self.optimiser = optimiser_of(phase, task)
        self.peaks = [group["lr"] for group in self.optimiser.param_groups] if self.optimiser else []
        self.batches = batches_of(phase, task)
        self.steps = len(self.batches(1))
        self.total = self.steps * (phase.epochs or 0)
        self.epoch, self.step = 1, 0
        self.loss_sum = self.right = 0.0
        self.clean = True
        self.watched, self.taught = watched(phase, task), taught_sample(phase, task)
        self.best: Snapshot
        self.last: Snapshot

    @property
    def epochs(self) -> int:
        return math.ceil(self.total / self.steps)

    def run(self) -> Generator[Event, None, FitResult]:
        saved = self.task.checkpoint.load()
        if saved:
            self._restore(saved)
        else:
            if self.phase.time_budget is not None:
                self._plan_time(self.phase.time_budget)
            yield self.begin()
        try:
            while self.epoch <= self.epochs:
                ended = yield from self._one_epoch()
                if ended:
                    return ended
                self._next_epoch()
        except (RuntimeError, MemoryError) as error:  # in a step, or while looking how good it is
            if not is_out_of_memory(error):
                raise
            return self.fit(self.best, trouble=no_memory(self.task.recipe))
        return self.fit(self.last if self.phase.patience is None else self.best)

    def begin(self) -> EpochEnd:
        """Judge the state before the first step."""
        start, fitted = self.phase.start, self.phase.refit()
        training, judged = start or (fitted or self._judge(self.taught), self._judge(self.watched, placed=True))
        self.last = self.best = self._snapshot(0, training, judged, all_judged=start is not None)
        self.task.history.watch(self.watched)
        self._note()
        return self._epoch_end(self.last)

    def _one_epoch(self) -> Generator[Event, None, FitResult | None]:
        batches = self.batches(self.epoch)
        self.phase.mode(True)
        began = time.perf_counter()
        for step in range(self.step, self._steps_of(self.epoch)):
            word = self.task.interruption()
            if word:
                return self._interrupted(word)
            if step + 1 < self._steps_of(self.epoch):
                self.phase.soon(batches[step + 1], self.epoch)
            value = self._correct(batches[step], step)
            if not math.isfinite(value):
                return self._diverged()
            self.step = step + 1
            yield StepEnd(self.epoch, self.step, self.steps, value, self.task.seconds)
            if self.task.checkpoint.due:
                self._keep()
            if self._done < self.total and self._is_overtime():
                yield Warned(Message("The time budget was used up before all planned steps were taken."))
                self.total = self._done
                break
        return (yield from self._end_epoch(time.perf_counter() - began))

    def _correct(self, indices: np.ndarray, step: int) -> float:
        """One step. Returns the loss, which may have stopped being a number."""
        phase, task = self.phase, self.task
        assert self.optimiser is not None
        factor = warmup_cosine(self._done, self.total, round(phase.warmup * self.total))
        for group, peak in zip(self.optimiser.param_groups, self.peaks, strict=True):
            group["lr"] = peak * factor
        lesson = step_output(phase, task, indices, self.epoch, step)
        self.optimiser.zero_grad(set_to_none=True)
        (lesson.loss + phase.penalty()).backward()
        nn.utils.clip_grad_norm_(phase.learning.parameters(), _CLIP_NORM)
        self.optimiser.step()
        value = float(lesson.loss.detach())
        if lesson.logits is None:
            self.loss_sum += value * len(indices)
        elif not phase.cheap:  # else the training score is taken at the epoch's end
            logits, targets = lesson.logits.detach().float(), task.targets[torch.from_numpy(indices)]
            self.loss_sum += float(F.cross_entropy(logits, targets)) * len(indices)
            self.right += float((logits.argmax(1) == targets).sum())
        return value

    def _end_epoch(self, seconds: float) -> Generator[Event, None, FitResult | None]:
        phase, task = self.phase, self.task
        seen = np.concatenate(self.batches(self.epoch)[: self.step])
        taught = len(seen)
        if not phase.cheap and self.clean:
            work = tuning_work(task.recipe, task.size)
            note_speed(task.workspace, task.card.id, work, task.dataset.effort(seen), seconds)
        is_last = self.epoch == self.epochs
        if task.unwatched and not is_last:
            return None
        training = phase.refit() or self._training_score(taught)
        # A network that does not learn leaves the examples where they were.
        judged = self._judge(task.split.validation if is_last else self.watched, placed=not phase.cheap)
        self.last = self._snapshot(self.epoch, training, judged, all_judged=is_last)
        if not all(value.isfinite().all() for value in self.last.state.values()):
            return self._diverged()
        if self.last.rank <= self.best.rank:
            self.best = self.last
        self._note()
        yield self._epoch_end(self.last)
        if phase.patience is not None and self.epoch - self.best.epoch >= phase.patience:
            return self.fit(self.best)
        return None

    def _next_epoch(self) -> None:
        self.epoch, self.step, self.loss_sum, self.right, self.clean = self.epoch + 1, 0, 0.0, 0.0, True
        if self.task.checkpoint.due and self.epoch <= self.epochs:
            self._keep()

    def fit(self, kept: Snapshot, *, interrupted: str = "", trouble: Trouble | None = None) -> FitResult:
        """Put the kept weights in place and judge them on all."""
        phase, validation = self.phase, self.task.split.validation
        load_learned(phase.learning, kept.state)
        phase.mode(False)
        phase.finish()
        chosen = bool(interrupted or trouble or phase.patience is not None)
        judged = kept.validation if kept.judged_all else self._judge(validation)
        return FitResult(
            phase.head, kept.epoch, kept.training, judged, self._judge, chosen, interrupted,
            trouble.problem if trouble else "", trouble.remedy if trouble else {},
        )  # fmt: skip

    def _interrupted(self, word: str) -> FitResult:
        if word == "stop":
            return self.fit(self.best, interrupted=word)
        self._keep()
        best = self.best  # it goes on later: nothing is put back, nobody is judged
        return FitResult(self.phase.head, best.epoch, best.training, best.validation, self._judge, interrupted=word)

    def _diverged(self) -> FitResult:
        return self.fit(self.best, trouble=diverged(self.task.recipe))

    @property
    def _done(self) -> int:
        """Steps so far."""
        return (self.epoch - 1) * self.steps + self.step

    def _steps_of(self, epoch: int) -> int:
        return min(self.steps, self.total - (epoch - 1) * self.steps)

    # --- time ---

    def _plan_time(self, budget: float) -> None:
        """Choose the number of steps that fit into what is left of a time budget (seconds since the run began)."""
        per_step = seconds_per_step(self.phase, self.task)
        began = time.perf_counter()
        self._judge(self.watched)
        per_epoch = per_step * self.steps + (time.perf_counter() - began)
        left = max(0.0, budget - self.task.seconds)
        self.total = max(1, int(left / per_epoch * self.steps))

    def _is_overtime(self) -> bool:
        budget = self.phase.time_budget
        return budget is not None and self.task.seconds > budget * _OVERTIME

    # --- what is kept ---

    def _snapshot(self, epoch: int, training: Metrics, judged: Metrics, *, all_judged: bool) -> Snapshot:
        all_judged = all_judged or len(self.watched) == len(self.task.split.validation)
        state = {name: value.detach().clone() for name, value in learned(self.phase.learning).items()}
        return Snapshot(epoch, training, judged, state, all_judged)

    def _note(self) -> None:
        """Keep what was said this epoch, to look back at."""
        at, split = self.last, self.task.split
        judged = split.validation if at.judged_all else self.watched
        if judged:
            outcome = at.validation
            self.task.history.note(at.epoch, judged, outcome.probabilities, outcome.places, self.best.epoch)

    def _keep(self) -> None:
        """Write a checkpoint of this very moment."""
        assert self.optimiser is not None
        best = self.best
        about = {
            "epoch": self.epoch, "step": self.step, "total": self.total, "loss_sum": self.loss_sum,
            "right": self.right, "seconds": self.task.seconds, "best_epoch": best.epoch,
            "training": [best.training.loss, best.training.accuracy],
            "validation": [best.validation.loss, best.validation.accuracy],
        }  # fmt: skip
        tensors = {f"now.{name}": value for name, value in learned(self.phase.learning).items()}
        tensors |= {f"best.{name}": value for name, value in best.state.items()}
        tensors |= {f"optimiser.{name}": value for name, value in optimiser_tensors(self.optimiser).items()}
        tensors |= {f"history.{name}": torch.from_numpy(rows) for name, rows in self.task.history.arrays().items()}
        self.task.checkpoint.save(Saved(about, tensors))

    def _restore(self, saved: Saved) -> None:
        assert self.optimiser is not None
        about, device = saved.about, self.task.device
        load_learned(self.phase.learning, saved.part("now."))
        restore_optimiser(self.optimiser, saved.part("optimiser."))
        self.task.history.restore({name: rows.numpy() for name, rows in saved.part("history.").items()})
        best = {name: value.to(device) for name, value in saved.part("best.").items()}
        self.best = self.last = Snapshot(
            about["best_epoch"], Metrics(*about["training"]), Metrics(*about["validation"]), best, judged_all=False
        )
        self.epoch, self.step, self.total = about["epoch"], about["step"], about["total"]
        self.loss_sum, self.right, self.clean = about["loss_sum"], about["right"], self.step == 0

    def _judge(self, indices: Sequence[int], *, placed: bool = False) -> Metrics:
        return judge(self.phase, self.task, indices, placed=placed)

    def _training_score(self, taught: int) -> Metrics:
        """Of the epoch's end where that costs nothing, else the running one."""
        if self.phase.cheap:
            return self._judge(self.task.split.train)
        return Metrics(self.loss_sum / taught, self.right / taught)

    def _epoch_end(self, at: Snapshot) -> EpochEnd:
        return EpochEnd(
            at.epoch, self.epochs, at.training.loss or 0.0, at.training.accuracy or 0.0,
            at.validation.loss, at.validation.accuracy, self.task.seconds,
        )  # fmt: skip


# How the learning rate rises and falls.


def warmup_cosine(step: int, total: int, warmup: int) -> float:
    """The factor on the peak learning rate at `step` (from 0) of `total`: linear rise, then half a cosine to zero.

    Loshchilov & Hutter 2017, eq. 5 with a single period.
    """
    if step < warmup:
        return (step + 1) / (warmup + 1)
    progress = (step - warmup) / max(1, total - warmup)
    return 0.5 * (1 + cos(pi * min(1.0, progress)))


# What can go wrong in the middle of training: what is said of it, and which options may help.


@dataclass(frozen=True)
class Trouble:
    """Why it could not go on, in plain words, and recipe options to try instead, if any."""

    problem: str
    remedy: dict[str, Any] = field(default_factory=dict)


def diverged(recipe: Recipe) -> Trouble:
    """The loss stopped being a number."""
    rate = recipe.learning_rate
    return Trouble(
        "The loss is no longer a number: the corrections were too big. Try a learning rate ten times smaller.",
        {"learning_rate": rate / 10} if rate else {},
    )


def no_memory(recipe: Recipe) -> Trouble:
    """Half the batch may fit, or, when that is one already, smaller pictures."""
    remedy: dict[str, Any] = {}
    if (recipe.batch_size or 1) > 1:
        remedy = {"batch_size": (recipe.batch_size or 2) // 2}
    elif (recipe.image_size or 0) > 32:
        remedy = {"image_size": recipe.image_size - 32}
    return Trouble("The computer ran out of memory. Try a smaller batch size or picture size.", remedy)
