"""Tuning a network, or a part of it, together with its head: what the strategies that do so have in common."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
from torch import Tensor, nn

from core.events import Event
from core.modalities.base import Batch
from core.models.backbone import Stage as BackboneStage
from core.models.backbone import freeze_statistics, tensors
from core.models.embeddings import embed_dataset, embed_rows
from core.models.head import CosineHead, LinearHead
from core.models.trunk import Trunk, cut, gathered
from core.training.engine.context import TrainingContext
from core.training.engine.objective import class_weights, turns_of, varied_lesson
from core.training.engine.stage import Stage

HEAD_FACTOR = 5.0
"""The head may move faster than the layers below it."""
_KEPT_BYTES = 512 * 1024**2
"""Activations below the part that learns are kept if all of them take no more than this."""


@dataclass
class Part:
    """What of a backbone is run in training, and how examples reach it.

    `module(**inputs(indices, augmentation, epoch))` gives embeddings (n, d); `stages` are those that may learn.
    """

    module: nn.Module
    inputs: Callable[[Sequence[int], str, int], dict[str, Tensor]]
    stages: list[BackboneStage]


class Ahead:
    """The inputs of a step, prepared in a thread while the step before it is computed."""

    def __init__(self, task: TrainingContext) -> None:
        self._task = task
        self._pool = ThreadPoolExecutor(max_workers=1)
        self._waiting: tuple[Any, Future[Batch]] | None = None

    def soon(self, indices: Sequence[int], augmentation: str, epoch: int) -> None:
        """These will be asked for next."""
        asked = (tuple(indices), augmentation, epoch)
        self._waiting = (asked, self._pool.submit(self._task.batch, indices, augmentation, epoch))

    def __call__(self, indices: Sequence[int], augmentation: str, epoch: int) -> dict[str, Tensor]:
        if self._waiting and self._waiting[0] == (tuple(indices), augmentation, epoch):
            batch = self._waiting[1].result()
            self._waiting = None
        else:
            batch = self._task.batch(indices, augmentation, epoch)
        return tensors(batch, self._task.device)


def whole(task: TrainingContext, stages: list[BackboneStage] | None = None) -> Part:
    """All of the backbone; `stages` are those that may learn, if not all of them. Ready features never do."""
    fixed = 1 if task.card.features else 0
    return Part(task.backbone, Ahead(task), stages or task.backbone.stages()[fixed:])


def from_nothing(task: TrainingContext) -> Generator[Event, None, Part | None]:
    """The network with random weights; on ready features only what is above them, where examples come as they are.

    None when stopped while the features were computed.
    """
    backbone = task.backbone
    backbone.begin(task.taught())
    backbone.to(task.device).forget()
    ready = backbone.ready()
    part = whole(task)
    learn_only(backbone, (p for stage in part.stages for p in stage.parameters))
    if ready is None or (task.recipe.augmentation or "none") != "none" or turns_of(task.recipe) > 1:
        return part
    features, above = ready
    split = task.split
    used = sorted({*split.train, *split.validation, *split.test})
    rows = yield from embed_dataset(
        task.dataset,
        features.card,
        lambda: features,
        task.workspace,
        task.size,
        used,
        lambda: bool(task.interruption()),
    )
    if rows is None:
        return None

    def inputs(indices: Sequence[int], augmentation: str, epoch: int) -> dict[str, Tensor]:
        return tensors({"activations": rows[list(indices)]}, task.device)

    return Part(above, inputs, part.stages)


def top(task: TrainingContext, layers: int) -> Generator[Event, None, Part | None]:
    """The last `layers` stages, on activations that are computed once and kept; None when stopped on the way.

    Where examples are varied anew each time, or the network cannot be cut, or there would be too much to keep, or only
    the first stage (a look-up of words, a first convolution) would be spared, the whole network is run instead and its
    lower stages merely do not learn.
    """
    stages = task.backbone.stages()
    below = max(0, len(stages) - layers)
    learning = stages[below:]
    uncut = whole(task, learning)
    if below <= 1 or (task.recipe.augmentation or "none") != "none":
        return uncut
    parts = cut(task.backbone, below, task.size)
    if parts is None or _bytes(task, parts[2]) > _KEPT_BYTES:
        return uncut
    trunk, above, shape = parts
    rows = yield from _activations(task, trunk)
    if rows is None:
        return None
    examples = task.dataset.examples

    def inputs(indices: Sequence[int], augmentation: str, epoch: int) -> dict[str, Tensor]:
        return gathered([rows[examples[i].id] for i in indices], shape, task.device)

    return Part(above, inputs, learning)


def _activations(task: TrainingContext, trunk: Trunk) -> Generator[Event, None, dict[str, np.ndarray] | None]:
    rows: dict[str, np.ndarray] = {}
    done = yield from embed_rows(
        task.dataset, trunk.card, lambda: trunk, task.workspace, task.size, task.used, rows.__setitem__,
        lambda: bool(task.interruption()), work="",
    )  # fmt: skip
    return rows if done else None


def _bytes(task: TrainingContext, shape: tuple[int, ...]) -> int:
    """Memory for one float32 array of this shape for each example; a message has about a token for four letters."""
    numbers = int(np.prod(shape))
    if shape[0] != -1:
        return 4 * numbers * len(task.dataset.examples)
    letters = [len(example.text or "") for example in task.dataset.examples]
    return 4 * -numbers * sum(min(task.card.input_size, 2 + n // 4) for n in letters)


def learn_only(module: nn.Module, parameters: Iterable[nn.Parameter]) -> list[nn.Parameter]:
    """Let these parameters of `module` learn and no others; returns them."""
    chosen = {id(p) for p in parameters}
    for parameter in module.parameters():
        parameter.requires_grad_(id(parameter) in chosen)
    return [p for p in module.parameters() if id(p) in chosen]


def tuning_stage(
    task: TrainingContext,
    head: LinearHead | CosineHead,
    part: Part,
    *,
    groups: list[dict[str, Any]],
    frozen_statistics: bool = True,
    finish: Callable[[], object] = lambda: None,
    **settings: Any,
) -> Stage:
    """A phase in which `groups` and the head learn from the examples, as the recipe says.

    The head may know more classes than there are, one for each turn of a picture; only the upright ones are kept.
    """
    recipe, module, classes = task.recipe, part.module, len(task.dataset.classes)
    augmentation = recipe.augmentation or "none"

    def mode(training: bool) -> None:
        module.train(training)
        if frozen_statistics:
            freeze_statistics(module)

    def soon(indices: Sequence[int], epoch: int) -> None:
        if isinstance(part.inputs, Ahead):
            part.inputs.soon(indices, augmentation, epoch)

    def logits(indices: Sequence[int], epoch: int, training: bool) -> Tensor:
        return head(module(**part.inputs(indices, augmentation if training else "none", epoch)))[:, :classes]

    def settle() -> None:
        finish()
        phase.head = settled(head, classes)

    phase = Stage(
        head=head,
        learning=nn.ModuleDict({"backbone": module, "head": head}),
        groups=[*groups, {"params": list(head.parameters()), "lr": recipe.learning_rate * HEAD_FACTOR}],
        logits=logits,
        soon=soon,
        finish=settle,
        epochs=recipe.epochs,
        batch_size=recipe.batch_size,
        mode=mode,
        warmup=0.1,
        weight_decay=recipe.weight_decay,
        class_weights=class_weights(task),
        label_smoothing=recipe.label_smoothing or 0.0,
        patience=recipe.early_stopping,
        time_budget=recipe.time_budget,
        **settings,
    )
    turns = turns_of(recipe)
    if recipe.mixup or turns > 1:
        phase.lesson = varied_lesson(
            task,
            lambda: phase,
            lambda indices, epoch: part.inputs(indices, augmentation, epoch),
            lambda inputs: head(module(**inputs)),
            turns,
        )
    return phase


def new_head(task: TrainingContext) -> LinearHead | CosineHead:
    """An untrained last layer of the kind that the recipe asks for, with a class for every turn."""
    kind = CosineHead if task.recipe.classifier == "cosine" else LinearHead
    return kind(task.backbone.card.dimension, turns_of(task.recipe) * len(task.dataset.classes)).to(task.device)


def settled(head: LinearHead | CosineHead, classes: int) -> LinearHead:
    """The head to keep: linear, and of the first `classes` classes."""
    return head.first(classes) if isinstance(head, LinearHead) else head.as_linear(classes)
