"""What a lesson is: a question, and steps of six kinds, one of which is on the screen at a time.

A student explains nothing to the program: that something was done is seen in the workspace (`core.lessons.goals`), and
what a step reveals was measured in what the student did.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, TypeVar

from core.lessons.goals import Goal

QUESTIONS = 3
"""In every quiz."""


@dataclass(frozen=True, slots=True)
class Step:
    """One screen: its heading, its text in Markdown, the minutes that it takes in a class, and the line of the file at
    which it begins. `KIND` is what its block is called there."""

    KIND: ClassVar[str] = ""
    title: str
    text: str
    minutes: int
    line: int


@dataclass(frozen=True, slots=True)
class Explain(Step):
    """Something to read or to talk about."""

    KIND: ClassVar[str] = "explain"


@dataclass(frozen=True, slots=True)
class Predict(Step):
    """A guess before anything is measured: one of `choices`, or, where there are none, a number from `low` to `high`.
    With the unit "percent" these, and the guess, are shares between 0 and 1."""

    KIND: ClassVar[str] = "predict"
    id: str
    choices: tuple[str, ...] = ()
    unit: str = "number"
    low: float = 0
    high: float = 1


@dataclass(frozen=True, slots=True)
class Do(Step):
    """Something to do in the app, which is done when `goal` is."""

    KIND: ClassVar[str] = "do"
    id: str
    goal: Goal


@dataclass(frozen=True, slots=True)
class Reveal(Step):
    """The figures of what was done in the step `of`, the first of them beside the `guess` of an earlier step."""

    KIND: ClassVar[str] = "reveal"
    of: str
    guess: str
    figures: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Question:
    """One question of a quiz: the number of its right answer among `choices`, from 0, and why that is right."""

    ask: str
    choices: tuple[str, ...]
    right: int
    why: str


@dataclass(frozen=True, slots=True)
class Quiz(Step):
    """What was understood, in three questions."""

    KIND: ClassVar[str] = "quiz"
    questions: tuple[Question, ...]


@dataclass(frozen=True, slots=True)
class TakeHome(Step):
    """The one sentence that is worth remembering: its text."""

    KIND: ClassVar[str] = "take-home"


S = TypeVar("S", bound=Step)


@dataclass(frozen=True)
class Lesson:
    """A lesson in one language. `notes` are for the teacher, in Markdown; `place` is where it stands in the list."""

    id: str
    language: str
    title: str
    question: str
    place: int
    steps: tuple[Step, ...]
    notes: str

    @property
    def minutes(self) -> int:
        return sum(step.minutes for step in self.steps)

    def of_kind(self, kind: type[S]) -> Iterator[S]:
        """Its steps of one kind, in order."""
        return (step for step in self.steps if isinstance(step, kind))

    def prediction(self, step_id: str) -> Predict:
        return next(step for step in self.of_kind(Predict) if step.id == step_id)

    def task(self, step_id: str) -> Do:
        return next(step for step in self.of_kind(Do) if step.id == step_id)
