"""From random weights: the control for a pretrained network, and the way to pretrain one of one's own."""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, Any

from core.events import Event
from core.messages import Message
from core.modalities import get_modality
from core.models.card import ModelCard
from core.training.spec.strategy import CLASSIFIER, TUNING, tuning_defaults
from core.training.strategies.base import Strategy

if TYPE_CHECKING:
    from core.training.engine.context import TrainingContext
    from core.training.engine.stage import Stage


class Scratch(Strategy):
    """Everything learns at one rate, batch statistics included."""

    name = "scratch"
    rank = 90
    title = Message("From scratch")
    term = Message("no pretraining")
    sentence = Message(
        "The same network, but everything it knew is forgotten first. It shows what the pretraining was worth, and "
        "it is how a network of your own is pretrained on a larger dataset."
    )
    options = TUNING | CLASSIFIER
    in_context = True
    tunes_backbone = True
    begins_blank = True
    forgets = True

    def defaults(self, card: ModelCard) -> dict[str, Any]:
        usual = get_modality(card.modality).usual
        chosen = {
            **tuning_defaults(card), "learning_rate": usual.blank_rate, "classifier": "linear", "turned_classes": "no",
        }  # fmt: skip
        return {**chosen, "epochs": usual.blank_epochs, "batch_size": 32} if card.blank else chosen

    def prepare(self, context: TrainingContext) -> Generator[Event, None, Stage | None]:
        import torch

        from core.training.engine.parts import from_nothing
        from core.training.engine.probe import new_head
        from core.training.engine.tuning import TuningStage

        torch.manual_seed(context.config.seed)
        part = yield from from_nothing(context)
        if part is None:
            return None
        if context.card.in_context:
            from core.training.engine.in_context import InContextStage

            return InContextStage(context, part, [{"params": part.parameters, "lr": context.config.learning_rate}])
        groups = [{"params": part.parameters, "lr": context.config.learning_rate}]
        return TuningStage(context, new_head(context), part, groups, frozen_statistics=False)
