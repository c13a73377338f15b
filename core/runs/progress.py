"""A run's events folded into what one looks at: curves, how far it is, how long it will take, and that in words."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from core.events import EpochEnd, Event, HiddenGuessed, Progress, RunEnded, RunStarted, Searched, StepEnd, Tried, Warned
from core.messages import Message, counted, sentences

_AFTERWARDS = ("folds", "rivals")
"""Stages after the last epoch."""


@dataclass
class RunProgress:
    """The state of a job after some of its events.

    `share` (0 to 1) is how much of the current stage is done; `seconds_left`, those of its epochs, is None until
    it can be told.
    """

    started: RunStarted | None = None
    guessed: list[HiddenGuessed] = field(default_factory=list)
    epochs: list[EpochEnd] = field(default_factory=list)
    step: StepEnd | None = None
    stage: Progress | None = None
    looking: Progress | None = None
    """How far the search for a model and a method is; stages within it begin again and again."""
    tried: list[Tried] = field(default_factory=list)
    searched: Searched | None = None
    warnings: list[Message] = field(default_factory=list)
    ended: RunEnded | None = None

    @property
    def trained(self) -> bool:
        """Whether the last epoch is over: what happens now, until it ends, is measuring how good it is."""
        return self.measuring is not None or (bool(self.epochs) and self.epochs[-1].epoch >= self._planned)

    @property
    def measuring(self) -> Progress | None:
        """How far it is with what comes after the last epoch, where it tells that."""
        return self.stage if self.stage and self.stage.stage in _AFTERWARDS else None

    @property
    def share(self) -> float:
        if self.ended:
            return 1.0
        if self.measuring:
            return share_of(self.measuring)
        if self.step or self.epochs:
            return min(1.0, self._epochs_done / max(1, self._planned))
        stage = self.looking if self.looking and not self.searched else self.stage
        return share_of(stage) if stage else 0.0

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


def follow(events: Iterable[Event]) -> RunProgress:
    """Fold a stream (or the part of it that has happened so far)."""
    progress = RunProgress()
    for event in events:
        match event:
            case RunStarted():  # again, when it goes on after a pause or a crash
                progress.started, progress.ended = event, None
            case Tried():  # again, when it was paused before anything was chosen
                same = event.model, event.strategy
                progress.tried = [*(one for one in progress.tried if (one.model, one.strategy) != same), event]
            case Searched():
                progress.searched = event
            case HiddenGuessed():  # again, when it was left before it had learnt with classes
                progress.guessed = [*(one for one in progress.guessed if one.epoch < event.epoch), event]
            case EpochEnd():  # one that was done before the crash, but after the last checkpoint, is done again
                progress.epochs = [*(end for end in progress.epochs if end.epoch < event.epoch), event]
            case StepEnd():
                progress.step = event
            case Progress():
                progress.stage, progress.ended = event, None  # it goes on before it has started
                progress.looking = event if event.stage == "search" else progress.looking
            case Warned():  # again, when it began again
                if event.message not in progress.warnings:
                    progress.warnings.append(event.message)
            case RunEnded():
                progress.ended = event
    return progress


def worth(found: Searched) -> Message:
    """What the choice of a search is worth, and what was not tried. Luck is only spoken of where it made a difference,
    as it does not where a single one was tried."""
    if round(found.nested, 2) >= round(found.accuracy, 2):
        return sentences(
            Message(
                "It got {share:percent} right on parts of the training examples (on average over {n} examples).",
                share=found.accuracy,
                n=found.n,
            ),
            found.more,
        )
    return sentences(
        Message(
            "It was chosen because it did best on parts of the training examples: {chosen:percent} right on average. "
            "The best of several was also lucky: when the choice itself is validated as well, {nested:percent} is to "
            "be expected (on average over {n} examples).",
            chosen=found.accuracy,
            nested=found.nested,
            n=found.n,
        ),
        found.more,
    )


def last_progress(events: Iterable[Event], *stages: str) -> Progress | None:
    """The last progress in a log, of any of `stages`; of any stage at all when none is named."""
    found = (event for event in reversed(list(events)) if isinstance(event, Progress))
    return next((event for event in found if not stages or event.stage in stages), None)


def share_of(progress: Progress) -> float:
    """How much of a stage is done, 0 to 1."""
    return min(1.0, progress.done / max(1, progress.total))


STAGES: dict[str, Message] = {
    "read": Message("Importing: {done} of {examples}"),
    "look": Message("Looking for near-duplicates: {done} of {examples}"),
    "compare": Message("Comparing: {done} of {examples}"),
    "pairs": Message("Comparing pairs closely: {done} of {total}"),
    "doctor": Message("Checking the data: step {done} of {total}"),
    "prepare": Message("Getting the model ready"),
    "embed": Message("Extracting features with the pretrained model: {done} of {examples}"),
    "views": Message("Extracting features with the new network: {done} of {examples}"),
    "measure": Message("Timing the model on this computer: {done} of {total}"),
    "guess": Message("Guessing hidden cells: epoch {done} of {total}"),
    "rate": Message("Trying learning rates: {done} of {total}"),
    "search": Message("Comparing models and methods on the training examples: {done} of at most {total} seconds"),
    "ways": Message("{done} of {total} trainings done"),
    "folds": Message("Checking how much the score depends on the split (cross-validation): {done} of {total}"),
    "rivals": Message("Comparing with a plain model without pretraining"),
    "final": Message("Scoring on the test set"),
    "classify": Message("Predicting: {done} of {total}"),
    "sort": Message("Sorting: {done} of {total}"),
    "gather": Message("Gathering: {done} of {total}"),
    "pack": Message("Writing: {done} of {total} files"),
    "unpack": Message("Opening: {done} of {total} files"),
    "vet": Message("Searching: {done} of {total}"),
    "export": Message("Making the export and checking it"),
    "episodes": Message("Episode {done} of {total}"),
}
"""What is happening, by the stage of a Progress. `examples` is a number with its noun ("40 pictures")."""
_OTHER = Message("Working: {done} of {total}")


def some_examples(n: int) -> Message:
    """ "1 example", "40 examples": the noun where the kind of example is not known."""
    return counted("{n} example", "{n} examples", n=n)


def wording(progress: Progress, noun: Callable[[int], Message] = some_examples) -> Message:
    """A Progress as a sentence, also one of a stage that is not known; `noun` counts examples of the kind at hand."""
    stage = STAGES.get(progress.stage, _OTHER)
    return stage.having(done=progress.done, total=progress.total, examples=noun(progress.total))
