"""Low-rank adapters beside every matrix product (Hu et al. 2021, "LoRA"), merged into the weights at the end."""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, Any

from core.events import Event
from core.messages import Message
from core.models.card import ModelCard
from core.training.spec.strategy import TUNING, tuning_defaults, tuning_rate
from core.training.strategies.tuned import Tuned

if TYPE_CHECKING:
    from core.training.engine.context import TrainingContext
    from core.training.engine.parts import Part
    from core.training.engine.stage import ParameterGroup


class Lora(Tuned):
    """W x + (alpha / r) B A x with A (r, in) random and B (out, r) zero at first: the start is the pretrained model."""

    name = "lora"
    rank = 50
    title = Message("Small adapters")
    term = Message("LoRA")
    sentence = Message(
        "The model's own numbers stay; small adapters beside each layer learn and are merged in at the end. The usual "
        "way for very large models."
    )
    source = "Hu et al. 2021, eq. 3"
    options = TUNING | {"lora_rank", "regularisation"}

    def defaults(self, card: ModelCard) -> dict[str, Any]:
        return {**tuning_defaults(card), "learning_rate": tuning_rate(card, 1e-3), "weight_decay": 0.0, "lora_rank": 8}

    def part(self, context: TrainingContext) -> Generator[Event, None, Part]:
        from core.training.engine.parts import AdaptedNetwork

        yield from ()
        return AdaptedNetwork(context, context.config.lora_rank)

    def groups(self, context: TrainingContext, part: Part) -> list[ParameterGroup]:
        return [{"params": part.parameters, "lr": context.config.learning_rate}]
