"""Nearest class mean: no training at all (Snell et al. 2017; Wang et al. 2019, "SimpleShot")."""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, Any

from core.events import Event
from core.messages import Message
from core.models.card import ModelCard
from core.training.spec.strategy import ALWAYS, Description
from core.training.strategies.base import Strategy

if TYPE_CHECKING:
    from core.training.engine.context import TrainingContext
    from core.training.engine.stage import FitResult


class Nearest(Strategy):
    """An example belongs to the class whose mean is nearest, among embeddings centred and brought to unit length."""

    name = "nearest"
    rank = 10
    title = Message("Nearest average")
    term = Message("nearest centroid, no training")
    sentence = Message(
        "Nothing is trained: each class is the average of its examples as the pretrained model sees them, and a "
        "new one gets the class of the nearest average. Instant, and strong with one or two examples."
    )
    source = "Snell et al. 2017; Wang et al. 2019"
    options = ALWAYS | {"class_names"}
    in_context = True
    tunes_backbone = False

    def described(self, card: ModelCard | None) -> Description:
        if card is None or not card.in_context:
            return super().described(card)
        return Description(
            Message("From labelled examples"),
            Message(
                "Nothing is trained: whenever it answers, the model looks at your labelled examples, which it keeps. "
                "Instant, and strong with few of them."
            ),
            Message("in-context learning, no training"),
        )

    def defaults(self, card: ModelCard) -> dict[str, Any]:
        return {"class_names": "no"}

    def prepare(self, context: TrainingContext) -> Generator[Event, None, FitResult | None]:
        from core.training.engine.heads import nearest_mean_head
        from core.training.engine.probe import averaged

        return (yield from averaged(context, nearest_mean_head))
