"""Partial fine-tuning: the last stages learn, on activations that are computed once (Yosinski et al. 2014)."""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, Any

from core.events import Event
from core.models.card import ModelCard
from core.training.spec.strategy import TUNING, tuning_defaults
from core.training.strategies.tuned import Tuned, by_depth

if TYPE_CHECKING:
    from core.training.engine.context import TrainingContext
    from core.training.engine.tuning import Part


class Partial(Tuned):
    """Lower stages see edges and textures, or words and grammar, which hardly differ from one task to the next."""

    name = "partial"
    rank = 30
    title = "The upper layers"
    sentence = (
        "The lower layers, which see edges and textures or words and grammar, stay as they are; the upper ones learn. "
        "Several times faster than training everything."
    )
    source = "Yosinski et al. 2014"
    options = TUNING | {"layers", "regularisation"}

    def defaults(self, card: ModelCard) -> dict[str, Any]:
        return {
            **tuning_defaults(card), "learning_rate": 5e-4, "augmentation": "none",
            "layers": 3 if card.modality == "image" else 2,
        }  # fmt: skip

    def part(self, task: TrainingContext) -> Generator[Event, None, Part | None]:
        from core.training.engine.tuning import top

        return (yield from top(task, task.recipe.layers))

    def learners(self, task: TrainingContext, part: Part) -> dict[str, Any]:
        from core.training.engine.tuning import learn_only

        learn_only(task.backbone, (p for stage in part.stages for p in stage.parameters))
        return {"groups": by_depth(part, task.recipe.learning_rate)}
