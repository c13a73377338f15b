"""Linear probe: only a new last layer learns, on embeddings that are computed once."""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING

from core.events import Event
from core.training.strategies.base import ALWAYS, Strategy

if TYPE_CHECKING:
    from core.training.loop import Fit
    from core.training.task import Task


class Head(Strategy):
    """Multinomial logistic regression on centred, scaled embeddings, fitted by Adam so that it can be watched."""

    name = "head"
    title = "Only the last layer"
    sentence = (
        "The pretrained model stays as it is; only a new last layer learns your classes. Fast, and hard to beat "
        "with few examples."
    )
    options = ALWAYS | {"epochs", "learning_rate", "batch_size", "image_size", "regularisation"}
    defaults = {"epochs": 30, "learning_rate": 0.05, "batch_size": 32, "regularisation": 0.1}
    tunes_backbone = False

    def fit(self, task: Task) -> Generator[Event, None, Fit | None]:
        from core.training.loop import run_phase
        from core.training.probe import probe_phase

        embeddings = yield from task.embeddings()
        if embeddings is None:
            return None
        return (yield from run_phase(probe_phase(task, embeddings), task))
