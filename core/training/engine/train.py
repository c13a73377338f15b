"""`train(dataset, recipe)`: a stream of events, then a trained model."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass

import torch

from core.data.dataset import Dataset
from core.evaluation.answers import Answer, answers_of, correction_from
from core.evaluation.scores import score
from core.events import Event, RunEnded, RunStarted, Score, Warned
from core.messages import Message, quoted
from core.models.catalogue import base_card, is_tuned
from core.models.trained import TrainedModel
from core.training.engine.checkpoint import Checkpoint
from core.training.engine.context import TrainingContext
from core.training.engine.cross_validation import OutOfFold, cross_validate
from core.training.engine.fit import fit
from core.training.engine.history import History
from core.training.engine.stage import FitResult, Metrics
from core.training.spec.plan import Plan, is_cheap, make_plan
from core.training.spec.recipe import Recipe
from core.training.spec.strategies import STRATEGIES
from core.workspace import Workspace


@dataclass(frozen=True)
class TrainingResult:
    """The model that was kept, its answers on every judging example, and those of a cross-validation, if any."""

    model: TrainedModel
    answers: tuple[Answer, ...]
    out_of_fold: tuple[Answer, ...] = ()


def train(
    dataset: Dataset,
    recipe: Recipe,
    workspace: Workspace,
    *,
    run: str = "",
    title: str = "",
    stop: Callable[[], bool] = lambda: False,
    pause: Callable[[], bool] = lambda: False,
    checkpoint: Checkpoint | None = None,
    history: History | None = None,
    sealed: bool = False,
) -> Generator[Event, None, TrainingResult | None]:
    """Fine-tune `recipe.model` on `dataset`.

    Yields RunStarted, progress, steps and epochs, and RunEnded last; returns the model and its answers, or None when
    it was stopped before there was a model, or paused. `stop` and `pause` are asked between steps. With a `checkpoint`
    it goes on from what that holds, and ends with the same weights, to the bit, as if it had never been interrupted.
    What the validation examples were taken for after each epoch is noted in `history`.
    `sealed`: nobody looks at the final test (see `Plan.sealed`).
    DataError, ModelError and RecipeError are raised before the first event.
    """
    plan = make_plan(dataset, recipe, workspace)
    plan = plan.sealed(dataset) if sealed else plan
    split = plan.split
    torch.manual_seed(recipe.seed)
    task = TrainingContext(dataset, split, plan.recipe, plan.card, workspace, stop, pause, checkpoint, history)
    yield _started(task, plan, run)
    if not split.validation:
        yield Warned(_why_nobody_judges(dataset))
    fitted = yield from fit(task)
    if task.interruption() == "pause" and (fitted is None or fitted.interrupted):
        yield RunEnded(run, "paused", seconds=round(task.seconds, 3))
        return None
    if fitted is None:
        message = Message("Stopped before training began.")
        yield RunEnded(run, "stopped", message=message, seconds=round(task.seconds, 3))
        return None
    model = _model(task, fitted, title or dataset.title)
    test = fitted.evaluate(split.test)
    seconds = task.seconds
    folded: OutOfFold | None = None
    if not sealed and not fitted.chosen and is_cheap(dataset, plan, workspace):
        folded = yield from cross_validate(dataset, plan, workspace, lambda: bool(task.interruption()))
    yield RunEnded(
        run,
        _reason(fitted),
        validation=_score(task, split.validation, fitted.validation),
        test=_score(task, split.test, test),
        epoch=fitted.epoch,
        chosen=fitted.chosen,
        message=quoted(fitted.problem),
        remedy=fitted.remedy,
        seconds=round(seconds, 3),
        cross_validated=folded and folded.score,
    )
    answers = [
        *answers_of(dataset, "validation", split.validation, fitted.validation.probabilities),
        *answers_of(dataset, "test", split.test, test.probabilities),
    ]
    held_out = folded.answers if folded else [answer for answer in answers if answer.part == "validation"]
    model.temperature = correction_from(held_out).temperature
    return TrainingResult(model, tuple(answers), folded.answers if folded else ())


def _why_nobody_judges(dataset: Dataset) -> Message:
    if max(dataset.counts.values()) == 1:
        return Message(
            "Every class has a single example and nothing could be held back, so how good the model is cannot be told."
        )
    return Message("All examples are for training and none is held back, so how good the model is cannot be told.")


def _started(task: TrainingContext, plan: Plan, run: str) -> RunStarted:
    dataset, split = task.dataset, task.split
    return RunStarted(
        run, dataset.id, task.recipe.to_dict(), dataset.classes,
        len(split.train), len(split.validation), len(split.test), plan.baseline, task.recipe.epochs or 0,
        quoted(split.reason), quoted(plan.why),
    )  # fmt: skip


def _model(task: TrainingContext, fitted: FitResult, title: str) -> TrainedModel:
    tuned = STRATEGIES[task.recipe.strategy].tunes_backbone or is_tuned(task.card.id, task.workspace)
    base = base_card(task.card.id, task.workspace)
    return TrainedModel(
        title=title,
        card=base,
        classes=task.dataset.classes,
        size=task.size,
        tuned=tuned,
        head=fitted.head,
        parent=task.card.id,
        load_backbone=lambda: task.backbone,
    )


def _reason(fitted: FitResult) -> str:
    if fitted.problem:
        return "failed"
    return "stopped" if fitted.interrupted else "completed"


def _score(task: TrainingContext, indices: Sequence[int], outcome: Metrics) -> Score | None:
    if not indices:
        return None
    examples, classes = task.dataset.examples, task.dataset.classes
    answers = [classes[i] for i in outcome.probabilities.argmax(1).tolist()]
    training_labels = [examples[i].label for i in task.split.train]
    return score(answers, [examples[i].label for i in indices], training_labels)
