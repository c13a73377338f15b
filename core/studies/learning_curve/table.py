"""A learning curve's events folded into points, and into what they forecast. No torch here: pages use it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from core.evaluation.forecast import Forecast
from core.evaluation.repeated_splits import Estimate
from core.events import Event
from core.messages import Message
from core.results.cells import estimate_cell
from core.studies.base import Cell, Sheet
from core.studies.learning_curve.design import CurveDesign
from core.studies.splits import SplitsTable, estimate_data
from core.training.spec.strategies import method_title

TARGETS = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99)
"""What one may want to get to, unless one says otherwise."""


class CurveTable(SplitsTable):
    """Which examples each strategy answered rightly, in which split, with how many training examples of each class."""

    def __init__(self, design: CurveDesign, events: Iterable[Event]) -> None:
        super().__init__(events)
        self.design = design

    def name(self, strategy: str) -> Message:
        """What a curve is called."""
        return method_title(strategy, self.design.model)

    def points(self, strategy: str) -> dict[int, Estimate]:
        """The accuracy at each number of examples that was evaluated, in order."""
        keys = self.right.get(strategy, {})
        found = {n: self.accuracy(strategy, [key for key in keys if key[1] == n]) for n in sorted({n for _, n in keys})}
        return {n: estimate for n, estimate in found.items() if estimate is not None}

    def forecast(self, strategy: str) -> Forecast | None:
        """What the splits that were evaluated at every number of examples forecast; None when there is none."""
        right = self.right.get(strategy, {})
        sizes = sorted({shots for _, shots in right})
        whole = [split for split in sorted({split for split, _ in right}) if all((split, n) in right for n in sizes)]
        if not whole:
            return None
        draws = [[self.draws[split, n] for split in whole] for n in sizes]
        return Forecast(sizes, draws, [np.stack([right[split, n] for n in sizes]) for split in whole])

    def forecasts(self) -> dict[str, Forecast]:
        """The forecasts of all strategies that have one."""
        return {strategy: found for strategy in self.right if (found := self.forecast(strategy)) is not None}

    def target(self, strategy: str) -> float:
        """The accuracy to get to: the one that was asked for, else the next round one above the last point."""
        if self.design.target is not None:
            return self.design.target
        points = self.points(strategy)
        last = points[max(points)].mean
        return next((target for target in TARGETS if target > last + 0.01), TARGETS[-1])

    def sheets(self) -> list[Sheet]:
        curves = {strategy: self.points(strategy) for strategy in self.right}
        rows: list[tuple[Cell, ...]] = []
        for n in sorted({n for points in curves.values() for n in points}):
            there = [points[n] for points in curves.values() if n in points]
            cells = [estimate_cell(points.get(n)) for points in curves.values()]
            rows.append((n, *cells, max(one.repeats for one in there), max(one.tested for one in there)))
        columns = (
            Message("examples per class"), *map(self.name, curves), Message("splits"),
            Message("different validation examples"),
        )  # fmt: skip
        caption = Message(
            "In brackets: the 95\u00a0% confidence interval, over other training and validation examples."
        )
        return [Sheet(columns, tuple(rows), caption=caption)]

    def to_dict(self) -> dict[str, Any]:
        found: dict[str, Any] = {"curves": {}, "forecasts": {}, "seconds": self.seconds}
        for strategy in self.right:
            points = self.points(strategy)
            found["curves"][strategy] = [{"shots": n, **(estimate_data(point) or {})} for n, point in points.items()]
        for strategy, forecast in self.forecasts().items():
            wanted = forecast.needed(self.target(strategy))
            double = 2 * forecast.sizes[-1]
            found["forecasts"][strategy] = {
                "target": wanted.target, "kind": wanted.kind, "low": wanted.low, "middle": wanted.middle,
                "high": wanted.high, "refusal": forecast.refusal,
                "double": None if forecast.refusal else [double, *forecast.accuracy(double)],
            }  # fmt: skip
        return found
