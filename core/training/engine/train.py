"""`train(dataset, recipe)`: a stream of events, then a trained model."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, replace

import torch

from core.data.dataset import Dataset
from core.data.splits import Split
from core.evaluation.answers import Answer, answers_of, correction_from
from core.evaluation.scores import majority_label, score
from core.events import Event, Rival, RunEnded, RunStarted, Score, Warned
from core.messages import NOTHING, Message
from core.models.catalogue import base_card, is_tuned
from core.models.trained import TrainedModel
from core.training.engine.checkpoint import Checkpoint
from core.training.engine.context import TrainingContext
from core.training.engine.cross_validation import OutOfFold, cross_validate
from core.training.engine.device import threads
from core.training.engine.fit import fit
from core.training.engine.history import History
from core.training.engine.importance import importances
from core.training.engine.rivals import LOGISTIC, rivals
from core.training.engine.search import search
from core.training.engine.stage import FitResult, Metrics
from core.training.spec.plan import Plan, is_cross_validated, make_plan, was_pretrained
from core.training.spec.recipe import Recipe
from core.training.spec.strategies import STRATEGIES
from core.workspace import Workspace


@dataclass(frozen=True)
class TrainingResult:
    """The model that was kept, its answers on the validation and test examples, which examples it was trained on, and
    the answers of a cross-validation, if any."""

    model: TrainedModel
    answers: tuple[Answer, ...]
    split: Split
    out_of_fold: tuple[Answer, ...] = ()


def train(
    dataset: Dataset,
    recipe: Recipe,
    workspace: Workspace,
    *,
    plan: Plan | None = None,
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
    A recipe that says "auto" is settled first: Tried and Searched come before RunStarted, which tells what was found.
    What the validation examples were taken for after each epoch is noted in `history`.
    `sealed`: nobody looks at the test set (see `Plan.sealed`). Whoever made the `plan` already can give it.
    DataError, ModelError and RecipeError are raised before the first event.
    """
    plan = plan or make_plan(dataset, recipe, workspace)
    plan = plan.sealed(dataset) if sealed else plan
    searched = 0.0
    if plan.config.searches:
        began = time.perf_counter()
        with threads(torch.get_num_threads()):
            found = yield from search(dataset, plan, workspace, lambda: stop() or pause())
        searched = time.perf_counter() - began
        if found is None:
            yield _ended_early(run, "stopped" if stop() else "paused", searched)
            return None
        plan = found
    torch.manual_seed(recipe.seed)
    context = TrainingContext(dataset, plan.split, plan.config, plan.card, workspace, stop, pause, checkpoint, history)
    context.count_in(searched)
    with threads(context.threads):
        return (yield from _train(context, plan, run, title or dataset.title, sealed=sealed))


def _train(
    context: TrainingContext, plan: Plan, run: str, title: str, *, sealed: bool
) -> Generator[Event, None, TrainingResult | None]:
    dataset, split, workspace = context.dataset, context.split, context.workspace
    yield RunStarted(
        run, dataset.id, plan.recipe.to_dict(), dataset.classes,
        len(split.train), len(split.validation), len(split.test), plan.baseline, context.config.epochs, split.reason,
        plan.why, majority_label([dataset.examples[i].label for i in split.train]), context.shown,
    )  # fmt: skip
    if not split.validation:
        yield Warned(_without_validation(dataset))
    if context.card.fits and context.knew:
        yield Warned(context.knew)
    fitted = yield from fit(context)
    if context.interruption() == "pause" and (fitted is None or fitted.interrupted):
        yield _ended_early(run, "paused", context.seconds)
        return None
    if fitted is None:
        yield _ended_early(run, "stopped", context.seconds)
        return None
    test = fitted.evaluate(split.test)
    seconds = context.seconds
    folded: OutOfFold | None = None
    if not sealed and not fitted.chosen and is_cross_validated(dataset, plan, workspace):
        folded = yield from cross_validate(dataset, plan, workspace, context.is_interrupted)
        if folded is None and context.interruption() == "pause":  # the last checkpoint is a moment away from here
            yield _ended_early(run, "paused", context.seconds)
            return None
    answers = [
        *answers_of(dataset, "validation", split.validation, fitted.validation.probabilities),
        *answers_of(dataset, "test", split.test, test.probabilities),
    ]
    plain = yield from _rivals(context, plan, answers, sealed=sealed)
    model = _model(context, fitted, title)
    yield RunEnded(
        run,
        "failed" if fitted.trouble else "stopped" if fitted.interrupted else "completed",
        validation=_score(context, split.validation, fitted.validation),
        test=_score(context, split.test, test),
        epoch=fitted.epoch,
        chosen=fitted.chosen,
        message=fitted.trouble.problem if fitted.trouble else NOTHING,
        remedy=fitted.trouble.remedy if fitted.trouble else {},
        seconds=round(seconds, 3),
        cross_validated=folded.score if folded else None,
        rivals=plain,
        importances=() if sealed else importances(dataset, split.test or split.validation, model, context.config.seed),
    )
    held_out = folded.answers if folded else [answer for answer in answers if answer.part == "validation"]
    model.temperature = correction_from(held_out).temperature
    return TrainingResult(model, tuple(answers), split, folded.answers if folded else ())


def _rivals(
    context: TrainingContext, plan: Plan, answers: Sequence[Answer], *, sealed: bool
) -> Generator[Event, None, tuple[Rival, ...]]:
    """What plain methods reach, after all else: where that takes a second, the model's own score is there already."""
    plain = context.dataset.kind.plain
    is_plain = plain is not None and plan.card.id == plain.model
    if sealed or (plain and is_plain and not plain.methods) or context.interruption():  # nothing to compare it with
        return ()
    itself = LOGISTIC if is_plain and plan.config.strategy == "head" else ""  # the last layer on the plain features
    pretrained = was_pretrained(plan.card, plan.config.strategy, context.workspace)
    return (
        yield from rivals(
            context.dataset, context.split, answers, context.config.seed, context.workspace, pretrained=pretrained,
            itself=itself, stop=context.is_interrupted,
        )
    )  # fmt: skip


def _ended_early(run: str, reason: str, seconds: float) -> RunEnded:
    """Before there was a model: "paused", or "stopped"."""
    message = Message("Stopped before training began.") if reason == "stopped" else NOTHING
    return RunEnded(run, reason, message=message, seconds=round(seconds, 3))


def _without_validation(dataset: Dataset) -> Message:
    if max(dataset.counts.values()) == 1:
        return Message("Every class has a single example, so there is no validation set: the accuracy is not known.")
    return Message("Every example is a training example and there is no validation set: the accuracy is not known.")


def _model(context: TrainingContext, fitted: FitResult, title: str) -> TrainedModel:
    """What answers does so on the processor, wherever it was trained: from here on nothing is evaluated elsewhere."""
    tuned = STRATEGIES[context.config.strategy].tunes_backbone or is_tuned(context.card.id, context.workspace)
    return TrainedModel(
        title=title,
        card=replace(base_card(context.card.id, context.workspace), dimension=context.card.dimension),
        classes=context.dataset.classes,
        size=context.size,
        tuned=tuned,
        head=fitted.head.cpu(),
        parent=context.card.id,
        load_backbone=lambda: context.backbone.cpu(),
    )


def _score(context: TrainingContext, indices: Sequence[int], metrics: Metrics) -> Score | None:
    if not indices:
        return None
    examples, classes = context.dataset.examples, context.dataset.classes
    answers = [classes[i] for i in metrics.probabilities.argmax(1).tolist()]
    training_labels = [examples[i].label for i in context.split.train]
    return score(answers, [examples[i].label for i in indices], training_labels)
