"""Options declared once, as metadata of a dataclass's fields: form, flags and checks are made from them.

@dataclass(frozen=True)
class Design:
    shots: int = option(5, label=Message("Examples of each class"), help=Message("..."), low=1, high=10_000, step=1)
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from core.messages import NOTHING, Message


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
    `empty` says. `usual` is the value that a form begins with (the field's default, unless a set asks for another).

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
    choices: Mapping[str, Choice] = field(default_factory=dict)
    folded: bool = False
    optional: bool = False
    empty: Message = NOTHING
    usual: Any = None
    scale: float = 1
    slider: bool = False
    toggles: bool = False
    flag: str = ""
    flag_help: Message = NOTHING

    @property
    def whole(self) -> bool:
        return isinstance(self.step, int)


def option(default: Any, label: Message, help: Message = NOTHING, **about: Any) -> Any:
    """A field of a dataclass with an option as its metadata."""
    metadata = {"option": Option(label, help, usual=default, **about)}
    if isinstance(default, dict):
        return field(default_factory=dict, metadata=metadata)
    return field(default=default, metadata=metadata)


def options_of(kind: type) -> dict[str, Option]:
    """Every option of a dataclass by the name of its field, in their order."""
    return {f.name: f.metadata["option"] for f in fields(kind) if "option" in f.metadata}


def value_type(kind: type, name: str) -> type:
    """What one value of a field is: int, float or str."""
    annotation = str({f.name: f.type for f in fields(kind)}[name])
    return int if "int" in annotation else float if "float" in annotation else str


def is_many(kind: type, name: str) -> bool:
    """True where a field holds several values."""
    return str({f.name: f.type for f in fields(kind)}[name]).startswith("tuple")


def problems(design: Any) -> Iterator[Message]:
    """What the values of a dataclass say against its options, all of it."""
    for name, one in options_of(type(design)).items():
        value = getattr(design, name)
        if value is None and one.optional:
            continue
        if one.choices:
            yield from _choice_problems(one, value)
        elif one.low is not None:
            yield from _number_problems(one, value)


def together(messages: Iterable[Message]) -> Message:
    """Several short statements as one: "a; b; c"."""
    said = list(messages)
    joined = said[0] if said else NOTHING
    for one in said[1:]:
        joined = Message("{first}; {second}", first=joined, second=one)
    return joined


def _choice_problems(one: Option, value: Any) -> Iterator[Message]:
    chosen = value if isinstance(value, tuple) else (value,)
    if unknown := [str(name) for name in chosen if name not in one.choices]:
        yield Message(
            "{label} cannot be {values:any} (choose of {there:list})",
            label=one.label,
            values=unknown,
            there=list(one.choices),
        )
    if len(set(chosen)) < len(chosen):
        yield Message("{label}: one of them is named twice", label=one.label)


def _number_problems(one: Option, value: Any) -> Iterator[Message]:
    assert one.low is not None and one.high is not None
    is_number = isinstance(value, int if one.whole else (int, float)) and not isinstance(value, bool)
    if is_number and math.isfinite(value) and one.low <= value <= one.high:
        return
    about = {"label": one.label, "low": one.low, "high": one.high, "value": str(value)}
    if one.whole:
        yield Message("{label} must be a whole number between {low} and {high}, not '{value}'", **about)
    else:
        yield Message("{label} must be a number between {low} and {high}, not '{value}'", **about)
