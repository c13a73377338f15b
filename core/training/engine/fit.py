"""The one training loop. A strategy says what learns and how logits come about; everything else is here.

Everything random in a step follows from the seed, the epoch and the step alone. So a run that goes on from a checkpoint
ends with the same weights, to the bit, as one that was never interrupted.
"""

from __future__ import annotations

import math
import time
from collections.abc import Generator
from dataclasses import dataclass
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
from core.training.engine.evaluation import evaluate, training_sample
from core.training.engine.stage import (
    FitResult,
    Indices,
    Metrics,
    Stage,
    StageSettings,
    Trouble,
    copied_state,
    load_trained_state,
    run_step,
    seconds_per_step,
    trained_state,
)
from core.training.spec.config import TrainingConfig
from core.training.spec.estimate import tuning_work
from core.training.spec.strategies import STRATEGIES
from core.training.strategies.base import Strategy

_CLIP_NORM = 1.0
_OVERTIME = 1.2
"""A time budget that is exceeded by this factor, on a computer that became busier, ends the training."""
_SMALLEST_PICTURE = 32


def fit(context: TrainingContext) -> Generator[Event, None, FitResult | None]:
    """Train as the context's configuration says.

    Yields events; returns the fitted head (and leaves the context's backbone as trained), or None when it was paused,
    or stopped before there was anything to keep.
    """
    if context.interruption():
        return None
    prepared = yield from prepare(context)
    return (yield from run_stage(prepared)) if isinstance(prepared, Stage) else prepared


def prepare(context: TrainingContext) -> Generator[Event, None, Stage | FitResult | None]:
    """What the strategy of the context's configuration does first (see `Strategy.prepare`)."""
    strategy = STRATEGIES[context.config.strategy]
    assert isinstance(strategy, Strategy)
    return (yield from strategy.prepare(context))


def run_stage(stage: Stage) -> Generator[Event, None, FitResult | None]:
    """Train one stage, from the checkpoint there is or from the beginning.

    A finished stage keeps its last weights, or with `patience` its best. One that is stopped, or whose loss stops being
    a number, goes back to the weights with the best validation loss so far. One that is paused leaves a checkpoint.
    """
    return (yield from _Loop(stage).run())


def evaluated(head: LinearHead, embeddings: Tensor, context: TrainingContext) -> tuple[EpochEnd, FitResult]:
    """The one point on the curve, and the result, of a head that is final as it is.

    `embeddings` (n, d) are those of every example of the dataset.
    """
    loop = _Loop(_FixedStage(head, embeddings, context))
    point = loop.begin()
    return point, loop.result(loop.last)


class _FixedStage(Stage):
    """Nothing is trained."""

    cheap = True

    def __init__(self, head: LinearHead, embeddings: Tensor, context: TrainingContext) -> None:
        super().__init__(context, head, head, [], StageSettings())
        self.embeddings = embeddings

    def logits(self, indices: Indices, epoch: int = 0, training: bool = False) -> Tensor:
        logits: Tensor = self.head(self.embeddings[torch.as_tensor(indices)])
        return logits


@dataclass(frozen=True)
class _Snapshot:
    """The weights after an epoch, and how good they were; `complete`: on all validation examples."""

    epoch: int
    training: Metrics
    validation: Metrics
    state: dict[str, Tensor]
    complete: bool

    @property
    def rank(self) -> float:
        return self.validation.loss or 0.0


@dataclass(frozen=True)
class _Ending:
    """Why a stage ends before its last epoch; neither of both where it merely does not get better."""

    interruption: str = ""
    trouble: Trouble | None = None


class _Loop:
    """The state of a stage while it runs."""

    def __init__(self, stage: Stage) -> None:
        self.stage, self.context = stage, stage.context
        self.patience = stage.settings.patience
        self.optimiser = stage.optimiser()
        self.peaks = [group["lr"] for group in self.optimiser.param_groups] if self.optimiser else []
        self.steps = len(stage.batches(1))
        self.total = self.steps * stage.settings.epochs
        self.epoch, self.step = 1, 0
        self.loss_sum = self.right = 0.0
        self.clean = True
        """All steps of this epoch were made without an interruption, so its seconds tell the speed."""
        self.monitored = self.context.split.validation if stage.cheap else self.context.monitored
        self.sample = training_sample(stage)
        self.best: _Snapshot
        self.last: _Snapshot

    @property
    def epochs(self) -> int:
        return math.ceil(self.total / self.steps)

    def run(self) -> Generator[Event, None, FitResult | None]:
        saved = self.context.checkpoint.load()
        if saved:
            self._restore(saved)
        else:
            if damaged := self.context.checkpoint.damage:
                yield Warned(
                    Message(
                        "It begins again from the start, since what was kept of it is damaged. {why}", why=damaged.why
                    )
                )
            if self.stage.settings.time_budget is not None:
                self._plan_time(self.stage.settings.time_budget)
            yield self.begin()
        ending: _Ending | None = None
        try:
            while self.epoch <= self.epochs and ending is None:
                ending = yield from self._train_epoch()
                if ending is None:
                    self._next_epoch()
        except (RuntimeError, MemoryError) as error:  # in a step, or while looking how good it is
            if not is_out_of_memory(error):
                raise
            ending = _Ending(trouble=no_memory(self.context.config))
        if ending and ending.interruption == "pause":
            self._save()  # it goes on later: nothing is put back, nothing evaluated
            return None
        return self.result(self.best if ending or self.patience is not None else self.last, ending)

    def begin(self) -> EpochEnd:
        """Evaluate the state before the first step."""
        start, fitted = self.stage.start, self.stage.refit()
        training, validation = start or (
            fitted or evaluate(self.stage, self.sample),
            evaluate(self.stage, self.monitored, placed=True),
        )
        self.last = self.best = self._snapshot(0, training, validation, complete=start is not None)
        self.context.history.watch(self.monitored, self.context.shown)
        self._note()
        return self._epoch_end(self.last)

    def _train_epoch(self) -> Generator[Event, None, _Ending | None]:
        batches = self.stage.batches(self.epoch)
        self.stage.mode(True)
        began = time.perf_counter()
        for step in range(self.step, self._steps_of(self.epoch)):
            interruption = self.context.interruption()
            if interruption:
                return _Ending(interruption)
            if step + 1 < self._steps_of(self.epoch):
                self.stage.prefetch(batches[step + 1], self.epoch)
            loss = self._update(batches[step], step)
            if not math.isfinite(loss):
                return self._diverged()
            self.step = step + 1
            yield StepEnd(self.epoch, self.step, self.steps, loss, self.context.seconds)
            if self.context.checkpoint.due:
                self._save()
            if self._done < self.total and self._is_overtime():
                yield Warned(Message("The time budget was used up before all planned updates were made."))
                self.total = self._done
                break
        return (yield from self._end_epoch(np.concatenate(batches[: self.step]), time.perf_counter() - began))

    def _update(self, indices: np.ndarray, step: int) -> float:
        """One step. Returns the loss, which may have stopped being a number."""
        stage = self.stage
        assert self.optimiser is not None
        factor = warmup_cosine(self._done, self.total, round(stage.warmup * self.total))
        for group, peak in zip(self.optimiser.param_groups, self.peaks, strict=True):
            group["lr"] = peak * factor
        output = run_step(stage, indices, self.epoch, step)
        self.optimiser.zero_grad(set_to_none=True)
        (output.loss + stage.penalty()).backward()
        nn.utils.clip_grad_norm_(stage.trained.parameters(), _CLIP_NORM)
        self.optimiser.step()
        value = float(output.loss.detach())
        if output.logits is None:
            self.loss_sum += value * len(indices)
        elif not stage.cheap:  # else the training score is taken at the epoch's end
            targets = self.context.targets[torch.from_numpy(indices)]
            logits = output.logits.detach().float()
            self.loss_sum += float(F.cross_entropy(logits, targets)) * len(indices)
            self.right += float((logits.argmax(1) == targets).sum())
        return value

    def _end_epoch(self, seen: np.ndarray, seconds: float) -> Generator[Event, None, _Ending | None]:
        """`seen` are the examples of its steps, which took `seconds`."""
        stage, context = self.stage, self.context
        if not stage.cheap and self.clean:
            work = tuning_work(context.config, context.size)
            note_speed(context.workspace, context.card.id, work, context.dataset.effort(seen), seconds)
        is_last = self.epoch == self.epochs
        if context.unwatched and not is_last:
            return None
        if is_last:
            stage.settle()
        training = stage.refit() or self._training_metrics(len(seen))
        # A network that does not learn leaves the examples where they were.
        validation = evaluate(stage, context.split.validation if is_last else self.monitored, placed=not stage.cheap)
        self.last = self._snapshot(self.epoch, training, validation, complete=is_last)
        if not all(value.isfinite().all() for value in self.last.state.values()):
            return self._diverged()
        if self.last.rank <= self.best.rank:
            self.best = self.last
        self._note()
        yield self._epoch_end(self.last)
        return _Ending() if self.patience is not None and self.epoch - self.best.epoch >= self.patience else None

    def _next_epoch(self) -> None:
        self.epoch, self.step, self.loss_sum, self.right, self.clean = self.epoch + 1, 0, 0.0, 0.0, True
        if self.context.checkpoint.due and self.epoch <= self.epochs:
            self._save()

    def result(self, kept: _Snapshot, ending: _Ending | None = None) -> FitResult:
        """Put the kept weights in place and evaluate them on all validation examples."""
        stage = self.stage
        load_trained_state(stage.trained, kept.state)
        stage.mode(False)
        head = stage.finish()
        everything = self.context.split.validation
        return FitResult(
            head,
            kept.epoch,
            kept.training,
            kept.validation if kept.complete else evaluate(stage, everything),
            lambda indices: evaluate(stage, indices),
            chosen=ending is not None or self.patience is not None,
            interrupted=ending is not None and bool(ending.interruption),
            trouble=ending.trouble if ending else None,
        )

    def _diverged(self) -> _Ending:
        return _Ending(trouble=diverged(self.context.config))

    @property
    def _done(self) -> int:
        """Steps so far."""
        return (self.epoch - 1) * self.steps + self.step

    def _steps_of(self, epoch: int) -> int:
        return min(self.steps, self.total - (epoch - 1) * self.steps)

    # --- time ---

    def _plan_time(self, budget: float) -> None:
        """Choose the number of steps that fit into what is left of a time budget (seconds since the run began)."""
        per_step = seconds_per_step(self.stage)
        began = time.perf_counter()
        evaluate(self.stage, self.monitored)
        per_epoch = per_step * self.steps + (time.perf_counter() - began)
        left = max(0.0, budget - self.context.seconds)
        self.total = max(1, int(left / per_epoch * self.steps))

    def _is_overtime(self) -> bool:
        budget = self.stage.settings.time_budget
        return budget is not None and self.context.seconds > budget * _OVERTIME

    # --- what is kept ---

    def _snapshot(self, epoch: int, training: Metrics, validation: Metrics, *, complete: bool) -> _Snapshot:
        complete = complete or len(self.monitored) == len(self.context.split.validation)
        return _Snapshot(epoch, training, validation, copied_state(self.stage.trained), complete)

    def _note(self) -> None:
        """Keep what was answered this epoch, to look back at."""
        at, metrics = self.last, self.last.validation
        if examples := self._looked_at(at):
            self.context.history.note(at.epoch, examples, metrics.probabilities, metrics.places, self.best.epoch)

    def _looked_at(self, at: _Snapshot) -> tuple[int, ...]:
        """The validation examples that it was evaluated on."""
        return self.context.split.validation if at.complete else self.monitored

    def _save(self) -> None:
        """Write a checkpoint of this very moment."""
        assert self.optimiser is not None
        best = self.best
        about = {
            "epoch": self.epoch, "step": self.step, "total": self.total, "loss_sum": self.loss_sum,
            "right": self.right, "seconds": self.context.seconds, "threads": self.context.threads,
            "best_epoch": best.epoch,
            "training": [best.training.loss, best.training.accuracy],
            "validation": [best.validation.loss, best.validation.accuracy],
        }  # fmt: skip
        tensors = {f"now.{name}": value for name, value in trained_state(self.stage.trained).items()}
        tensors |= {f"best.{name}": value for name, value in best.state.items()}
        tensors |= {f"optimiser.{name}": value for name, value in optimiser_tensors(self.optimiser).items()}
        tensors |= {f"history.{name}": torch.from_numpy(rows) for name, rows in self.context.history.arrays().items()}
        self.context.checkpoint.save(Saved(about, tensors))

    def _restore(self, saved: Saved) -> None:
        assert self.optimiser is not None
        about, device = saved.about, self.context.device
        load_trained_state(self.stage.trained, saved.part("now."))
        restore_optimiser(self.optimiser, saved.part("optimiser."))
        self.context.history.restore({name: rows.numpy() for name, rows in saved.part("history.").items()})
        best = {name: value.to(device) for name, value in saved.part("best.").items()}
        self.best = self.last = _Snapshot(
            about["best_epoch"], Metrics(*about["training"]), Metrics(*about["validation"]), best, complete=False
        )
        self.epoch, self.step, self.total = about["epoch"], about["step"], about["total"]
        self.loss_sum, self.right, self.clean = about["loss_sum"], about["right"], self.step == 0

    def _training_metrics(self, n: int) -> Metrics:
        """Of the epoch's end where that costs nothing, else of its `n` examples as they came."""
        if self.stage.cheap:
            return evaluate(self.stage, self.context.split.train)
        return Metrics(self.loss_sum / n, self.right / n)

    def _epoch_end(self, at: _Snapshot) -> EpochEnd:
        row = {example: row for row, example in enumerate(self._looked_at(at))}
        shown = at.validation.probabilities[[row[example] for example in self.context.shown]]
        return EpochEnd(
            at.epoch, self.epochs, at.training.loss or 0.0, at.training.accuracy or 0.0,
            at.validation.loss, at.validation.accuracy, self.context.seconds,
            tuple(shown.argmax(1).tolist()) if len(shown) else (),
        )  # fmt: skip


def warmup_cosine(step: int, total: int, warmup: int) -> float:
    """The factor on the peak learning rate at `step` (from 0) of `total`: linear rise, then half a cosine to zero.

    Loshchilov & Hutter 2017, eq. 5 with a single period.
    """
    if step < warmup:
        return (step + 1) / (warmup + 1)
    progress = (step - warmup) / max(1, total - warmup)
    return 0.5 * (1 + math.cos(math.pi * min(1.0, progress)))


def diverged(config: TrainingConfig) -> Trouble:
    """The loss stopped being a number."""
    rate = config.learning_rate
    return Trouble(
        Message("The loss is no longer a number: the updates were too big. Try a learning rate ten times smaller."),
        {"learning_rate": rate / 10} if rate else {},
    )


def no_memory(config: TrainingConfig) -> Trouble:
    """Half the batch may fit, or, when that is one already, smaller pictures."""
    remedy: dict[str, Any] = {}
    if config.batch_size > 1:
        remedy = {"batch_size": config.batch_size // 2}
    elif config.image_size > _SMALLEST_PICTURE:
        remedy = {"image_size": config.image_size - _SMALLEST_PICTURE}
    return Trouble(Message("The computer ran out of memory. Try a smaller batch size or picture size."), remedy)
