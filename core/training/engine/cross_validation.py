"""The same recipe on other divisions of the same examples: how much of a score is the luck of one division."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass

from core.data.dataset import Dataset
from core.data.splits import Split, stratified_folds
from core.evaluation.answers import Answer, answers_of
from core.evaluation.repeated_splits import accuracy_over_repeats
from core.events import CrossValidated, Event, Progress, drain
from core.messages import NOTHING
from core.training.engine.context import TrainingContext
from core.training.engine.fit import fit
from core.training.spec.plan import FOLDS, Plan, repeats_of
from core.workspace import Workspace


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
    divided, alone = _divided(dataset, pool)
    largest = max(Counter(dataset.examples[i].label for i in divided).values(), default=0)
    if largest < FOLDS:  # not even one class has an example for each fold
        return None
    folds = min(FOLDS, len({dataset.blocks[i] for i in divided}))  # four speakers make four folds
    repeats = repeats_of(len(pool))
    total, done = folds * repeats, 0
    accuracies: list[float] = []
    answers: list[Answer] = []
    for repeat in range(repeats):
        for train, validation in _folds(dataset, divided, folds, plan.recipe.seed + repeat):
            split = Split(tuple(sorted((*train, *alone))), validation, (), NOTHING)
            context = TrainingContext(dataset, split, plan.config, plan.card, workspace, stop, unwatched=True)
            fitted = drain(fit(context))
            if fitted is None or fitted.interrupted or fitted.trouble:
                return None
            held_out = list(answers_of(dataset, "fold", validation, fitted.validation.probabilities))
            accuracies.append(sum(answer.right for answer in held_out) / len(held_out))
            answers += held_out if repeat == 0 else []
            done += 1
            yield Progress("folds", done, total)
    n = len(divided)
    found = accuracy_over_repeats(accuracies, n / folds, len(alone) + n * (folds - 1) / folds)
    assert found.interval is not None, "there are at least as many repeats as folds"
    return OutOfFold(CrossValidated(found.mean, found.interval, n, folds, repeats), tuple(answers))


def _divided(dataset: Dataset, pool: list[int]) -> tuple[list[int], list[int]]:
    """Those that can be held out, and those of classes with a single cluster, which are only trained on."""
    clusters: dict[str, set[str]] = {}
    for i in pool:
        clusters.setdefault(dataset.examples[i].label, set()).add(dataset.blocks[i])
    divided = [i for i in pool if len(clusters[dataset.examples[i].label]) > 1]
    return divided, sorted(set(pool) - set(divided))


def _folds(
    dataset: Dataset, divided: list[int], folds: int, seed: int
) -> Iterator[tuple[tuple[int, ...], tuple[int, ...]]]:
    labels = [dataset.examples[i].label for i in divided]
    for train, validation in stratified_folds(labels, [dataset.blocks[i] for i in divided], folds, seed):
        yield tuple(divided[i] for i in train), tuple(divided[i] for i in validation)
