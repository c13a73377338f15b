"""Linear discriminant: class means, with distances that count less where a class varies anyway (Fisher 1936)."""

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
    from core.training.engine.stage import FitResult


class Discriminant(Strategy):
    """An example belongs to the class whose mean is nearest by the Mahalanobis distance within classes, shrunk."""

    name = "discriminant"
    rank = 15
    title = Message("Nearest average, weighted")
    term = Message("linear discriminant analysis")
    sentence = Message(
        "Like the nearest average, but differences that are usual among examples of the same class count less. "
        "Instant, and often better with pictures."
    )
    source = "Fisher 1936; Friedman 1989"
    options = ALWAYS | {"class_names"}
    tunes_backbone = False

    def defaults(self, card: ModelCard) -> dict[str, Any]:
        return {"class_names": "no"}

    def prepare(self, context: TrainingContext) -> Generator[Event, None, FitResult | None]:
        from core.training.engine.heads import discriminant_head
        from core.training.engine.probe import averaged

        return (yield from averaged(context, discriminant_head))
