"""The learning-rate range test (Smith 2017, section 3.3): the rate grows step by step, until it is too much."""

from __future__ import annotations

import math
from collections.abc import Callable, Generator
from dataclasses import dataclass

import numpy as np

from core.data.dataset import Dataset
from core.events import Event, Progress
from core.training.engine.context import TrainingContext
from core.training.engine.fit import prepare
from core.training.engine.stage import Stage, copied_state, load_trained_state, run_step
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
    if plan.config.searches:  # the method is not known yet
        return None
    context = TrainingContext(dataset, plan.split, plan.config, plan.card, workspace, stop)
    stage = yield from prepare(context)
    if not isinstance(stage, Stage) or context.interruption():
        return None
    return (yield from try_rates(stage))


def try_rates(stage: Stage) -> Generator[Event, None, RateCurve | None]:
    """The range test on a stage, whose weights are the same afterwards, to the bit."""
    before = copied_state(stage.trained)
    stage.mode(True)
    try:
        curve = yield from _losses(stage)
    finally:
        stage.trained.zero_grad(set_to_none=True)
        load_trained_state(stage.trained, before)
        stage.mode(False)
    if stage.context.interruption() or not curve:
        return None
    rates, losses = zip(*curve, strict=True)
    return RateCurve(rates, losses, suggest(rates, losses))


def _losses(stage: Stage) -> Generator[Event, None, list[tuple[float, float]]]:
    optimiser = stage.optimiser()
    assert optimiser is not None
    shares = [group["lr"] / (stage.context.config.learning_rate or 1.0) for group in optimiser.param_groups]
    curve: list[tuple[float, float]] = []
    smooth = 0.0
    batches: list[np.ndarray] = []
    for step in range(_STEPS):
        batches = batches or stage.batches(1 + step)
        rate = LOWEST * (HIGHEST / LOWEST) ** (step / (_STEPS - 1))
        for group, share in zip(optimiser.param_groups, shares, strict=True):
            group["lr"] = rate * share
        output = run_step(stage, batches.pop(0), 1, step)
        optimiser.zero_grad(set_to_none=True)
        (output.loss + stage.penalty()).backward()
        optimiser.step()
        smooth = _SMOOTHING * smooth + (1 - _SMOOTHING) * float(output.loss.detach())
        loss = smooth / (1 - _SMOOTHING ** (step + 1))
        yield Progress("rate", step + 1, _STEPS)
        if not math.isfinite(loss) or stage.context.interruption():
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
