"""Partial fine-tuning: the last stages learn, on activations that are computed once (Yosinski et al. 2014)."""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, Any

from core.events import Event
from core.training.strategies.base import TUNING, Strategy
from core.training.strategies.full import LAYER_DECAY, tuning_defaults

if TYPE_CHECKING:
    from core.training.phase import Fit, Phase
    from core.training.task import Task


class Partial(Strategy):
    """Lower stages see edges and textures, or words and grammar, which hardly differ from one task to the next."""

    name = "partial"
    title = "The upper layers"
    sentence = (
        "The lower layers, which see edges and textures or words and grammar, stay as they are; the upper ones learn. "
        "Several times faster than training everything."
    )
    source = "Yosinski et al. 2014"
    options = TUNING | {"layers", "regularisation"}
    tunes_backbone = True

    def defaults(self, modality: str) -> dict[str, Any]:
        return {
            **tuning_defaults(modality), "epochs": 8, "learning_rate": 5e-4, "augmentation": "none",
            "layers": 3 if modality == "image" else 2,
        }  # fmt: skip

    def prepare(self, task: Task) -> Generator[Event, None, Phase | Fit | None]:
        from core.training.probe import probe_first
        from core.training.tuning import learn_only, top, tuning_phase

        begun = yield from probe_first(task)
        if begun is None or begun.interrupted:
            return begun
        part = yield from top(task, task.recipe.layers)
        if part is None:
            return None
        learn_only(task.backbone, (p for stage in part.stages for p in stage.parameters))
        rate, last = task.recipe.learning_rate, len(part.stages) - 1
        groups = [
            {"params": list(stage.parameters), "lr": rate * LAYER_DECAY ** (last - depth)}
            for depth, stage in enumerate(part.stages)
        ]
        return tuning_phase(task, begun.head, part, groups, start=(begun.training, begun.validation))
