"""Partial fine-tuning: the last stages learn, on activations that are computed once (Yosinski et al. 2014)."""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, Any

from core.events import Event
from core.messages import Message
from core.modalities import get_modality
from core.models.card import ModelCard
from core.training.spec.strategy import TUNING, tuning_defaults, tuning_rate
from core.training.strategies.tuned import Tuned, by_depth

if TYPE_CHECKING:
    from core.training.engine.context import TrainingContext
    from core.training.engine.parts import Part
    from core.training.engine.stage import ParameterGroup


class Partial(Tuned):
    """Lower stages see edges and textures, or words and grammar, which hardly differ from one task to the next."""

    name = "partial"
    rank = 30
    title = Message("Upper layers")
    term = Message("partial fine-tuning")
    sentence = Message(
        "The lower layers, which see edges and textures or words and grammar, stay as they are; the upper ones learn. "
        "Several times faster than training everything."
    )
    source = "Yosinski et al. 2014"
    options = TUNING | {"layers", "regularisation"}

    def defaults(self, card: ModelCard) -> dict[str, Any]:
        return {
            **tuning_defaults(card), "learning_rate": tuning_rate(card, 5e-4), "augmentation": "none",
            "layers": get_modality(card.modality).usual.partial_layers,
        }  # fmt: skip

    def part(self, context: TrainingContext) -> Generator[Event, None, Part | None]:
        from core.training.engine.parts import last_layers

        return (yield from last_layers(context, context.config.layers))

    def groups(self, context: TrainingContext, part: Part) -> list[ParameterGroup]:
        context.train_only(part.parameters)
        return by_depth(part, context.config.learning_rate)
