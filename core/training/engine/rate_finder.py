"""The learning-rate range test (Smith 2017, section 3.3): the rate grows step by step, until it is too much."""

from __future__ import annotations

import math
from collections.abc import Callable, Generator
from dataclasses import dataclass

from core.data.dataset import Dataset
from core.events import Event, Progress
from core.training.engine.context import TrainingContext
from core.training.engine.fit import prepare
from core.training.engine.stage import Stage, batches_of, learned, load_learned, optimiser_of, step_output
from core.training.spec.plan import make_plan
from core.training.spec.recipe import Recipe
from core.workspace import Workspace

LOWEST, HIGHEST = 1e-6, 1.0
_STEPS = 60
_SMOOTHING = 0.7
_TOO_MUCH = 3.0
"""The search ends when the loss is so many times its lowest, or the first one if that is more."""
_WORSE = 1.1


@dataclass(frozen=True)
class RateCurve:
    """Smoothed training losses at growing learning rates, and the rate to use."""

    rates: tuple[float, ...]
    losses: tuple[float, ...]
    suggestion: float


def find_rate(
    dataset: Dataset, recipe: Recipe, workspace: Workspace, stop: Callable[[], bool] = lambda: False
) -> Generator[Event, None, RateCurve | None]:
    """Try learning rates for `recipe` on the training examples; None when stopped. RecipeError where it has none."""
    plan = make_plan(dataset, recipe, workspace)
    task = TrainingContext(dataset, plan.split, plan.recipe, plan.card, workspace, stop)
    prepared = yield from prepare(task)
    if not isinstance(prepared, Stage) or task.interruption():
        return None
    return (yield from try_rates(prepared, task))


def try_rates(phase: Stage, task: TrainingContext) -> Generator[Event, None, RateCurve | None]:
    """The range test on a phase, whose weights are the same afterwards, to the bit."""
    before = {name: value.detach().clone() for name, value in learned(phase.learning).items()}
    phase.mode(True)
    try:
        curve = yield from _losses(phase, task)
    finally:
        phase.learning.zero_grad(set_to_none=True)
        load_learned(phase.learning, before)
        phase.mode(False)
    if task.interruption() or not curve:
        return None
    rates, losses = zip(*curve, strict=True)
    return RateCurve(rates, losses, suggest(rates, losses))


def _losses(phase: Stage, task: TrainingContext) -> Generator[Event, None, list[tuple[float, float]]]:
    optimiser = optimiser_of(phase, task)
    assert optimiser is not None
    shares = [group["lr"] / (task.recipe.learning_rate or 1.0) for group in optimiser.param_groups]
    curve: list[tuple[float, float]] = []
    smooth = 0.0
    batches: list = []
    for step in range(_STEPS):
        batches = batches or batches_of(phase, task)(1 + step)
        rate = LOWEST * (HIGHEST / LOWEST) ** (step / (_STEPS - 1))
        for group, share in zip(optimiser.param_groups, shares, strict=True):
            group["lr"] = rate * share
        lesson = step_output(phase, task, batches.pop(0), 1, step)
        optimiser.zero_grad(set_to_none=True)
        (lesson.loss + phase.penalty()).backward()
        optimiser.step()
        smooth = _SMOOTHING * smooth + (1 - _SMOOTHING) * float(lesson.loss.detach())
        loss = smooth / (1 - _SMOOTHING ** (step + 1))
        yield Progress("rate", step + 1, _STEPS)
        if not math.isfinite(loss) or task.interruption():
            break
        curve.append((rate, loss))
        if loss > _TOO_MUCH * max(min(loss for _, loss in curve), curve[0][1]):
            break
    return curve


def suggest(rates: tuple[float, ...], losses: tuple[float, ...]) -> float:
    """A rate that learns fast and is safe, rounded to one digit.

    The largest rate before the loss rose for good lies where it was last within a tenth of its lowest; training takes a
    tenth of that, since it has to go well for hundreds of steps and not just for one.
    """
    lowest = min(losses)
    last = max(i for i, loss in enumerate(losses) if loss <= _WORSE * lowest)
    rate = max(LOWEST, rates[last] / 10)
    digits = -math.floor(math.log10(rate))
    return round(rate, digits)
