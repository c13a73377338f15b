"""The control: the same architecture without its pretraining."""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, Any

from core.events import Event
from core.training.strategies.base import TUNING, Strategy
from core.training.strategies.tuned import tuning_defaults

if TYPE_CHECKING:
    from core.training.phase import Phase
    from core.training.task import Task


class Scratch(Strategy):
    """Shows what the pretraining was worth: everything else is as in full fine-tuning."""

    name = "scratch"
    title = "From scratch"
    sentence = (
        "The same network, but everything it knew is forgotten first. It shows what the pretraining was worth: "
        "expect it to do badly."
    )
    options = TUNING
    tunes_backbone = True

    def defaults(self, modality: str) -> dict[str, Any]:
        return {**tuning_defaults(modality), "learning_rate": 1e-3}

    def prepare(self, task: Task) -> Generator[Event, None, Phase]:
        import torch

        from core.models.head import LinearHead
        from core.training.tuning import learn_only, tuning_phase, whole

        yield from ()
        torch.manual_seed(task.recipe.seed)
        task.backbone.forget()
        learn_only(task.backbone, task.backbone.parameters())
        head = LinearHead(task.backbone.card.dimension, len(task.dataset.classes)).to(task.device)
        groups = [{"params": list(task.backbone.parameters()), "lr": task.recipe.learning_rate}]
        return tuning_phase(task, head, whole(task), groups=groups, frozen_statistics=False)
