"""The protocol of every study: a design, a stream of events, a table folded from them, findings, an estimated cost.

A study asks a question about a whole dataset, or about several runs. A new one is a folder beside these and a line in
`core.studies.registry`; the job, the command line's verb and the page's form, watching and tables are made from what
stands here.

    design.py     a `Design`: what is asked, validated once
    run.py        `run(design, context)`: the events, as they happen
    table.py      a `Table`: the events folded, as far as they have come
    findings.py   `findings(table)`: sentences, from rules that say when nothing can be told
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, ClassVar, Generic, Protocol, TypeAlias, TypeVar

from core.data.dataset import Dataset
from core.errors import DataError, RecipeError, RunError
from core.events import Event
from core.messages import NOTHING, Message, sentences
from core.models.card import ModelCard
from core.options import Choice, Option, option, problems
from core.runs.folder import RunFolder
from core.runs.launcher import Launcher
from core.training.spec.strategies import STRATEGIES, strategies_for
from core.workspace import Workspace

Stop: TypeAlias = Callable[[], bool]
MOST_SEED = 2**31 - 1000


@dataclass(frozen=True)
class Design:
    """What a study is asked. RecipeError lists everything that is wrong with it, not just the first thing.

    Fields carry an option (see `core.options`) where somebody can choose them.
    """

    REFUSAL: ClassVar[Message]
    """Said of a design that cannot be, before its problems."""

    def __post_init__(self) -> None:
        if found := list(dict.fromkeys([*self.problems(), *problems(self)])):
            raise RecipeError(sentences(self.REFUSAL, *found))

    def problems(self) -> Iterator[Message]:
        """What is wrong with it besides single values."""
        yield from ()

    def title(self) -> Message:
        """What tells it from others of its kind, and of its models."""
        return NOTHING

    def model_ids(self) -> tuple[str, ...]:
        """The models that it is about, one or several."""
        model: str = getattr(self, "model", "")
        return (model,) if model else tuple(getattr(self, "models", ()))

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls: type[D], data: Mapping[str, Any]) -> D:
        """The inverse of `to_dict`, also after a way through JSON. Unknown fields (a newer program's) are ignored."""
        known = {f.name for f in fields(cls)}
        values = {name: _tuples(value) for name, value in data.items() if name in known}
        return cls(**values)

    @classmethod
    def takes(cls, card: ModelCard) -> bool:
        """Whether it can be asked of this model at all."""
        return True

    @classmethod
    def offered(
        cls, name: str, option: Option, dataset: Dataset, card: ModelCard | None, chosen: Mapping[str, Any]
    ) -> Option | None:
        """An option as this dataset, the model and what was `chosen` before it allow; None where it changes nothing.

        DataError when the dataset allows no study at all.
        """
        return option


D = TypeVar("D", bound=Design)


def _tuples(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _tuples(one) for name, one in value.items()}
    return tuple(map(_tuples, value)) if isinstance(value, list) else value


@dataclass(frozen=True)
class Plan:
    """A design checked against a dataset: its `summary` in words, and the `seconds` it takes here at most (None: not
    measured yet). `foreseen` are the events that are known before it begins."""

    summary: Message
    seconds: float | None = None
    foreseen: tuple[Event, ...] = ()


@dataclass(frozen=True)
class Context:
    """What a study works with.

    `about` is the dataset it is about, and `folder` where it may keep files; a comparison needs neither. `stop` is
    asked on the way; `run_one` does a training of its own in this process, and `launcher` makes what does several at
    once, where there is more than this process for it.
    """

    workspace: Workspace
    about: Dataset | None = None
    folder: RunFolder | None = None
    stop: Stop = lambda: False
    run_one: Callable[[RunFolder, Stop], object] = lambda run, stop: None
    launcher: Callable[[], Launcher | None] = lambda: None

    @property
    def dataset(self) -> Dataset:
        """The dataset it is about. DataError where none was given."""
        if self.about is None:
            raise DataError(Message("This study needs a dataset."), Message("Choose one."))
        return self.about

    @property
    def kept(self) -> RunFolder:
        """The folder of the study. RunError where it has none."""
        if self.folder is None:
            raise RunError(Message("This study needs a folder to keep its files in."))
        return self.folder


Cell: TypeAlias = Message | str | int | float | None
"""Text from outside, a number, a message; None for what is not known yet."""


@dataclass(frozen=True)
class Sheet:
    """A table as it is read: what stands above its columns, its rows, and below it how to read it."""

    columns: tuple[Message, ...]
    rows: tuple[tuple[Cell, ...], ...]
    title: Message = NOTHING
    caption: Message = NOTHING


class Table(Protocol):
    """The events of a study folded, as far as they have come."""

    def sheets(self) -> Sequence[Sheet]:
        """What it shows; the first is what everybody looks at."""

    def to_dict(self) -> dict[str, Any]:
        """All that can be told, as plain data and messages."""


T = TypeVar("T", bound=Table)
Run: TypeAlias = Callable[[D, Context], Generator[Event, None, bool]]


@dataclass(frozen=True)
class Study(Generic[D, T]):
    """One kind of study: its folder's name, the verb that starts it with its `help`, and the parts of the protocol.

    `plan(design, dataset, workspace)` raises DataError, ModelError or RecipeError when they do not go together.
    `run` yields events and returns False when it was stopped: what came before counts all the same.
    """

    id: str
    verb: str
    title: Message
    question: Message
    help: Message
    design: type[D]
    plan: Callable[[D, Dataset, Workspace], Plan]
    run: Run[D]
    table: Callable[[D, Iterable[Event]], T]
    findings: Callable[[T], Sequence[Message]]
    data: Callable[[T], dict[str, Any]] | None = None
    """All that can be told as plain data and messages, where that is more than the table's own."""
    names_givers: bool = False
    """Whether its events name who gave the examples: then it is in no project that is only to be looked at."""

    def result(self, design: D, events: Iterable[Event]) -> dict[str, Any]:
        """What its events say: the table as plain data, and the findings as `sentences`."""
        table = self.table(design, events)
        data = table.to_dict() if self.data is None else self.data(table)
        return {**data, "sentences": list(self.findings(table))}


def seed_option() -> Any:
    """The field of a design that everything random follows from."""
    return option(
        0, Message("Seed"), Message("The same seed gives the same splits and the same result again."),
        low=0, high=MOST_SEED, step=1, folded=True,
    )  # fmt: skip


def strategy_choices(but: Collection[str] = ()) -> dict[str, Choice]:
    """Every way to train except some, as the choices of an option."""
    return {name: Choice(one.title, one.sentence) for name, one in STRATEGIES.items() if name not in but}


def for_model(option: Option, card: ModelCard | None, usual: Any, usual_in_context: Any) -> Option:
    """A choice of ways to train, without those that a model which answers in context has no place for."""
    if card is None or not card.in_context:
        return replace(option, usual=usual)
    possible = strategies_for(card)
    described = {name: one.described(card) for name, one in possible.items() if name in option.choices}
    choices = {name: Choice(one.title, one.sentence) for name, one in described.items()}
    return replace(option, choices=choices, usual=usual_in_context)
