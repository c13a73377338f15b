"""What a strategy does, besides how it describes itself."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Generator
from typing import TYPE_CHECKING

from core.events import Event
from core.training.spec.strategy import StrategySpec

if TYPE_CHECKING:
    from core.training.engine.context import TrainingContext
    from core.training.engine.stage import FitResult, Stage


class Strategy(StrategySpec):
    """One way to train."""

    @abstractmethod
    def prepare(self, context: TrainingContext) -> Generator[Event, None, Stage | FitResult | None]:
        """Everything before the training that one watches. Yields events.

        Returns the stage that is to be watched, or a FitResult where nothing is left to train (no training needed, or
        stopped on the way), or None when stopped before there was anything to keep.
        """
