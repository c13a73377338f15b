"""`run(design, context)`: every method on the same random splits, as a stream of events."""

from __future__ import annotations

from collections.abc import Generator

import numpy as np
import torch

from core.data.splits import Split
from core.events import Event
from core.models.card import ModelCard
from core.studies.base import Context
from core.studies.splits import Recorder, random_splits
from core.studies.transfer.design import TransferDesign, checked, scratch_size, tunes_network
from core.studies.transfer.networks import Seen, frozen_network, trained_network
from core.studies.transfer.readout import FitHead, logistic_fit, nearest_fit, predictions
from core.training.engine.context import TrainingContext
from core.training.spec.config import TrainingConfig

_ORDER = ("nearest", "transferred", "scratch")
"""The quick ones first: the table fills from the start."""


def run(design: TransferDesign, context: Context) -> Generator[Event, None, bool]:
    """Compare every start and method of `design` on the same splits.

    Yields SplitDrawn and MethodEvaluated (method "transferred/plain"), and progress; returns False when it was stopped.
    DataError, ModelError and RecipeError are raised before the first event.
    """
    dataset = context.dataset
    card = checked(dataset, design, context.workspace)
    splits = random_splits(dataset, design.shots, design.splits, design.seed)
    recorder = Recorder(dataset, design.splits * sum(map(len, design.methods().values())))
    for number, split in enumerate(splits):
        yield recorder.drawn(number, design.shots, split)
        bench = _OneSplit(design, context, card, split, design.seed + number)
        for start in _ORDER:
            for varied in (False, True):
                methods = {name: on for name, on in design.methods()[start].items() if ("augmentation" in on) == varied}
                if not methods:
                    continue
                seen = yield from bench.network(start, varied)
                if seen is None or context.stop():
                    return False
                for name, right in bench.evaluate(start, seen, methods).items():
                    yield from recorder.evaluated(number, design.shots, f"{start}/{name}", right)
    return True


class _OneSplit:
    """One split, and everything that is tried on it."""

    def __init__(self, design: TransferDesign, context: Context, card: ModelCard, split: Split, seed: int) -> None:
        self.design, self.context, self.card, self.split, self.seed = design, context, card, split, seed
        dataset = context.dataset
        self.classes = len(dataset.classes)
        at = {label: i for i, label in enumerate(dataset.classes)}
        self.targets = torch.tensor([at[dataset.examples[i].label] for i in split.train])
        self.truth = np.array([at[dataset.examples[i].label] for i in split.validation])

    def network(self, start: str, varied: bool) -> Generator[Event, None, Seen | None]:
        """What the network of a start sees: its own where that is trained, else the pretrained one."""
        design, context = self.design, self.context
        views = design.views if set(design.parts) & {"views", "supports"} else 1
        recipe = design.recipe(start, self.card, self.seed, varied=varied)
        if tunes_network(start, design.strategy):
            views = design.views if "views" in design.parts else 1
            size = scratch_size(design.scratch_size, self.card) if start == "scratch" else None
            return (
                yield from trained_network(
                    context, self.split, recipe, self.card, size, design.level, views, design.seed
                )
            )
        training = TrainingContext(
            context.dataset,
            self.split,
            TrainingConfig.of(recipe, self.card),
            self.card,
            context.workspace,
            context.stop,
        )
        return (yield from frozen_network(training, design.level, views, design.seed, context.stop))

    def evaluate(self, start: str, seen: Seen, methods: dict[str, frozenset[str]]) -> dict[str, np.ndarray]:
        """For each method, which validation examples were answered rightly, (m,) bool."""
        fit = self._fit(start, seen)
        return {
            name: predictions(seen, self.targets, parts, fit, self.design.heads, self.seed) == self.truth
            for name, parts in methods.items()
        }

    def _fit(self, start: str, seen: Seen) -> FitHead:
        if start == "nearest":
            return nearest_fit(self.classes)
        clusters = [self.context.dataset.blocks[i] for i in self.split.train]
        return logistic_fit(seen, self.targets, clusters, self.classes, self.seed)
