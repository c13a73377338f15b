"""The charts of a report as numbers: planes, axes and points. `templates/charts.html.j2` draws them in SVG."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from core.evaluation.calibration import Calibration
from core.evaluation.curves import best_epoch
from core.events import EpochEnd

Point: TypeAlias = tuple[float, float]

QUARTERS = (0.0, 0.25, 0.5, 0.75, 1.0)
_LEFT, _RIGHT, _TOP, _BOTTOM = 58.0, 18.0, 10.0, 40.0
_FEWEST_TICKS = 4
_MOST_MARKS = 40
"""With more points than these a line has no marks of its own."""

_CLASSES = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#B8A800", "#777777")
"""Okabe & Ito 2008, as on the pages."""
COLOURS = len(_CLASSES)


def class_colours(classes: Sequence[str]) -> dict[str, str]:
    """The same colour for a class as on every page, because the order of a dataset's classes never changes."""
    return {label: _CLASSES[i % COLOURS] for i, label in enumerate(classes)}


@dataclass(frozen=True, slots=True)
class Plane:
    """Where a value lies on paper: `x` and `y` are the ranges of values shown, `width` and `height` units of SVG.

    Drawn 380 wide, so that its letters can be read on a telephone.
    """

    x: tuple[float, float]
    y: tuple[float, float]
    width: float = 380.0
    height: float = 250.0

    def across(self, value: float) -> float:
        low, high = self.x
        return _LEFT + (value - low) / ((high - low) or 1.0) * (self.width - _LEFT - _RIGHT)

    def up(self, value: float) -> float:
        low, high = self.y
        return self.height - _BOTTOM - (value - low) / ((high - low) or 1.0) * (self.height - _TOP - _BOTTOM)

    @property
    def left(self) -> float:
        return self.across(self.x[0])

    @property
    def right(self) -> float:
        return self.across(self.x[1])

    @property
    def bottom(self) -> float:
        return self.up(self.y[0])

    @property
    def top(self) -> float:
        return self.up(self.y[1])


def ticks(low: float, high: float, whole: bool = False) -> tuple[float, ...]:
    """About five round values from `low` to `high`: steps of 1, 2 or 5 times a power of ten."""
    span = high - low
    if span <= 0:
        return (low,)
    rough = span / _FEWEST_TICKS
    power = 10.0 ** math.floor(math.log10(rough))
    step = max(1.0 if whole else 0.0, next(size * power for size in (1, 2, 5, 10) if size * power >= rough * 0.999))
    first = math.ceil(low / step - 1e-9)
    return tuple(round(number * step, 10) for number in range(first, math.floor(high / step + 1e-9) + 1))


@dataclass(frozen=True, slots=True)
class CurveChart:
    """Something after each epoch, on the training and the validation set.

    `lowest` is where the validation loss was lowest, `kept` the epoch whose weights were kept where that is not the
    last one. `marked`: single points are drawn, as there are few.
    """

    plane: Plane
    x_ticks: tuple[float, ...]
    y_ticks: tuple[float, ...]
    training: tuple[Point, ...]
    validation: tuple[Point, ...]
    lowest: Point | None
    kept: int | None
    baseline: float | None = None

    @property
    def marked(self) -> bool:
        return len(self.training) <= _MOST_MARKS


def accuracy_chart(ends: Sequence[EpochEnd], baseline: float | None, kept: int | None) -> CurveChart:
    """Accuracy after each epoch, from 0 to 1, and that of the baseline."""
    training = tuple((float(end.epoch), end.train_accuracy) for end in ends)
    validation = tuple((float(end.epoch), v) for end in ends if (v := end.validation_accuracy) is not None)
    plane = Plane(_epochs(ends), (0.0, 1.0))
    whole = ticks(*plane.x, whole=True)
    return CurveChart(plane, whole, QUARTERS, training, validation, _lowest(ends, validation), kept, baseline)


def loss_chart(ends: Sequence[EpochEnd], kept: int | None) -> CurveChart:
    """Loss after each epoch; the lower, the better."""
    training = tuple((float(end.epoch), end.train_loss) for end in ends)
    validation = tuple((float(end.epoch), v) for end in ends if (v := end.validation_loss) is not None)
    top = max([0.1, *(value for _, value in (*training, *validation))]) * 1.05
    plane = Plane(_epochs(ends), (0.0, top))
    whole = ticks(*plane.x, whole=True)
    return CurveChart(plane, whole, ticks(0.0, top), training, validation, _lowest(ends, validation), kept)


def _epochs(ends: Sequence[EpochEnd]) -> tuple[float, float]:
    return 0.0, float(max(1, ends[-1].epoch))


def _lowest(ends: Sequence[EpochEnd], points: Sequence[Point]) -> Point | None:
    best = best_epoch(ends)
    return next((point for point in points if point[0] == best), None)


@dataclass(frozen=True, slots=True)
class ReliabilityChart:
    """Accuracy against confidence, bin by bin; `series`: the look of each and its figures, the one that counts last."""

    series: tuple[tuple[str, Calibration], ...]
    plane: Plane = Plane((0.0, 1.0), (0.0, 1.0), height=300.0)
    ticks: tuple[float, ...] = QUARTERS

    @property
    def shown(self) -> Calibration:
        """The figures of the model as people see it."""
        return self.series[-1][1]
