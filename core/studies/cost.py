"""How long an experiment or a learning curve will take here, from what was measured on this machine."""

from __future__ import annotations

from collections.abc import Iterable

from core.data.dataset import Dataset
from core.data.splits import Split
from core.hardware import measured_speed
from core.models.card import ModelCard
from core.studies.learning_curve.run import CurveDesign
from core.studies.transfer.design import STARTS, Design, learns
from core.training.spec.config import TrainingConfig
from core.training.spec.estimate import expected_seconds
from core.training.spec.recipe import Recipe
from core.workspace import Workspace

_TRANSLATION = 3.0
"""Seconds to translate a trained network for ONNX Runtime."""
_ANSWERS = 0.3
"""Seconds for the last layers of one way."""


def experiment_seconds(
    dataset: Dataset, design: Design, card: ModelCard, splits: Iterable[Split], workspace: Workspace
) -> float | None:
    """Seconds that an experiment takes when nothing is known yet; None before the model was measured here."""
    embedding = measured_speed(workspace, card.id, "embed")
    if embedding is None:
        return None
    splits = list(splits)
    looks = design.views if {"views", "supports"} & set(design.parts) else 1
    everyone = {i for split in splits for i in (*split.train, *split.validation)}
    seconds = dataset.effort(everyone) * looks / embedding
    seconds += len(splits) * sum(map(len, design.ways().values())) * _ANSWERS
    for start in (start for start in STARTS if learns(start, design.strategy)):
        for varied in sorted({"augmentation" in on for on in design.ways()[start].values()}):
            recipe = design.recipe(start, card, design.seed, varied=varied)
            one = _learning(dataset, recipe, card, splits[0], design, workspace)
            if one is None:
                return None
            seconds += one * len(splits)
    return seconds


def curve_seconds(
    dataset: Dataset, design: CurveDesign, card: ModelCard, draws: list[dict[int, Split]], workspace: Workspace
) -> float | None:
    """Seconds that learning curves take when nothing is known yet; None before the model was measured here."""
    embedding = measured_speed(workspace, card.id, "embed")
    if embedding is None:
        return None
    everyone = {i for splits in draws for split in splits.values() for i in (*split.train, *split.validation)}
    seconds = dataset.effort(everyone) / embedding
    for strategy in design.strategies:
        recipe = design.recipe(strategy, card, design.seed)
        for split in draws[0].values():
            one = expected_seconds(TrainingConfig.of(recipe, card), card, dataset, split, workspace)
            if one is None:
                return None
            known = dataset.effort([*split.train, *split.validation]) / embedding
            seconds += max(_ANSWERS, one - known) * len(draws)
    return seconds


def _learning(
    dataset: Dataset, recipe: Recipe, card: ModelCard, split: Split, design: Design, workspace: Workspace
) -> float | None:
    """One network of one draw: learning, then looking at everyone."""
    learning = expected_seconds(
        TrainingConfig.of(recipe, card), card, dataset, Split(split.train, (), (), ""), workspace
    )
    embedding = measured_speed(workspace, card.id, "embed")
    if learning is None or embedding is None:
        return None
    scale = ((recipe.image_size or 1) / card.input_size) ** 2 if card.modality == "image" else 1.0
    looks = design.views if "views" in design.parts else 1
    looking = dataset.effort([*split.train, *split.validation]) * looks * scale / embedding
    return learning + looking + _TRANSLATION
