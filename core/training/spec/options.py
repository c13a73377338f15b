"""One setting of a recipe, declared once: the form's field, the command line's flag and the check are made from it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from core.messages import NOTHING, Message, quoted
from core.modalities.base import Ability


@dataclass(frozen=True, slots=True)
class Option:
    """How one field of a recipe is shown and checked. `low` and `high` are inclusive; `kind` is int, float or str.

    `folded` fields stand under "More options". What `needs` an ability is there for kinds of examples that have it. A
    field whose value is None takes the strategy's own default, or, with `optional`, stands for what `empty` says.
    """

    label: Message
    help: Message
    kind: type[int] | type[float] | type[str] = str
    low: float = -math.inf
    high: float = math.inf
    step: float | None = None
    multiple_of: int | None = None
    choices: tuple[str, ...] = ()
    folded: bool = True
    needs: Ability | None = None
    optional: bool = False
    empty: Message = NOTHING

    def problems(self, value: object) -> Iterator[Message]:
        """What is wrong with a value; None always stands for "not said"."""
        if value is None:
            return
        said: dict[str, Any] = {"option": self.label, "value": str(value)}
        if self.choices:
            if value not in self.choices:
                yield Message("{option} must be one of {choices:list}, not '{value}'.", choices=self.choices, **said)
        elif not isinstance(value, int if self.kind is int else (int, float)) or isinstance(value, bool):
            if self.kind is int:
                yield Message("{option} must be a whole number, not '{value}'.", **said)
            else:
                yield Message("{option} must be a number, not '{value}'.", **said)
        elif isinstance(value, float) and not math.isfinite(value):
            yield Message("{option} must be a number, not '{value}'.", **said)
        elif not self.low <= value <= self.high:
            yield Message(
                "{option} must lie between {low:g} and {high:g}, not {value}.", low=self.low, high=self.high, **said
            )
        elif self.multiple_of and value % self.multiple_of:
            yield Message("{option} must be a multiple of {step}, not {value}.", step=self.multiple_of, **said)


def option(
    kind: type[int] | type[float] | type[str], label: Message, help: Message, *, default: Any = None, **about: Any
) -> Any:
    """A field of a recipe with what there is to say of it."""
    return field(default=default, metadata={"option": Option(label, help, kind, **about)})


_CHOICES = {
    "auto": Message("automatic"),
    "none": Message("none"),
    "light": Message("light"),
    "strong": Message("strong"),
    "drawing": Message("for drawings"),
    "linear": Message("linear"),
    "cosine": Message("cosine"),
    "balanced": Message("balanced"),
    "yes": Message("yes"),
    "no": Message("no"),
    "cpu": Message("processor (CPU)"),
    "cuda": Message("NVIDIA graphics card (CUDA)"),
    "mps": Message("Apple graphics (MPS)"),
}


def choice_title(value: str) -> Message:
    """What a person calls one of an option's `choices`; the value itself where it has no other name."""
    return _CHOICES.get(value) or quoted(value)
