"""Full fine-tuning: a linear probe first, then every layer (Kumar et al. 2022, "LP-FT")."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from core.training.strategies.tuned import Tuned, by_depth, tuning_defaults

if TYPE_CHECKING:
    from core.training.task import Task
    from core.training.tuning import Part


class Full(Tuned):
    """Every stage learns, the nearer to the input the more slowly."""

    name = "full"
    title = "Everything"
    sentence = (
        "First the last layer, then gently every layer. Slower; worth it when your examples look unlike "
        "what the model has seen."
    )
    source = "Kumar et al. 2022; Howard & Ruder 2018"

    def defaults(self, modality: str) -> dict[str, Any]:
        return {**tuning_defaults(modality), "learning_rate": 2e-4}

    def learners(self, task: Task, part: Part) -> dict[str, Any]:
        return {"groups": by_depth(part, task.recipe.learning_rate)}
