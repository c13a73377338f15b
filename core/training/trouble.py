"""What can go wrong in the middle of training: what is said of it, and which options may help."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from core.training.recipe import Recipe


@dataclass(frozen=True)
class Trouble:
    """Why it could not go on, in plain words, and recipe options to try instead, if any."""

    problem: str
    remedy: dict[str, Any] = field(default_factory=dict)


def diverged(recipe: Recipe) -> Trouble:
    """The loss stopped being a number."""
    rate = recipe.learning_rate
    return Trouble(
        "The loss is no longer a number: the corrections were too big. Try a learning rate ten times smaller.",
        {"learning_rate": rate / 10} if rate else {},
    )


def no_memory(recipe: Recipe) -> Trouble:
    """Half the batch may fit, or, when that is one already, smaller pictures."""
    remedy: dict[str, Any] = {}
    if (recipe.batch_size or 1) > 1:
        remedy = {"batch_size": (recipe.batch_size or 2) // 2}
    elif (recipe.image_size or 0) > 32:
        remedy = {"image_size": recipe.image_size - 32}
    return Trouble("The computer ran out of memory. Try a smaller batch size or picture size.", remedy)
