"""A handful of validation examples to watch one by one: what each was taken for as the model learnt.

A run that learns tells this in its events, so it is there before the model is, and costs some bytes an epoch.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from core.messages import NOTHING, Message, counted
from core.results.history import Replay
from core.runs.progress import RunProgress
from core.training.engine.history import choose_shown

MOST_SCENES = 60
"""Of more epochs than this, so many are shown, evenly."""
T = TypeVar("T")


@dataclass(frozen=True)
class Scene:
    """After `epoch`, or before anything was learnt (None), when the best one can do is to name the most frequent class:
    the baseline. `predicted` are class numbers, one for each shown example; `accuracy` is that on all validation
    examples, None where it is not known. `is_baseline`: a new last layer begins with just these answers."""

    epoch: int | None
    accuracy: float | None
    predicted: tuple[int, ...]
    is_baseline: bool = False

    @property
    def when(self) -> Message:
        if self.epoch is None:
            return Message("Baseline")
        if self.is_baseline:
            return Message("Epoch {n} (baseline)", n=self.epoch)
        return Message("Epoch {n}", n=self.epoch)

    @property
    def how_good(self) -> Message:
        """Nothing where that is not known."""
        return NOTHING if self.accuracy is None else Message("accuracy {share:percent}", share=self.accuracy)


@dataclass(frozen=True)
class Wall:
    """`examples` by their index in the dataset, their class numbers, and the scenes, the first first."""

    examples: tuple[int, ...]
    scenes: tuple[Scene, ...]


def shown_right(right: int | str, n: int) -> Message:
    """How many of the shown examples are right."""
    return counted("{right} of {n} shown example right", "{right} of {n} shown examples right", n=n, right=right)


def wall_of(progress: RunProgress, classes: Sequence[str], past: Replay | None = None) -> Wall | None:
    """What there is to watch of a run; None where it has told nothing yet, or nothing was held back.

    `past` is asked where its events hold no answers: those of a run of an earlier version.
    """
    started = progress.started
    if started is None:
        return None
    examples = started.shown
    scenes = [Scene(end.epoch, end.validation_accuracy, end.predicted) for end in progress.epochs if end.predicted]
    if not examples and past:
        examples = choose_shown(past.examples, past.truths.tolist())
        rows = [past.examples.index(example) for example in examples]
        accuracy = {end.epoch: end.validation_accuracy for end in progress.epochs}
        scenes = [
            Scene(epoch, accuracy.get(epoch), tuple(past.moment(epoch).predicted[rows].tolist()))
            for epoch in past.epochs
        ]
    if not examples:
        return None
    if started.most_frequent in classes:
        guessed = (classes.index(started.most_frequent),) * len(examples)
        if scenes and (scenes[0].epoch, scenes[0].predicted) == (0, guessed):  # one scene, not two
            scenes[0] = replace(scenes[0], is_baseline=True)
        else:
            scenes.insert(0, Scene(None, started.baseline, guessed))
    return Wall(examples, tuple(thinned(scenes, MOST_SCENES)))


def thinned(items: Sequence[T], most: int) -> list[T]:
    """At most so many of them, evenly, the first and the last among them."""
    if len(items) <= most:
        return list(items)
    return [items[place * (len(items) - 1) // (most - 1)] for place in range(most)]
