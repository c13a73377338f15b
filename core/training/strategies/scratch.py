"""From random weights: the control for a pretrained network, and the way to pretrain one of one's own."""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, Any

from core.events import Event
from core.models.card import ModelCard
from core.training.strategies.base import TUNING, Strategy
from core.training.strategies.tuned import CLASSIFIER, tuning_defaults

if TYPE_CHECKING:
    from core.training.phase import Phase
    from core.training.task import Task

_BLANK_EPOCHS = 30


class Scratch(Strategy):
    """Everything learns at one rate, batch statistics included."""

    name = "scratch"
    title = "From scratch"
    sentence = (
        "The same network, but everything it knew is forgotten first. It shows what the pretraining was worth, and it "
        "is how a network of your own is pretrained on a larger set."
    )
    options = TUNING | CLASSIFIER
    tunes_backbone = True
    begins_blank = True

    def defaults(self, card: ModelCard) -> dict[str, Any]:
        usual = {**tuning_defaults(card), "learning_rate": 1e-3, "classifier": "linear", "turned_classes": "no"}
        return {**usual, "epochs": _BLANK_EPOCHS, "batch_size": 32} if card.blank else usual

    def prepare(self, task: Task) -> Generator[Event, None, Phase | None]:
        import torch

        from core.training.tuning import from_nothing, new_head, tuning_phase

        torch.manual_seed(task.recipe.seed)
        part = yield from from_nothing(task)
        if part is None:
            return None
        parameters = [p for stage in part.stages for p in stage.parameters]
        groups = [{"params": parameters, "lr": task.recipe.learning_rate}]
        return tuning_phase(task, new_head(task), part, groups=groups, frozen_statistics=False)
