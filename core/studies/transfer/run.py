"""`experiment(dataset, design)`: every way to learn on the same draws, as a stream of events."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator

import numpy as np
import torch

from core.data.dataset import Dataset
from core.data.splits import Split
from core.events import DrawMade, Event, Progress, WayJudged
from core.models.card import ModelCard
from core.studies.splits import make_draws, recorded
from core.studies.transfer.design import Design, checked, learns
from core.studies.transfer.networks import Seen, frozen_network, trained_network
from core.studies.transfer.readout import FitHead, answer, logistic_fit, nearest_fit
from core.training.engine.context import TrainingContext
from core.training.spec.config import TrainingConfig
from core.workspace import Workspace

_ORDER = ("nearest", "transferred", "scratch")
"""The quick ones first: the table fills from the start."""


def experiment(
    dataset: Dataset, design: Design, workspace: Workspace, stop: Callable[[], bool] = lambda: False
) -> Generator[Event, None, bool]:
    """Compare every start and way of `design` on the same draws.

    Yields DrawMade and WayJudged (way "transferred/plain"), and progress; returns False when it was stopped. What was
    judged before counts all the same. DataError, ModelError and RecipeError are raised before the first event.
    """
    design, card = checked(dataset, design, workspace)
    splits = make_draws(dataset, design.shots, design.draws, design.seed)
    began = time.perf_counter()
    total = design.draws * sum(map(len, design.ways().values()))
    done = 0
    for number, split in enumerate(splits):
        draw = recorded(dataset, split)
        yield DrawMade(number, design.shots, draw.train, draw.test)
        bench = _Bench(dataset, design, card, workspace, split, design.seed + number, stop)
        for start in _ORDER:
            for varied in (False, True):
                ways = {name: on for name, on in design.ways()[start].items() if ("augmentation" in on) == varied}
                if not ways:
                    continue
                seen = yield from bench.network(start, varied)
                if seen is None or stop():
                    return False
                for name, right in bench.judge(start, seen, ways).items():
                    done += 1
                    seconds = round(time.perf_counter() - began, 3)
                    yield WayJudged(number, design.shots, f"{start}/{name}", right, seconds)
                    yield Progress("ways", done, total)
    return True


class _Bench:
    """One draw, and everything that is tried on it."""

    def __init__(
        self, dataset: Dataset, design: Design, card: ModelCard, workspace: Workspace, split: Split, seed: int,
        stop: Callable[[], bool],
    ) -> None:  # fmt: skip
        self.dataset, self.design, self.card, self.workspace = dataset, design, card, workspace
        self.split, self.seed, self.stop = split, seed, stop
        self.classes = len(dataset.classes)
        at = {label: i for i, label in enumerate(dataset.classes)}
        self.targets = torch.tensor([at[dataset.examples[i].label] for i in split.train])
        self.truth = np.array([at[dataset.examples[i].label] for i in split.validation])

    def network(self, start: str, varied: bool) -> Generator[Event, None, Seen | None]:
        """What the network of a start sees: its own where it learns, else the pretrained one."""
        design = self.design
        views = design.views if set(design.parts) & {"views", "supports"} else 1
        recipe = design.recipe(start, self.card, self.seed, varied=varied)
        if learns(start, design.strategy):
            views = design.views if "views" in design.parts else 1
            return (
                yield from trained_network(
                    self.dataset, self.split, recipe, self.card, self.workspace, design.level, views, design.seed,
                    self.stop,
                )
            )  # fmt: skip
        task = TrainingContext(
            self.dataset, self.split, TrainingConfig.of(recipe, self.card), self.card, self.workspace, self.stop
        )
        return (yield from frozen_network(task, design.level, views, design.seed, self.stop))

    def judge(self, start: str, seen: Seen, ways: dict[str, frozenset[str]]) -> dict[str, str]:
        """For each way, who was answered rightly: "1" or "0" for each example that judges."""
        fit = self._fit(start, seen)
        found = {}
        for name, parts in ways.items():
            said = answer(seen, self.targets, parts, fit, self.design.heads, self.seed)
            found[name] = "".join("1" if right else "0" for right in said == self.truth)
        return found

    def _fit(self, start: str, seen: Seen) -> FitHead:
        if start == "nearest":
            return nearest_fit(self.classes)
        clusters = [self.dataset.clusters[i] for i in self.split.train]
        return logistic_fit(seen, self.targets, clusters, self.classes, self.seed)
