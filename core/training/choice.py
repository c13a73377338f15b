"""What "auto" stands for: a strategy chosen by kind of example, examples per class and time, and why."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from core.data.dataset import Dataset
from core.data.splits import Split
from core.models.card import ModelCard
from core.training.estimate import expected_seconds
from core.training.recipe import Recipe
from core.training.strategies import STRATEGIES
from core.workspace import Workspace

USUAL_BUDGET = 120.0
"""Seconds that training may take when nobody says how long."""
MANY = 20
"""From so many examples of a class on, tuning layers of a picture model pays."""


def choose(recipe: Recipe, dataset: Dataset, split: Split, card: ModelCard, workspace: Workspace) -> tuple[Recipe, str]:
    """The recipe that "auto" stands for here, and why in two sentences.

    The limits were measured on the sets of `benchmarks/accuracy.py`.
    """
    if card.blank:
        return replace(recipe, strategy="scratch"), (
            "This network knows nothing yet, so all of it is trained from the beginning. "
            "Afterwards the run is a model to start from."
        )
    counts = Counter(dataset.examples[i].label for i in split.train)
    typical = sorted(counts.values())[len(counts) // 2]
    budget = recipe.time_budget or USUAL_BUDGET
    wanted, because = _wanted(dataset.modality, typical)
    chosen = replace(recipe, strategy=wanted, time_budget=None)
    seconds = expected_seconds(chosen.filled(card), card, dataset, split, workspace)
    if seconds is None and "time_budget" in STRATEGIES[wanted].options:  # never timed: the budget sees to it
        return replace(chosen, time_budget=recipe.time_budget), because
    if seconds is None or seconds <= budget or wanted == "head":
        return chosen, because
    return replace(chosen, strategy="head"), (
        f"Teaching more of the model would take about {seconds:.0f} seconds here, and there are {budget:.0f}. "
        "The last layer alone learns in a moment."
    )


def _wanted(modality: str, typical: int) -> tuple[str, str]:
    """A strategy for `typical` examples of a class, and the reason."""
    if modality == "text":
        return "contrastive", (
            f"Comparing examples with each other makes the most of about {typical} messages of each class. "
            "It tunes the model itself, since short messages leave it too much to guess."
        )
    if typical >= MANY:
        return "partial", (
            f"With about {typical} pictures of each class there is enough to teach the upper layers too. "
            "The lower ones see edges and textures, which are the same everywhere."
        )
    return "head", (
        f"With about {typical} pictures of each class only a new last layer learns. "
        "To change more of the model would mean to memorise so few."
    )
