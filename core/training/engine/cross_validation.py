"""The same recipe on other divisions of the same examples: how much of a score is the luck of one division."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import torch
from torch import Tensor

from core.data.dataset import Dataset
from core.data.splits import Split, stratified_folds
from core.evaluation.answers import Answer, answers_of
from core.evaluation.repeated_splits import accuracy_over_repeats
from core.events import CrossValidated, Event, Progress, drain
from core.messages import NOTHING
from core.models.card import ModelCard
from core.models.trained import load_backbone
from core.training.engine.context import Load, TrainingContext
from core.training.engine.fit import fit
from core.training.spec.config import TrainingConfig
from core.training.spec.plan import FOLDS, Plan, repeats_of
from core.workspace import Workspace

Division: TypeAlias = tuple[tuple[int, ...], tuple[int, ...]]
"""Indices of the examples to train on, and of those that are held out."""


@dataclass(frozen=True)
class OutOfFold:
    """The score over all folds, and the answer on every example when it was held out (first repeat)."""

    score: CrossValidated
    answers: tuple[Answer, ...]


def cross_validate(
    dataset: Dataset, plan: Plan, workspace: Workspace, stop: Callable[[], bool] = lambda: False
) -> Generator[Event, None, OutOfFold | None]:
    """Repeated, stratified, grouped k-fold of all training and validation examples; a final test stays out of it.

    Each fold trains the plan's recipe anew, from the same seed, on the others. A cluster or source is never divided,
    and a class with a single one is only trained on. Yields Progress("folds", ...); None when stopped, or when there is
    nothing to divide.
    """
    pool = sorted((*plan.split.train, *plan.split.validation))
    several, alone = can_be_held_out(dataset, pool)
    largest = max(Counter(dataset.examples[i].label for i in several).values(), default=0)
    if largest < FOLDS:  # not even one class has an example for each fold
        return None
    folds = min(FOLDS, len({dataset.blocks[i] for i in several}))  # four speakers make four folds
    repeats = repeats_of(len(pool))
    total, done = folds * repeats, 0
    accuracies: list[float] = []
    answers: list[Answer] = []
    for repeat in range(repeats):
        for division in divisions(dataset, several, alone, folds, plan.recipe.seed + repeat):
            given = drain(held_out(dataset, plan.config, plan.card, division, workspace, stop))
            if given is None:
                return None
            answered = list(answers_of(dataset, "fold", division[1], given))
            accuracies.append(sum(answer.right for answer in answered) / len(answered))
            answers += answered if repeat == 0 else []
            done += 1
            yield Progress("folds", done, total)
    n = len(several)
    found = accuracy_over_repeats(accuracies, n / folds, len(alone) + n * (folds - 1) / folds)
    assert found.interval is not None, "there are at least as many repeats as folds"
    return OutOfFold(CrossValidated(found.mean, found.interval, n, folds, repeats), tuple(answers))


def held_out(
    dataset: Dataset,
    config: TrainingConfig,
    card: ModelCard,
    division: Division,
    workspace: Workspace,
    stop: Callable[[], bool] = lambda: False,
    load: Load = load_backbone,
) -> Generator[Event, None, Tensor | None]:
    """Probabilities (m, classes) for the second part of a `division`, learnt from the first; None when it was stopped,
    or could not be trained. Yields the training's events. `load` as for `TrainingContext`."""
    torch.manual_seed(config.seed)
    context = TrainingContext(
        dataset, Split(*division, (), NOTHING), config, card, workspace, stop, unwatched=True, load=load
    )
    fitted = yield from fit(context)
    if fitted is None or fitted.interrupted or fitted.trouble:
        return None
    return fitted.validation.probabilities


def can_be_held_out(dataset: Dataset, pool: Sequence[int]) -> tuple[list[int], list[int]]:
    """Those that can, and those of classes with a single cluster, which are only trained on."""
    clusters: dict[str, set[str]] = {}
    for i in pool:
        clusters.setdefault(dataset.examples[i].label, set()).add(dataset.blocks[i])
    several = [i for i in pool if len(clusters[dataset.examples[i].label]) > 1]
    return several, sorted(set(pool) - set(several))


def divisions(
    dataset: Dataset, several: Sequence[int], alone: Sequence[int], folds: int, seed: int
) -> Iterator[Division]:
    """Whom to train on and whom to hold out in each fold of `several`; `alone` are trained on every time."""
    labels = [dataset.examples[i].label for i in several]
    for train, held_out in stratified_folds(labels, [dataset.blocks[i] for i in several], folds, seed):
        yield tuple(sorted((*(several[i] for i in train), *alone))), tuple(several[i] for i in held_out)
