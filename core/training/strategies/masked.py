"""Hidden cells are guessed first, with rows that have no class too; then training with classes (Huang et al. 2020)."""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, Any

from core.events import Event
from core.messages import Message
from core.modalities import get_modality
from core.models.card import ModelCard
from core.training.spec.strategy import TUNING, tuning_defaults
from core.training.strategies.base import Strategy

if TYPE_CHECKING:
    from core.training.engine.context import TrainingContext
    from core.training.engine.stage import Stage


class Masked(Strategy):
    """What the columns have to do with each other is learnt from every row that is not held back; nobody has to say a
    class for that. A network that was trained before keeps what it learnt."""

    name = "masked"
    rank = 85
    title = Message("Guess hidden cells first")
    term = Message("masked-column pretraining")
    sentence = Message(
        "Cells are hidden, and the network guesses them from the others, in rows without a class too; then it learns "
        "the classes. On five small tables this was nowhere better than “From scratch” by more than luck: compare the "
        "two."
    )
    source = "Huang et al. 2020; Devlin et al. 2019"
    options = TUNING | {"masked_epochs", "masked_share"}
    tunes_backbone = True
    begins_blank = True

    def suits(self, card: ModelCard) -> bool:
        return card.masks

    def defaults(self, card: ModelCard) -> dict[str, Any]:
        usual = get_modality(card.modality).usual
        return {
            **tuning_defaults(card), "learning_rate": 2e-3, "epochs": usual.blank_epochs, "batch_size": 32,
            "masked_epochs": 60, "masked_share": 0.3,
        }  # fmt: skip

    def prepare(self, context: TrainingContext) -> Generator[Event, None, Stage | None]:
        import torch

        from core.training.engine.masked import guess_hidden, rows_to_learn_from
        from core.training.engine.parts import NarrowedNetwork
        from core.training.engine.probe import new_head
        from core.training.engine.tuning import TuningStage

        torch.manual_seed(context.config.seed)
        backbone, rows = context.backbone, rows_to_learn_from(context)
        if context.card.blank:
            backbone.begin(rows.payloads)
            backbone.to(context.device).forget()
        else:
            backbone.meet(rows.payloads)
            backbone.to(context.device)
        part = NarrowedNetwork(context)
        context.train_only(part.parameters)
        if context.checkpoint.load() is None and not (yield from guess_hidden(context, rows)):
            return None
        groups = [{"params": part.parameters, "lr": context.config.learning_rate}]
        return TuningStage(context, new_head(context), part, groups, frozen_statistics=False)
