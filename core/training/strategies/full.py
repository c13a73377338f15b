"""Full fine-tuning: a linear probe first, then every layer (Kumar et al. 2022, "LP-FT")."""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, Any

from core.events import Event
from core.messages import Message
from core.models.card import ModelCard
from core.training.spec.strategy import CLASSIFIER, tuning_defaults, tuning_rate
from core.training.strategies.tuned import Tuned, by_depth

if TYPE_CHECKING:
    from core.training.engine.context import TrainingContext
    from core.training.engine.parts import Part
    from core.training.engine.stage import FitResult, ParameterGroup, Stage


class Full(Tuned):
    """Every stage learns, the nearer to the input the more slowly."""

    name = "full"
    rank = 40
    title = Message("All layers")
    term = Message("full fine-tuning")
    sentence = Message(
        "First the last layer, then gently every layer. Slower; worth it when your examples look unlike what the "
        "model was trained on."
    )
    source = "Kumar et al. 2022; Howard & Ruder 2018"
    options = Tuned.options | CLASSIFIER
    in_context = True

    def defaults(self, card: ModelCard) -> dict[str, Any]:
        return {
            **tuning_defaults(card),
            "learning_rate": tuning_rate(card, 2e-4),
            "classifier": "linear",
            "turned_classes": "no",
        }

    def prepare(self, context: TrainingContext) -> Generator[Event, None, Stage | FitResult | None]:
        if context.card.in_context:
            from core.training.engine.in_context import InContextStage
            from core.training.engine.parts import WholeNetwork

            whole = WholeNetwork(context)
            context.train_only(whole.parameters)
            return InContextStage(context, whole, self.groups(context, whole))
        if context.config.classifier == "linear" and context.config.turns == 1:
            return (yield from super().prepare(context))
        from core.training.engine.probe import imprinted_head
        from core.training.engine.tuning import TuningStage

        head = yield from imprinted_head(context)
        if head is None:
            return None
        part = yield from self.part(context)
        return TuningStage(context, head, part, self.groups(context, part))

    def part(self, context: TrainingContext) -> Generator[Event, None, Part]:
        from core.training.engine.parts import NarrowedNetwork

        yield from ()
        return NarrowedNetwork(context)

    def groups(self, context: TrainingContext, part: Part) -> list[ParameterGroup]:
        return by_depth(part, context.config.learning_rate)
