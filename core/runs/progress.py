"""A run's events folded into what one looks at: curves, how far it is, how long it will take."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from core.events import EpochEnd, Event, PhaseProgress, RunEnded, RunStarted, StepEnd, Warned


@dataclass
class Progress:
    """The state of a training run after some of its events.

    `share` (0 to 1) is how much of the current phase is done; `seconds_left` is None until it can be told.
    """

    started: RunStarted | None = None
    epochs: list[EpochEnd] = field(default_factory=list)
    step: StepEnd | None = None
    phase: PhaseProgress | None = None
    warnings: list[str] = field(default_factory=list)
    ended: RunEnded | None = None

    @property
    def share(self) -> float:
        if self.ended:
            return 1.0
        if self.step or self.epochs:
            return min(1.0, self._epochs_done / max(1, self._planned))
        return self.phase.done / max(1, self.phase.total) if self.phase else 0.0

    @property
    def seconds_left(self) -> float | None:
        if self.ended or not self.epochs:
            return None
        now = max(self.step.seconds if self.step else 0.0, self.epochs[-1].seconds)
        done, spent = self._epochs_done, now - self.epochs[0].seconds
        return spent / done * (self._planned - done) if done > 0 and spent > 0 else None

    @property
    def _planned(self) -> int:
        return self.epochs[-1].epochs if self.epochs else 0

    @property
    def _epochs_done(self) -> float:
        finished = self.epochs[-1].epoch if self.epochs else 0
        if self.step and self.step.epoch > finished:
            return finished + self.step.step / self.step.steps
        return float(finished)


def follow(events: Iterable[Event]) -> Progress:
    """Fold a stream (or the part of it that has happened so far)."""
    progress = Progress()
    for event in events:
        match event:
            case RunStarted():  # again, when it goes on after a pause or a crash
                progress.started, progress.ended = event, None
            case EpochEnd():  # one that was done before the crash, but after the last checkpoint, is done again
                progress.epochs = [*(end for end in progress.epochs if end.epoch < event.epoch), event]
            case StepEnd():
                progress.step = event
            case PhaseProgress():
                progress.phase = event
            case Warned():
                progress.warnings.append(event.message)
            case RunEnded():
                progress.ended = event
    return progress
