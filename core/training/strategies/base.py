"""What a strategy says about itself and what it does."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Generator
from typing import TYPE_CHECKING, Any, ClassVar

from core.events import Event

if TYPE_CHECKING:
    from core.training.loop import Fit
    from core.training.task import Task

ALWAYS = frozenset({"validation_share", "shots", "seed"})
"""Options that mean something whatever the strategy."""


class Strategy(ABC):
    """One way to fine-tune. `sentence` explains it to a newcomer; `source` names the paper, if there is one."""

    name: ClassVar[str]
    title: ClassVar[str]
    sentence: ClassVar[str]
    source: ClassVar[str] = ""
    options: ClassVar[frozenset[str]]
    defaults: ClassVar[dict[str, Any]]
    tunes_backbone: ClassVar[bool]

    @abstractmethod
    def fit(self, task: Task) -> Generator[Event, None, Fit | None]:
        """Train. Yields events; returns the fitted head (and leaves the task's backbone as trained), or None when
        stopped before there was anything to keep."""
