"""Options declared once, as metadata of a dataclass's fields: form, flags and checks are made from them.

@dataclass(frozen=True)
class Design:
    shots: int = option(5, Message("Examples of each class"), Message("..."), low=1, high=10_000, step=1)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from core.messages import NOTHING, Message, quoted


@dataclass(frozen=True, slots=True)
class Choice:
    """One of the values that an option can have: what it is called, and a sentence that explains it."""

    title: Message
    sentence: Message = NOTHING


@dataclass(frozen=True, slots=True)
class Option:
    """How a field is shown and checked.

    `low` and `high` are inclusive; a whole `step` means whole numbers. `choices` holds the values there are, with what
    each is called. A field of type tuple takes several of them. A value of None stands, with `optional`, for what
    `empty` says. `usual` is the value that a form begins with (the field's default, unless a dataset asks for another).
    What `needs` an ability (`core.modalities.base.Ability`) is there for the kinds of examples that have it.

    `folded` fields stand under "More options". A form shows `value / scale` (minutes for seconds, per cent for shares),
    with a `slider` where that is handier than a number, and `toggles` for choices that are on or off. `flag` names the
    flag of the command line where that is not the field, and "-" stands for none; `flag_help` is said there, where the
    label names another unit.
    """

    label: Message
    help: Message = NOTHING
    low: float | None = None
    high: float | None = None
    step: float | None = None
    multiple_of: int | None = None
    choices: Mapping[str, Choice] = field(default_factory=dict)
    folded: bool = False
    optional: bool = False
    empty: Message = NOTHING
    usual: Any = None
    needs: str | None = None
    scale: float = 1
    slider: bool = False
    toggles: bool = False
    flag: str = ""
    flag_help: Message = NOTHING

    @property
    def whole(self) -> bool:
        return isinstance(self.step, int)

    @property
    def value_type(self) -> type[int] | type[float] | type[str]:
        """What one value is."""
        if self.choices or self.low is None:
            return str
        return int if self.whole else float

    def title(self, value: Any) -> Message:
        """What a person calls one of the `choices`; the value itself where it has no other name."""
        known = self.choices.get(str(value))
        return known.title if known else quoted(str(value))

    def problems(self, value: Any) -> Iterator[Message]:
        """What is wrong with a value, or with several."""
        if self.choices:
            yield from self._choice_problems(value)
        elif self.low is not None:
            yield from self._number_problems(value)

    def _choice_problems(self, value: Any) -> Iterator[Message]:
        chosen = value if isinstance(value, tuple) else (value,)
        for name in chosen:
            if name not in self.choices:
                there = list(self.choices)
                yield Message(
                    "{option} must be one of {choices:list}, not '{value}'.",
                    option=self.label, choices=there, value=str(name),
                )  # fmt: skip
        if len(set(chosen)) < len(chosen):
            yield Message("{option}: one of them is named twice.", option=self.label)

    def _number_problems(self, value: Any) -> Iterator[Message]:
        assert self.low is not None and self.high is not None
        about: dict[str, Any] = {"option": self.label, "value": str(value), "low": self.low, "high": self.high}
        is_number = isinstance(value, int if self.whole else (int, float)) and not isinstance(value, bool)
        if not is_number or not self.low <= value <= self.high:  # so NaN is refused too
            if self.whole:
                yield Message("{option} must be a whole number between {low} and {high}, not '{value}'.", **about)
            else:
                yield Message("{option} must be a number between {low:g} and {high:g}, not '{value}'.", **about)
        elif self.multiple_of and value % self.multiple_of:
            yield Message("{option} must be a multiple of {step}, not {value}.", option=self.label,
                          step=self.multiple_of, value=value)  # fmt: skip


def option(default: Any, label: Message, help: Message = NOTHING, **about: Any) -> Any:
    """A field of a dataclass with an option as its metadata."""
    metadata = {"option": Option(label, help, usual=default, **about)}
    if isinstance(default, dict):
        return field(default_factory=dict, metadata=metadata)
    return field(default=default, metadata=metadata)


def options_of(kind: type) -> dict[str, Option]:
    """Every option of a dataclass by the name of its field, in their order."""
    return {f.name: f.metadata["option"] for f in fields(kind) if "option" in f.metadata}


def is_many(kind: type, name: str) -> bool:
    """True where a field holds several values."""
    return str({f.name: f.type for f in fields(kind)}[name]).startswith("tuple")


def problems(asked: Any) -> Iterator[Message]:
    """What the values of a dataclass say against its options, all of it; None where that is the default is no value."""
    for name, one in options_of(type(asked)).items():
        value = getattr(asked, name)
        if value is not None or one.usual is not None:
            yield from one.problems(value)
