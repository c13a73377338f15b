"""Lets the program find the best model and method by measurement."""

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

USUAL_BUDGET = 60.0
"""Seconds that finding the best and training it may take where nobody says how long."""


class Auto(Strategy):
    """Never trains itself: what the search finds takes its place before training begins (see `engine.search`)."""

    name = "auto"
    rank = 0
    title = Message("Recommended (auto)")
    sentence = Message(
        "Tries methods on parts of the training examples, with all models where “Whichever does best” is chosen, and "
        "shows what each came to. Of several that are about as good it takes the one that did best on other datasets."
    )
    source = "Li et al. 2018 (giving time to what promises most); Breiman et al. 1984 (the simplest within one error)"
    options = ALWAYS | {"time_budget"}
    begins_blank = True
    in_context = True
    tunes_backbone = False

    def defaults(self, card: ModelCard) -> dict[str, Any]:
        return {"time_budget": USUAL_BUDGET}

    def prepare(self, context: TrainingContext) -> Generator[Event, None, Stage | None]:
        raise TypeError("The search finds what 'auto' stands for before training begins.")
