"""Studies that never happened: events in which who was right is decided beforehand; and real ones, run at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from core.data.dataset import Dataset
from core.events import Event, drain
from core.runs.folder import RunFolder
from core.studies.base import Context
from core.studies.events import MethodEvaluated, SplitDrawn, right_string
from core.studies.registry import STUDIES
from core.workspace import Workspace


def run_study(
    study: str, design: Any, dataset: Dataset, workspace: Workspace, stop: Callable[[], bool] = lambda: False
) -> tuple[bool, list[Event], RunFolder]:
    """Whether it came to its end, what it said, and its folder."""
    folder = RunFolder.create(workspace.studies, "study", "mine", {})
    told: list[Event] = []
    complete = drain(STUDIES[study].run(design, Context(workspace, dataset, folder, stop)), told.append)
    return complete, told, folder


def events(
    methods: dict[str, float], splits: int = 5, validation: int = 200, seed: int = 0, noise: float = 0.01
) -> list[Event]:
    """Each method is right with its own probability, a little different from split to split; the luck of an example is
    shared by all methods, so comparisons are paired."""
    rng = np.random.default_rng(seed)
    made: list[Event] = []
    for split in range(splits):
        luck = rng.random(validation)
        made.append(SplitDrawn(split, 5, tuple(range(1000 * split, 1000 * split + 10)), tuple(range(validation))))
        for method, share in methods.items():
            right = luck < share + rng.normal(0, noise)
            made.append(MethodEvaluated(split, 5, method, right_string(right), float(split)))
    return made


def square(scratch: float, scratch_harder: float, transferred: float, transferred_harder: float) -> dict[str, float]:
    return {
        "scratch/plain": scratch, "scratch/harder": scratch_harder,
        "transferred/plain": transferred, "transferred/harder": transferred_harder,
    }  # fmt: skip
