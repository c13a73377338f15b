"""Full fine-tuning: a linear probe first, then every layer (Kumar et al. 2022, "LP-FT")."""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, Any

from core.events import Event
from core.models.card import ModelCard
from core.training.spec.strategy import CLASSIFIER, tuning_defaults
from core.training.strategies.tuned import Tuned, by_depth

if TYPE_CHECKING:
    from core.training.engine.context import TrainingContext
    from core.training.engine.stage import FitResult, Stage
    from core.training.engine.tuning import Part


class Full(Tuned):
    """Every stage learns, the nearer to the input the more slowly."""

    name = "full"
    rank = 40
    title = "Everything"
    sentence = (
        "First the last layer, then gently every layer. Slower; worth it when your examples look unlike "
        "what the model has seen."
    )
    source = "Kumar et al. 2022; Howard & Ruder 2018"
    options = Tuned.options | CLASSIFIER

    def defaults(self, card: ModelCard) -> dict[str, Any]:
        return {**tuning_defaults(card), "learning_rate": 2e-4, "classifier": "linear", "turned_classes": "no"}

    def prepare(self, task: TrainingContext) -> Generator[Event, None, Stage | FitResult | None]:
        if (task.recipe.classifier, task.recipe.turned_classes or "no") == ("linear", "no"):
            return (yield from super().prepare(task))
        from core.training.engine.heads import imprinted_head
        from core.training.engine.tuning import tuning_stage

        head = yield from imprinted_head(task)
        if head is None:
            return None
        part = yield from self.part(task)
        return tuning_stage(task, head, part, **self.learners(task, part))

    def part(self, task: TrainingContext) -> Generator[Event, None, Part]:
        task.backbone.narrow(task.taught())
        return (yield from super().part(task))

    def learners(self, task: TrainingContext, part: Part) -> dict[str, Any]:
        return {"groups": by_depth(part, task.recipe.learning_rate), "finish": task.backbone.widen}
