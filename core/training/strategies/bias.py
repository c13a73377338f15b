"""Only the offsets: biases and the head learn (Ben Zaken et al. 2022, "BitFit")."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from core.messages import Message
from core.models.card import ModelCard
from core.training.spec.strategy import tuning_defaults, tuning_rate
from core.training.strategies.tuned import Tuned

if TYPE_CHECKING:
    from core.training.engine.context import TrainingContext
    from core.training.engine.parts import Part
    from core.training.engine.stage import ParameterGroup


class Bias(Tuned):
    """A thousandth of the parameters: little to memorise with."""

    name = "bias"
    rank = 60
    title = Message("Biases only")
    term = Message("BitFit")
    sentence = Message(
        "In every layer only the offsets (biases) learn, about one number in a thousand, and the last layer. Hard to "
        "overfit, but no faster than training everything."
    )
    source = "Ben Zaken et al. 2022"

    def defaults(self, card: ModelCard) -> dict[str, Any]:
        return {**tuning_defaults(card), "learning_rate": tuning_rate(card, 1e-3), "weight_decay": 0.0}

    def groups(self, context: TrainingContext, part: Part) -> list[ParameterGroup]:
        named = context.backbone.named_parameters()
        biases = context.train_only(p for name, p in named if name.rpartition(".")[2] == "bias")
        return [{"params": biases, "lr": context.config.learning_rate}]
