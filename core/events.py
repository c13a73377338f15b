"""The one vocabulary in which long work reports itself, and how good a model is, as it tells it.

Training, reading files and trying a model all yield these frozen events. The live page, the command line, the tests and
the log on disk consume the same stream. Whatever a person can read in them is a Message.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Generator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, TypeVar

import msgspec

from core.messages import NOTHING, Message, encode, revived

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Score:
    """How often a model was right on `n` examples.

    `accuracy`, both ends of `interval` (95 %, Wilson) and `baseline` (always naming the
    commonest class of the training examples) are shares in [0, 1].
    """

    accuracy: float
    interval: tuple[float, float]
    n: int
    baseline: float

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Score:
        return msgspec.convert(data, cls)


@dataclass(frozen=True, slots=True)
class CrossValidated:
    """The mean accuracy over `repeats` times `folds` other divisions of `n` examples, each by the same recipe.

    `interval` is the corrected resampled one (95 %, see `core.evaluation.resampled`).
    """

    accuracy: float
    interval: tuple[float, float]
    n: int
    folds: int
    repeats: int

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> CrossValidated:
        return msgspec.convert(data, cls)


@dataclass(frozen=True, slots=True)
class Rival:
    """A plain method that learnt from the same examples as a model, and its `accuracy` on the same `n` as that.

    `name` is that of the method or, where it is a last layer, the id of the model below it, which has learnt nothing
    before. `interval` is Wilson's (95 %). `difference`: the model's accuracy minus the rival's, with its paired
    interval; `winner` is "model" or "rival", or "" where luck may make such a difference. `pretrained`: the model had
    learnt something before, so that the difference is what this gave. `learnt_from`: it learnt from so many of the
    training examples, where it did not from all of them.
    """

    name: str
    accuracy: float
    interval: tuple[float, float]
    n: int
    difference: float
    difference_interval: tuple[float, float]
    winner: str
    pretrained: bool = False
    learnt_from: int | None = None


@dataclass(frozen=True, slots=True)
class Importance:
    """How often a model is right `before` and `after` the cells of one `column` are shuffled among the rows."""

    column: str
    before: float
    after: float


@dataclass(frozen=True, slots=True)
class Event:
    """Base of everything that can happen during a job."""


@dataclass(frozen=True, slots=True)
class RunStarted(Event):
    """Training begins, or goes on: what goes in, and how long it is planned to be.

    `epochs` is 0 where nothing is trained in epochs, or time decides. `split` says which examples validate,
    and `why` why the program chose this way to train, if it did. `most_frequent` is the class that the baseline names,
    and `shown` are the validation examples, by their index in the dataset, whose answers every EpochEnd tells.
    """

    run: str
    dataset: str
    recipe: dict[str, Any]
    classes: tuple[str, ...]
    n_train: int
    n_validation: int
    n_test: int
    baseline: float | None
    epochs: int
    split: Message
    why: Message = NOTHING
    most_frequent: str = ""
    shown: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Tried(Event):
    """A model and a method were tried on parts of the training examples, while the best is looked for.

    `accuracy` with its `interval` (95 %, Wilson) and `loss` (cross-entropy in nats, calibrated) are those on `n`
    examples when they were held out; `seconds` is how long that took.
    """

    model: str
    strategy: str
    name: Message
    accuracy: float
    interval: tuple[float, float]
    n: int
    loss: float
    seconds: float


@dataclass(frozen=True, slots=True)
class Searched(Event):
    """What was found best, as a `recipe` that can be trained by itself, and `why`.

    `accuracy` is what it came to where it was chosen by, which is a little too high; `nested` is the accuracy on `n`
    examples that had no part in the choice either. `more` says what was not tried and why, `seconds` how long it took.
    """

    recipe: dict[str, Any]
    why: Message
    accuracy: float
    nested: float
    n: int
    seconds: float
    more: Message


@dataclass(frozen=True, slots=True)
class SourceUnderstood(Event):
    """How a source of examples was understood, before any of it is read (see `core.data.readers.reading.Reading`)."""

    proposal: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Progress(Event):
    """`done` of `total` units of a `stage` are finished; `core.runs.progress` names the stages and words them."""

    stage: str
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class StepEnd(Event):
    """One optimiser step: mean training loss of its batch; `seconds` since the run began."""

    epoch: int
    step: int
    steps: int
    loss: float
    seconds: float


@dataclass(frozen=True, slots=True)
class HiddenGuessed(Event):
    """One pass over `rows` (of which `unlabelled` have no class) with some of their cells hidden, before training with
    classes begins. `loss` is the mean over the hidden cells: Huber's of a number's error in standard deviations, the
    cross-entropy of a category in nats. `seconds` since the run began.
    """

    epoch: int
    epochs: int
    loss: float
    rows: int
    unlabelled: int
    seconds: float


@dataclass(frozen=True, slots=True)
class EpochEnd(Event):
    """One pass over the training examples is done. Epoch 0 is the state before the first step.

    Losses are mean cross-entropies in nats, accuracies shares in [0, 1]; the validation pair is
    None when no example could be held back. `seconds` since the run began. `predicted` are the class numbers that the
    examples of `RunStarted.shown` were taken for.
    """

    epoch: int
    epochs: int
    train_loss: float
    train_accuracy: float
    validation_loss: float | None
    validation_accuracy: float | None
    seconds: float
    predicted: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Warned(Event):
    """Something worth knowing that does not stop the job."""

    message: Message


@dataclass(frozen=True, slots=True)
class RunEnded(Event):
    """Training is over: `reason` is "completed", "stopped", "failed", "interrupted", or, for now, "paused".

    `epoch` is the epoch whose weights were kept; `chosen` says that they were picked by their
    validation score, which makes that score slightly too kind. `message` explains a bad end, and `remedy` holds the
    recipe options that may prevent it. `cross_validated` is there where that was cheap, `rivals` and
    `importances` where the kind of example has any.
    """

    run: str
    reason: str
    validation: Score | None = None
    test: Score | None = None
    epoch: int | None = None
    chosen: bool = False
    message: Message = NOTHING
    seconds: float = 0.0
    remedy: dict[str, Any] = field(default_factory=dict)
    cross_validated: CrossValidated | None = None
    rivals: tuple[Rival, ...] = ()
    importances: tuple[Importance, ...] = ()


@dataclass(frozen=True, slots=True)
class JobEnded(Event):
    """Any job other than training is over; `result` is its answer."""

    reason: str
    message: Message = NOTHING
    result: dict[str, Any] = field(default_factory=dict)


def _name(kind: type[Event]) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", kind.__name__).lower()


def _kinds() -> dict[str, type[Event]]:
    """Every event by name: those above, and those that studies add to them where they are imported."""
    return {_name(kind): kind for kind in Event.__subclasses__()}


def to_dict(event: Event) -> dict[str, Any]:
    """The event as plain data, its name first under "event"."""
    return {"event": _name(type(event)), **asdict(event)}


def to_json(event: Event) -> str:
    """The event as one line of JSON (no line breaks inside)."""
    return json.dumps(to_dict(event), ensure_ascii=False, default=encode)


def from_dict(data: Mapping[str, Any]) -> Event:
    """The inverse of `to_dict`. Unknown fields (a newer log) are ignored; KeyError for an unknown event, ValueError for
    one whose fields are missing or not what they should be."""
    kind = _kinds()[data["event"]]
    return msgspec.convert({name: revived(value) for name, value in data.items()}, kind)


def drain(events: Generator[Event, None, Result], listen: Callable[[Event], object] = lambda event: None) -> Result:
    """Run a stream to its end, showing each event to `listen`; returns what the stream returns."""
    while True:
        try:
            listen(next(events))
        except StopIteration as end:
            return end.value
