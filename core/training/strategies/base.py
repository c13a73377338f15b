"""What a strategy says about itself and what it does."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Generator
from typing import TYPE_CHECKING, Any, ClassVar

from core.events import Event
from core.models.card import ModelCard

if TYPE_CHECKING:
    from core.data.dataset import Dataset
    from core.data.splits import Split
    from core.training.phase import Fit, Phase
    from core.training.task import Task

ALWAYS = frozenset({"image_size", "validation_share", "shots", "device", "seed"})
"""Options that mean something whatever the strategy."""

TUNING = ALWAYS | {
    "epochs", "time_budget", "learning_rate", "batch_size", "augmentation", "mixup", "label_smoothing",
    "class_weighting", "weight_decay", "early_stopping",
}  # fmt: skip
"""Options of every strategy that goes through the network again and again."""


class Strategy(ABC):
    """One way to fine-tune. `sentence` explains it to a newcomer; `source` names the paper, if there is one."""

    name: ClassVar[str]
    title: ClassVar[str]
    sentence: ClassVar[str]
    source: ClassVar[str] = ""
    options: ClassVar[frozenset[str]]
    tunes_backbone: ClassVar[bool]
    begins_blank: ClassVar[bool] = False
    """True where a network that knows nothing yet can be taught this way."""

    @abstractmethod
    def defaults(self, card: ModelCard) -> dict[str, Any]:
        """What the options that were left open stand for, a new dictionary each time."""

    def check(self, dataset: Dataset, split: Split) -> None:
        """DataError where these training examples cannot be learnt from in this way."""
        return None

    @abstractmethod
    def prepare(self, task: Task) -> Generator[Event, None, Phase | Fit | None]:
        """Everything before the training that one watches. Yields events.

        Returns the phase that is to be watched, or a Fit where nothing is left to train (no training needed, or
        stopped on the way), or None when stopped before there was anything to keep.
        """

    def fit(self, task: Task) -> Generator[Event, None, Fit | None]:
        """Train. Yields events; returns the fitted head (and leaves the task's backbone as trained), or None when
        stopped before there was anything to keep."""
        from core.training.loop import run_phase
        from core.training.phase import Phase

        if task.interruption():
            return None
        prepared = yield from self.prepare(task)
        if not isinstance(prepared, Phase):
            return prepared
        return (yield from run_phase(prepared, task))
