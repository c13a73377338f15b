"""How long a training will take here, from what was measured on this machine."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable

from core.cache import CACHE_VIEW, VectorCache
from core.data.dataset import Dataset
from core.data.splits import Split
from core.hardware import RIVALLED, measured_speed
from core.modalities import get_modality
from core.models.card import ModelCard
from core.training.spec.config import TrainingConfig
from core.training.spec.strategies import STRATEGIES
from core.workspace import Workspace

_START = 2.0
"""Seconds besides the work on examples: loading a model, fitting a last layer. A warm worker takes 1, a new one 4."""
_FORWARD = 1 / 3
"""A forward pass against forward, backward and update."""
_LAST_LAYER_STEP = 0.0015
"""Seconds a step of the last layer alone, the choice of its penalty spread over them."""
_RIVALLED = 400.0
"""Examples a second of the plain methods where these were not measured yet."""
_UNCUT_GAIN = 1.5
"""How much faster than all layers the last ones train where the ones below are run every time."""
MOST_UNLABELLED = 10_000
"""Of more examples without a class so many are learnt from: an epoch through all of them would take minutes."""
MONITORED = 64
"""While a network is tuned, its curve shows at most so many validation examples, or as many as are trained on."""


def monitored_each_epoch(n_train: int, n_validation: int) -> int:
    """How many validation examples are looked at after each epoch of tuning; at the last one, all are."""
    return min(n_validation, max(MONITORED, n_train))


def tuning_work(config: TrainingConfig, size: int) -> str:
    """The name under which the speed of such a training is kept."""
    turned = ["turned"] if config.turns > 1 else []
    layers = [config.layers] if config.layers else []
    return "-".join(str(part) for part in (config.strategy, *layers, config.augmentation, size, *turned))


def is_timed(card: ModelCard, workspace: Workspace) -> bool:
    """Whether the model was timed on this machine; one in which nothing learns only embeds."""
    return measured_speed(workspace, card.id, "probe-full" if card.parameters else "embed") is not None


def expected_seconds(
    config: TrainingConfig, card: ModelCard, dataset: Dataset, split: Split, workspace: Workspace, *, folds: int = 0
) -> float | None:
    """Seconds that a training takes, what is known already left out; None before the model was measured here.

    `folds` are trainings of a cross-validation besides its own (see `plan.folds_of`).
    """
    if config.searches:
        return config.time_budget
    embedding = measured_speed(workspace, card.id, "embed")
    if embedding is None:
        return None
    beside = _rivals(card, dataset, split, workspace)
    size = config.image_size or card.input_size
    scale = dataset.kind.size_cost(size, card.input_size)
    held_back = [*split.validation, *split.test]
    unknown = _unknown(dataset, [*split.train, *held_back], card, size, workspace)
    seconds = _START + dataset.effort(unknown) / embedding * scale
    if not STRATEGIES[config.strategy].tunes_backbone:
        steps = config.epochs * math.ceil(len(split.train) / config.batch_size)
        return seconds + (1 + folds) * steps * _LAST_LAYER_STEP + beside
    if config.time_budget is not None:
        return config.time_budget
    pace = _pace(config, card, size, scale, workspace)
    if pace is None:
        return None
    monitored = monitored_each_epoch(len(split.train), len(split.validation)) / max(1, len(split.validation))
    look = dataset.effort(split.validation) * monitored * _FORWARD
    seconds += config.epochs * (_examples_per_epoch(config, dataset, split) + look) / pace
    seconds += config.masked_epochs * (len(split.train) + min(MOST_UNLABELLED, len(dataset.unlabelled))) / pace
    return seconds + dataset.effort(held_back) * _FORWARD / pace + beside


def _rivals(card: ModelCard, dataset: Dataset, split: Split, workspace: Workspace) -> float:
    """Seconds of the plain methods that stand beside the score."""
    plain, asked = dataset.kind.plain, split.test or split.validation
    if plain is None or not asked or (card.id == plain.model and not plain.methods):
        return 0.0
    pace = measured_speed(workspace, plain.model, RIVALLED) or _RIVALLED
    return (min(len(split.train), plain.most) + min(len(asked), plain.most)) / pace


def _unknown(dataset: Dataset, indices: Iterable[int], card: ModelCard, size: int, workspace: Workspace) -> list[int]:
    """Those whose embedding is not known yet."""
    indices = list(indices)
    cache = VectorCache(workspace, card.identity, size, CACHE_VIEW, foreign=dataset.foreign)
    known = cache.known([dataset.examples[i].id for i in indices])
    return [i for i in indices if dataset.examples[i].id not in known]


def _examples_per_epoch(config: TrainingConfig, dataset: Dataset, split: Split) -> float:
    once = dataset.effort(split.train)
    if config.strategy == "episodic":  # every turn comes by itself, and all training examples are looked at once more
        return once * (config.turns + _FORWARD)
    if config.strategy != "contrastive":
        return once
    rounds = max(1.0, 4 * min(config.batch_size, len(split.train)) / len(split.train))
    counts = Counter(dataset.examples[i].label for i in split.train)
    alone = min(counts[label] for label in dataset.classes) < 2  # is compared with another view of itself
    return once * (rounds * (2 if alone or config.augmentation != "none" else 1) + _FORWARD)


def _pace(config: TrainingConfig, card: ModelCard, size: int, scale: float, workspace: Workspace) -> float | None:
    """Typical examples a second through steps of training: measured, else reckoned from what the probe measured."""
    own = measured_speed(workspace, card.id, tuning_work(config, size))
    if own:
        return own
    whole = measured_speed(workspace, card.id, "probe-full")
    if whole is None:
        return None
    whole /= scale
    if config.strategy != "episodic":  # a step looks at all turns of its examples
        whole /= config.turns
    usual = get_modality(card.modality).usual
    if not config.layers:
        return whole / usual.step_cost.get(config.strategy, 1.0)
    top = measured_speed(workspace, card.id, "probe-top")
    if top is None or config.augmentation != "none":
        return whole * _UNCUT_GAIN
    return max(whole, top / scale * usual.probed_layers / config.layers)
