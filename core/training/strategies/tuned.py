"""Tuning that begins with a fitted head (Kumar et al. 2022, "LP-FT")."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Generator
from dataclasses import replace
from typing import TYPE_CHECKING

from core.events import Event
from core.training.spec.strategy import TUNING
from core.training.strategies.base import Strategy

if TYPE_CHECKING:
    from core.training.engine.context import TrainingContext
    from core.training.engine.parts import Part
    from core.training.engine.stage import FitResult, ParameterGroup, Stage

LAYER_DECAY = 0.75
"""Each stage nearer to the input learns this much slower than the next (Howard & Ruder 2018)."""


class Tuned(Strategy):
    """Starting from a fitted head keeps the first steps from tearing up what the pretraining learnt."""

    options = TUNING | {"regularisation"}
    tunes_backbone = True

    @abstractmethod
    def groups(self, context: TrainingContext, part: Part) -> list[ParameterGroup]:
        """What of `part` learns, and how fast, as groups for the optimiser."""

    def part(self, context: TrainingContext) -> Generator[Event, None, Part | None]:
        """What is run in training: everything, unless a strategy knows better. None when stopped on the way."""
        from core.training.engine.parts import WholeNetwork

        yield from ()
        return WholeNetwork(context)

    def prepare(self, context: TrainingContext) -> Generator[Event, None, Stage | FitResult | None]:
        from core.training.engine.probe import probe_first
        from core.training.engine.tuning import TuningStage

        begun = yield from probe_first(context)
        if begun is None:
            return None
        part = yield from self.part(context)
        if part is None:
            return replace(begun, interrupted=context.is_interrupted())
        start = (begun.training, begun.validation)
        return TuningStage(context, begun.head, part, self.groups(context, part), start)


def by_depth(part: Part, rate: float) -> list[ParameterGroup]:
    """A parameter group for each layer group that learns, the last at `rate` and each one below it more slowly."""
    last = len(part.groups) - 1
    return [
        {"params": list(group.parameters), "lr": rate * LAYER_DECAY ** (last - depth)}
        for depth, group in enumerate(part.groups)
    ]
