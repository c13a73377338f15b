"""Lets the program choose how to train, and says why."""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, Any

from core.events import Event
from core.messages import Message
from core.models.card import ModelCard
from core.training.spec.strategy import ALWAYS
from core.training.strategies.base import Strategy

if TYPE_CHECKING:
    from core.training.engine.context import TrainingContext
    from core.training.engine.stage import Stage


class Auto(Strategy):
    """Never trains itself: the plan puts the strategy that it chooses in its place (see `spec.estimate`)."""

    name = "auto"
    rank = 0
    title = Message("Recommended (auto)")
    sentence = Message(
        "Looks at the kind of examples, how many there are of each class and the time there is, and says why."
    )
    options = ALWAYS | {"time_budget"}
    begins_blank = True
    tunes_backbone = False

    def defaults(self, card: ModelCard) -> dict[str, Any]:
        return {}

    def prepare(self, context: TrainingContext) -> Generator[Event, None, Stage | None]:
        raise TypeError("The plan chooses what 'auto' stands for before training begins.")
