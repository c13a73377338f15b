"""Full fine-tuning: a linear probe first, then every layer (Kumar et al. 2022, "LP-FT")."""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, Any

from core.events import Event
from core.training.strategies.base import TUNING, Strategy

if TYPE_CHECKING:
    from core.training.phase import Fit, Phase
    from core.training.task import Task

LAYER_DECAY = 0.75
"""Each stage nearer to the input learns this much slower than the next (Howard & Ruder 2018)."""


class Full(Strategy):
    """Starting from a fitted head keeps the first steps from tearing up what the pretraining learnt."""

    name = "full"
    title = "Everything"
    sentence = (
        "First the last layer, then gently every layer. Slower; worth it when your examples look unlike "
        "what the model has seen."
    )
    source = "Kumar et al. 2022; Howard & Ruder 2018"
    options = TUNING | {"regularisation"}
    tunes_backbone = True

    def defaults(self, modality: str) -> dict[str, Any]:
        return {**tuning_defaults(modality), "epochs": 8, "learning_rate": 2e-4}

    def prepare(self, task: Task) -> Generator[Event, None, Phase | Fit | None]:
        from core.training.probe import probe_first
        from core.training.tuning import tuning_phase, whole

        begun = yield from probe_first(task)
        if begun is None or begun.interrupted:
            return begun
        part = whole(task)
        rate, last = task.recipe.learning_rate, len(part.stages) - 1
        groups = [
            {"params": list(stage.parameters), "lr": rate * LAYER_DECAY ** (last - depth)}
            for depth, stage in enumerate(part.stages)
        ]
        return tuning_phase(task, begun.head, part, groups, start=(begun.training, begun.validation))


def tuning_defaults(modality: str) -> dict[str, Any]:
    """What strategies that tune a network have in common."""
    return {
        "batch_size": 16, "augmentation": "light" if modality == "image" else "none", "mixup": 0.0,
        "label_smoothing": 0.0, "class_weighting": "none", "weight_decay": 0.01,
    }  # fmt: skip
