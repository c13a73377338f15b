"""The exercises of prototypical training, as a phase that the one loop runs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from core.models.backbone import freeze_statistics
from core.models.head import LinearHead
from core.training.engine.context import TrainingContext
from core.training.engine.heads import nearest_mean_head
from core.training.engine.objective import turns_of
from core.training.engine.stage import Metrics, Stage, StepOutput
from core.training.engine.tuning import Ahead, Part

_LEAST_STEPS = 4
_CHUNK = 64
_FIRST_SPREAD = 10.0
"""Distances are scaled so that they begin at about this, neither all the same nor certain at once."""


@dataclass(frozen=True)
class Exercise:
    """Places of examples in a batch: `support` teach, `query` are asked about, each with the number of its class.

    `turns` are quarter turns of every example of the batch; a class on its side is another class.
    """

    examples: np.ndarray
    turns: np.ndarray
    support: np.ndarray
    support_labels: np.ndarray
    query: np.ndarray
    query_labels: np.ndarray
    ways: int


class Exercises:
    """Draws exercises from the training examples: classes, then clusters of each, so that no copy asks about itself."""

    def __init__(self, task: TrainingContext) -> None:
        self._recipe, self._turns = task.recipe, turns_of(task.recipe)
        clusters: dict[int, dict[str, list[int]]] = {}
        for i in task.split.train:
            clusters.setdefault(int(task.targets[i]), {}).setdefault(task.dataset.clusters[i], []).append(i)
        self._classes = [list(own.values()) for own in clusters.values() if len(own) > 1]
        ways = min(task.recipe.ways, len(self._classes) * self._turns)
        per_step = ways * (task.recipe.supports + task.recipe.queries)
        self._steps = max(_LEAST_STEPS, math.ceil(len(task.split.train) * self._turns / max(1, per_step)))

    def batches(self, epoch: int) -> list[np.ndarray]:
        """The examples of every exercise of an epoch."""
        return [self.draw(epoch, step).examples for step in range(self._steps)]

    def draw(self, epoch: int, step: int) -> Exercise:
        """The exercise of this step: it follows from the seed, the epoch and the step."""
        recipe = self._recipe
        rng = np.random.default_rng([recipe.seed, epoch, step, 2])
        kinds = len(self._classes) * self._turns
        chosen = rng.permutation(kinds)[: recipe.ways]
        examples: list[int] = []
        turns: list[int] = []
        parts: dict[str, list[int]] = {"support": [], "query": []}
        labels: dict[str, list[int]] = {"support": [], "query": []}
        for label, kind in enumerate(chosen):
            turn, number = divmod(int(kind), len(self._classes))
            own = self._classes[number]
            shown = min(recipe.supports, len(own) - 1)
            for place, cluster in enumerate(rng.permutation(len(own))[: shown + recipe.queries]):
                part = "support" if place < shown else "query"
                parts[part].append(len(examples))
                labels[part].append(label)
                examples.append(int(rng.choice(own[cluster])))
                turns.append(turn)
        return Exercise(
            np.array(examples), np.array(turns), np.array(parts["support"]), np.array(labels["support"]),
            np.array(parts["query"]), np.array(labels["query"]), len(chosen),
        )  # fmt: skip


def episodic_stage(task: TrainingContext, part: Part) -> Stage:
    """Each step: -log softmax(-s |z - prototype|^2) of the questions, with a scale s that is learned.

    Snell et al. 2017, eq. 2, with distances in units of their mean in the exercise; the scale after Oreshkin et al.
    2018, section 3.1. The head, which judges and is kept, is the nearest class mean over all training examples.
    """
    recipe, module, train = task.recipe, part.module, list(task.split.train)
    exercises = Exercises(task)
    augmentation = recipe.augmentation or "none"
    head = LinearHead(task.backbone.card.dimension, len(task.dataset.classes), normalise=True).to(task.device)
    scale = _Scale().to(task.device)

    def mode(training: bool) -> None:
        module.train(training)
        if not task.card.blank:
            freeze_statistics(module)

    def soon(indices: Sequence[int], epoch: int) -> None:
        if isinstance(part.inputs, Ahead):
            part.inputs.soon(indices, augmentation, epoch)

    def embed(indices: Sequence[int]) -> Tensor:
        chunks = [indices[start : start + _CHUNK] for start in range(0, len(indices), _CHUNK)]
        return torch.cat([module(**part.inputs(chunk, "none", 0)) for chunk in chunks])

    def lesson(indices: np.ndarray, epoch: int, step: int) -> StepOutput:
        exercise = exercises.draw(epoch, step)
        given = part.inputs(exercise.examples, augmentation, epoch)
        found = module(**_turned_each(given, exercise.turns)).float()
        return StepOutput(_surprise(found, exercise, scale), None)

    def refit() -> Metrics:
        mode(False)
        with torch.inference_mode():
            embeddings, targets = embed(train), task.targets[train]
            head.load_state_dict(nearest_mean_head(embeddings, targets, len(task.dataset.classes)).state_dict())
            logits = head(embeddings)
        right = (logits.argmax(1) == targets).float().mean()
        return Metrics(float(F.cross_entropy(logits, targets)), float(right))

    groups = [
        {"params": [p for stage in part.stages for p in stage.parameters], "lr": recipe.learning_rate},
        {"params": [scale.log], "lr": 10 * recipe.learning_rate, "weight_decay": 0.0},
    ]
    return Stage(
        head=head,
        learning=nn.ModuleDict({"backbone": module, "head": head, "scale": scale}),
        groups=groups,
        logits=lambda indices, epoch, training: head(embed(indices)),
        epochs=recipe.epochs,
        batch_size=recipe.ways,
        lesson=lesson,
        batches=exercises.batches,
        soon=soon,
        mode=mode,
        refit=refit,
        warmup=0.1,
        weight_decay=recipe.weight_decay,
        patience=recipe.early_stopping,
        time_budget=recipe.time_budget,
    )


class _Scale(nn.Module):
    """How much a distance counts."""

    def __init__(self) -> None:
        super().__init__()
        self.log = nn.Parameter(torch.zeros(()))


def _surprise(embeddings: Tensor, exercise: Exercise, scale: _Scale) -> Tensor:
    """The mean cross-entropy of the questions; embeddings (n, d) of the whole exercise."""
    device = embeddings.device
    support = embeddings[torch.from_numpy(exercise.support).to(device)]
    labels = torch.from_numpy(exercise.support_labels).to(device)
    sums = torch.zeros(exercise.ways, embeddings.shape[1], device=device).index_add(0, labels, support)
    prototypes = sums / torch.bincount(labels, minlength=exercise.ways)[:, None]
    query = embeddings[torch.from_numpy(exercise.query).to(device)]
    distances = torch.cdist(query, prototypes).pow(2)
    usual = distances.detach().mean().clamp(min=1e-12)
    logits = -distances * (_FIRST_SPREAD / usual) * scale.log.exp()
    return F.cross_entropy(logits, torch.from_numpy(exercise.query_labels).to(device))


def _turned_each(inputs: dict[str, Tensor], turns: np.ndarray) -> dict[str, Tensor]:
    """Pictures (n, 3, s, s), each turned by its own number of quarter turns."""
    if not turns.any():
        return inputs
    pixels = inputs["pixels"].clone()
    for turn in (1, 2, 3):
        at = torch.from_numpy(np.flatnonzero(turns == turn)).to(pixels.device)
        pixels[at] = torch.rot90(pixels[at], turn, (2, 3))
    return {"pixels": pixels}
