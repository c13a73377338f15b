"""Tuning that begins with a fitted head (Kumar et al. 2022, "LP-FT")."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Generator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from core.events import Event
from core.models.card import ModelCard
from core.training.strategies.base import TUNING, Strategy

if TYPE_CHECKING:
    from core.training.phase import Fit, Phase
    from core.training.task import Task
    from core.training.tuning import Part

LAYER_DECAY = 0.75
"""Each stage nearer to the input learns this much slower than the next (Howard & Ruder 2018)."""


CLASSIFIER = frozenset({"classifier", "turned_classes"})
"""Options of strategies that may learn more than the classes there are, so as to know new ones later."""


class Tuned(Strategy):
    """Starting from a fitted head keeps the first steps from tearing up what the pretraining learnt."""

    options = TUNING | {"regularisation"}
    tunes_backbone = True

    @abstractmethod
    def learners(self, task: Task, part: Part) -> dict[str, Any]:
        """What of `part` learns: "groups" for the optimiser, and whatever else the phase is to know."""

    def part(self, task: Task) -> Generator[Event, None, Part | None]:
        """What is run in training: everything, unless a strategy knows better. None when stopped on the way."""
        from core.training.tuning import whole

        yield from ()
        return whole(task)

    def prepare(self, task: Task) -> Generator[Event, None, Phase | Fit | None]:
        from core.training.probe import probe_first
        from core.training.tuning import tuning_phase

        begun = yield from probe_first(task)
        if begun is None:
            return None
        part = yield from self.part(task)
        if part is None:
            return replace(begun, interrupted=task.interruption())
        start = (begun.training, begun.validation)
        return tuning_phase(task, begun.head, part, start=start, **self.learners(task, part))


def tuning_defaults(card: ModelCard) -> dict[str, Any]:
    """What strategies that go through a network again and again have in common."""
    return {
        "epochs": 8, "batch_size": 16, "mixup": 0.0,
        "augmentation": card.variation or ("light" if card.modality == "image" else "none"),
        "label_smoothing": 0.0, "class_weighting": "none", "weight_decay": 0.01,
    }  # fmt: skip


def by_depth(part: Part, rate: float) -> list[dict[str, Any]]:
    """A group for each stage that learns, the last at `rate` and each one below it more slowly."""
    last = len(part.stages) - 1
    return [
        {"params": list(stage.parameters), "lr": rate * LAYER_DECAY ** (last - depth)}
        for depth, stage in enumerate(part.stages)
    ]
