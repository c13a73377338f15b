"""What stands in the blocks of a lesson's file: names and values in YAML, each name with one meaning wherever it is.

What is wrong is said with the line in which it stands, and what should be there.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

import yaml

from core.data.samples import EVERY_SAMPLE
from core.errors import UserError
from core.lessons.goals import COUNT, FIGURES, KINDS, SHARE, STUDIED
from core.lessons.lesson import QUESTIONS
from core.messages import Message
from core.training.spec.strategies import STRATEGIES
from core.workspace import is_safe_id

_MOST_LETTERS, _MOST_CHOICES, _MOST_MINUTES = 300, 6, 90
_TOLD = 40
"""So many letters of a name that there is not are repeated."""


@dataclass(frozen=True, slots=True)
class At:
    """A place in a file, for what is wrong there."""

    file: str
    line: int

    def refuse(self, problem: Message, advice: Message) -> NoReturn:
        raise UserError(
            Message("'{file}', line {line}: {problem}", file=self.file, line=self.line, problem=problem), advice
        )


def fields_of(lines: Sequence[str], at: At, needs: set[str], may: set[str]) -> dict[str, Any]:
    """What a block of YAML says, by name. `at` is its first line."""
    try:
        found = yaml.safe_load("\n".join(lines)) or {}
    except (yaml.YAMLError, ValueError, RecursionError) as error:  # a date that there is not is a ValueError
        mark = getattr(error, "problem_mark", None)
        where = At(at.file, at.line + (mark.line if mark else 0))
        where.refuse(
            Message("This cannot be read as YAML."),
            Message("Write a name, a colon, a blank and the value; put a text with a colon or a # in quotes."),
        )
    if not isinstance(found, dict):
        at.refuse(
            Message("This is no list of names and values."),
            Message("Write, for example: {example}", example="minutes: 5"),
        )
    for name in found:
        if name not in needs | may:
            _at_name(lines, at, name).refuse(
                Message("There is no '{name}' here.", name=str(name)[:_TOLD]),
                Message("There can be: {names:list}.", names=sorted(needs | may)),
            )
    for name in sorted(needs - found.keys()):
        at.refuse(
            Message("'{name}' is missing here.", name=name),
            Message("It is {meaning}.", meaning=NAMES[name].meaning),
        )
    for name, value in found.items():
        if not NAMES[name].fits(value):
            _at_name(lines, at, name).refuse(
                Message("This cannot be '{name}'.", name=name), Message("It is {meaning}.", meaning=NAMES[name].meaning)
            )
    return found


def _at_name(lines: Sequence[str], at: At, name: object) -> At:
    """The line that begins with a name."""
    line = next((n for n, one in enumerate(lines) if one.partition(":")[0].strip("\"' ") == str(name)), 0)
    return At(at.file, at.line + line)


# --- the names in blocks, each with one meaning wherever it stands ---


@dataclass(frozen=True, slots=True)
class Name:
    meaning: Message
    fits: Callable[[Any], bool]


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value.strip()) <= _MOST_LETTERS


def _is_whole(low: int, high: int) -> Callable[[Any], bool]:
    return lambda value: type(value) is int and low <= value <= high


def _is_number(value: Any) -> bool:
    return type(value) in (int, float) and abs(value) <= 1_000_000


def _are_texts(value: Any) -> bool:
    return isinstance(value, list) and 2 <= len(value) <= _MOST_CHOICES and all(map(_is_text, value))


def _are_questions(value: Any) -> bool:
    return (
        isinstance(value, list) and len(value) == QUESTIONS
        and all(isinstance(one, dict) and one.keys() == {"ask", "choices", "right", "why"} for one in value)
        and all(_is_text(one["ask"]) and _is_text(one["why"]) and _are_texts(one["choices"]) for one in value)
        and all(_is_whole(1, len(one["choices"]))(one["right"]) for one in value)
    )  # fmt: skip


def _one_of(*names: str) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, str) and value in names


def _is_id(value: Any) -> bool:
    return isinstance(value, str) and is_safe_id(value)


def _are_figures(value: Any) -> bool:
    return isinstance(value, list) and 1 <= len(value) <= 4 and all(isinstance(v, str) and v in FIGURES for v in value)


_SAMPLES = tuple(sample.id for sample in EVERY_SAMPLE)
_SHORT = Message("a text of at most {n} letters; one with a colon in it stands in quotes", n=_MOST_LETTERS)
_ID = Message("a short name of small letters, digits and dashes")
NAMES: dict[str, Name] = {
    "title": Name(_SHORT, _is_text),
    "question": Name(_SHORT, _is_text),
    "place": Name(Message("a whole number: where the lesson stands in the list"), _is_whole(0, 1000)),
    "minutes": Name(
        Message("how many minutes the step takes: a whole number from 1 to {most}", most=_MOST_MINUTES),
        _is_whole(1, _MOST_MINUTES),
    ),
    "id": Name(_ID, _is_id),
    "choices": Name(
        Message("a list of 2 to {most} texts; put words such as yes and no in quotes", most=_MOST_CHOICES), _are_texts
    ),
    "unit": Name(Message("one of {names:any}", names=(SHARE, COUNT)), _one_of(SHARE, COUNT)),
    "low": Name(Message("a number: the least that can be guessed"), _is_number),
    "high": Name(Message("a number: the most that can be guessed"), _is_number),
    "goal": Name(Message("one of {names:any}", names=tuple(KINDS)), _one_of(*KINDS)),
    "sample": Name(Message("one of {names:any}", names=_SAMPLES), _one_of(*_SAMPLES)),
    "strategy": Name(Message("one of {names:any}", names=tuple(STRATEGIES)), _one_of(*STRATEGIES)),
    "model": Name(Message("the id of a model"), _is_text),
    "shots": Name(Message("how many examples of each class: a whole number"), _is_whole(1, 10_000)),
    "times": Name(Message("how many runs: a whole number from 2 to 10"), _is_whole(2, 10)),
    "study": Name(Message("one of {names:any}", names=STUDIED), _one_of(*STUDIED)),
    "of": Name(Message("the id of an earlier step in which something is done"), _is_id),
    "guess": Name(Message("the id of an earlier step in which is guessed"), _is_id),
    "figures": Name(Message("a list of up to 4 of {names:any}", names=tuple(FIGURES)), _are_figures),
    "questions": Name(
        Message(
            "a list of {n} questions, each with ask, choices, right (the number of the right choice, from 1) and why",
            n=QUESTIONS,
        ),
        _are_questions,
    ),
}
