"""How long a recipe will take here, from what was measured on this machine."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from core.cache import CACHE_VIEW, VectorCache
from core.data.dataset import Dataset
from core.data.splits import Split
from core.hardware import measured_speed
from core.modalities import get_modality
from core.models.card import ModelCard
from core.training.spec.recipe import Recipe
from core.training.spec.strategies import STRATEGIES
from core.workspace import Workspace

_START = 2.0
"""Seconds besides the work on examples: loading a model, fitting a last layer. A warm worker takes 1, a new one 4."""
_JUDGE_PER_STEP = 1 / 3
"""A forward pass against forward, backward and correction."""
_LAST_LAYER_STEP = 0.0015
"""Seconds a step of the last layer alone, the choice of its penalty spread over them."""
WATCHED = 64
"""While a network is tuned, its curve shows at most so many of those that judge, or as many as teach, if more."""


def watched_each_epoch(n_train: int, n_validation: int) -> int:
    """How many of those that judge are looked at after each epoch of tuning; at the last one, all are."""
    return min(n_validation, max(WATCHED, n_train))


def tuning_work(recipe: Recipe, size: int) -> str:
    """The name under which the speed of training with a filled recipe is kept."""
    turned = "turned" if recipe.turned_classes == "yes" else None
    parts = [recipe.strategy, recipe.layers, recipe.augmentation, size, turned]
    return "-".join(str(part) for part in parts if part is not None)


def expected_seconds(
    recipe: Recipe, card: ModelCard, dataset: Dataset, split: Split, workspace: Workspace, *, folds: int = 0
) -> float | None:
    """Seconds that a filled recipe takes, what is known already left out; None before the model was measured here.

    `folds` are trainings of a cross-validation besides its own (see `folding.folds_of`).
    """
    embedding = measured_speed(workspace, card.id, "embed")
    if embedding is None:
        return None
    size = recipe.image_size or card.input_size
    scale = dataset.kind.size_cost(size, card.input_size)
    judging = [*split.validation, *split.test]
    seconds = (
        _START + dataset.effort(_new(dataset, [*split.train, *judging], card, size, workspace)) / embedding * scale
    )
    if not STRATEGIES[recipe.strategy].tunes_backbone:
        steps = (recipe.epochs or 0) * math.ceil(len(split.train) / (recipe.batch_size or 1))
        return seconds + (1 + folds) * steps * _LAST_LAYER_STEP
    if recipe.time_budget is not None:
        return recipe.time_budget
    pace = _pace(recipe, card, size, scale, workspace)
    if pace is None:
        return None
    watched = watched_each_epoch(len(split.train), len(split.validation)) / max(1, len(split.validation))
    look = dataset.effort(split.validation) * watched * _JUDGE_PER_STEP
    seconds += (recipe.epochs or 0) * (_examples_per_epoch(recipe, dataset, split) + look) / pace
    return seconds + dataset.effort(judging) * _JUDGE_PER_STEP / pace


def _new(dataset: Dataset, indices: Iterable[int], card: ModelCard, size: int, workspace: Workspace) -> list[int]:
    """Those whose embedding is not known yet."""
    known = VectorCache(workspace, card.identity, size, CACHE_VIEW).known([dataset.examples[i].id for i in indices])
    return [i for i in indices if dataset.examples[i].id not in known]


def _examples_per_epoch(recipe: Recipe, dataset: Dataset, split: Split) -> float:
    teaching = dataset.effort(split.train)
    if recipe.strategy == "episodic":  # every turn comes by itself, and all that teach are looked at once more
        turns = 4 if recipe.turned_classes == "yes" else 1
        return teaching * (turns + _JUDGE_PER_STEP)
    if recipe.strategy != "contrastive":
        return teaching
    rounds = max(1.0, 4 * min(recipe.batch_size or 1, len(split.train)) / len(split.train))
    return teaching * (rounds * (2 if recipe.augmentation != "none" else 1) + _JUDGE_PER_STEP)


def _pace(recipe: Recipe, card: ModelCard, size: int, scale: float, workspace: Workspace) -> float | None:
    """Typical examples a second through steps of training: measured, else reckoned from what the probe measured."""
    kind = get_modality(card.modality)
    own = measured_speed(workspace, card.id, tuning_work(recipe, size))
    if own:
        return own
    whole = measured_speed(workspace, card.id, "probe-full")
    if whole is None:
        return None
    whole /= scale
    if recipe.turned_classes == "yes" and recipe.strategy != "episodic":  # a step looks at all turns of its examples
        whole /= 4
    if recipe.layers is None:
        return whole / kind.usual.step_cost.get(recipe.strategy, 1.0)
    top = measured_speed(workspace, card.id, "probe-top")
    if top is None or recipe.augmentation != "none":
        return whole * 1.5
    return max(whole, top / scale * kind.usual.probed_layers / recipe.layers)


# What "auto" stands for: a strategy chosen by kind of example, examples per class and time, and why.

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
