"""Contrastive tuning: examples of a class move together, others apart; then a head (Khosla 2020; Tunstall 2022)."""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, Any

from core.events import Event
from core.messages import Message
from core.modalities import get_modality
from core.models.card import ModelCard
from core.training.spec.strategy import ALWAYS, tuning_rate
from core.training.strategies.base import Strategy

if TYPE_CHECKING:
    from core.training.engine.context import TrainingContext
    from core.training.engine.stage import Stage


class Contrastive(Strategy):
    """A few examples make many pairs, so there is more to learn from than their labels alone."""

    name = "contrastive"
    rank = 70
    title = Message("By comparing pairs")
    term = Message("contrastive, as in SetFit")
    sentence = Message(
        "Learns from pairs: examples of the same class are pulled together, others pushed apart; then a last layer. "
        "Made for a handful of examples, above all of text."
    )
    source = "Khosla et al. 2020, eq. 2; Tunstall et al. 2022"
    options = ALWAYS | {
        "epochs", "time_budget", "learning_rate", "batch_size", "augmentation", "layers", "weight_decay",
        "early_stopping",
    }  # fmt: skip
    tunes_backbone = True

    def defaults(self, card: ModelCard) -> dict[str, Any]:
        return {
            "epochs": 5, "learning_rate": tuning_rate(card, 2e-4), "batch_size": 128, "augmentation": "none",
            "weight_decay": 0.01, "layers": get_modality(card.modality).usual.contrastive_layers,
        }  # fmt: skip

    def prepare(self, context: TrainingContext) -> Generator[Event, None, Stage | None]:
        from core.training.engine.contrastive import ContrastiveStage
        from core.training.engine.parts import last_layers

        part = yield from last_layers(context, context.config.layers)
        if part is None:
            return None
        parameters = context.train_only(part.parameters)
        return ContrastiveStage(context, part, [{"params": parameters, "lr": context.config.learning_rate}])
