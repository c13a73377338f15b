"""Errors that a person is meant to read: what happened, then what to do next."""

from __future__ import annotations

import traceback
from contextlib import suppress

from core.messages import NOTHING, Message, sentences


class UserError(Exception):
    """Something the person can mend.

    `problem` says what happened and where; `advice` says the next step. Pages show them one below the other, the
    command line prints them as one paragraph.
    """

    def __init__(self, problem: Message, advice: Message = NOTHING) -> None:
        super().__init__(f"{problem} {advice}".strip())
        self.problem = problem
        self.advice = advice

    @property
    def message(self) -> Message:
        """What happened and what to do next, one after the other."""
        return sentences(self.problem, self.advice)

    def __reduce__(self) -> tuple[type[UserError], tuple[Message, Message]]:
        return type(self), (self.problem, self.advice)


class DataError(UserError):
    """The data set as a whole cannot be used."""


class UnreadableExampleError(UserError):
    """One picture or message cannot be used; the others still can."""


class RecipeError(UserError):
    """One or more training options are out of bounds; the message lists them all."""


class ModelError(UserError):
    """A model id is unknown, or its weights cannot be loaded here."""


class RunError(UserError):
    """A run id is unknown, or the run has no model to use."""


class StorageError(UserError):
    """The disk refuses: it is full, or nothing may be written there. What is on it already is whole."""


class ProjectError(UserError):
    """A project file cannot be made, or what is given as one cannot be opened."""


class TrainingError(UserError):
    """Training cannot go on (for example, the loss is no longer a number)."""


def print_details(error: BaseException) -> None:
    """An error nobody foresaw, for whoever looks for its cause; a log on a full disk must not be another one."""
    with suppress(OSError):
        traceback.print_exception(error)


def is_out_of_memory(error: BaseException) -> bool:
    """True for whatever says that there was not enough memory, of the computer or of its graphics card."""
    said = str(error).lower()
    return isinstance(error, MemoryError) or any(
        words in said for words in ("out of memory", "not enough memory", "can't allocate memory")
    )
