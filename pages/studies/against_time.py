"""One chart for whatever competes: accuracy with its interval against training time. Up is better, left is faster."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import log10
from typing import Any

from core.report.charts import class_colours
from pages.shared.figures import BASELINE, verbatim
from pages.shared.live_chart import show_live
from pages.shared.words import plain

COLOURS = tuple(class_colours([str(number) for number in range(8)]).values())
SYMBOLS = ("circle", "diamond", "triangle-up", "pentagon", "star", "hexagon", "cross", "x")
_ASIDE = 1.08
"""So much to the left of a score stands that of the test set, on an axis of powers."""
_LEAST_SECONDS = 0.01
"""A logarithm needs more than nothing."""

Interval = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Contender:
    """One point: `number` gives it its colour and symbol, `seconds` is the time of a training. `seeds` are single
    trainings (seconds, accuracy) that the accuracy is the mean of; `test` what the test set says."""

    number: int
    name: str
    accuracy: float
    interval: Interval | None
    seconds: float
    seeds: Sequence[tuple[float, float]] = ()
    test: tuple[float, Interval] | None = None


def show_against_time(key: str, contenders: Sequence[Contender], baseline: float, alt: str) -> None:
    """The chart of at least one contender. Names stand in the legend, each with its symbol: beside a point there may be
    any other mark, and what stands under one cannot be read."""
    times = [max(_LEAST_SECONDS, t) for one in contenders for t in (one.seconds, *(took for took, _ in one.seeds))]
    low, high = log10(min(times)) - 0.15, log10(max(times)) + 0.45
    traces = [trace for one in contenders for trace in _traces(one)]
    if tests := [trace for trace in traces if trace["name"] == plain("test set")]:
        tests[0] |= {"showlegend": True, "legendrank": 1001}  # after all names, which have 1000
    line = {
        "x": [10**low, 10**high], "y": [baseline, baseline], "mode": "lines", "name": plain("baseline"),
        "line": {"color": BASELINE, "dash": "dot"}, "hovertemplate": "%{y:.0%}", "showlegend": True,
        "legendrank": 1002,
    }  # fmt: skip
    chart = {
        "title": "", "alt": alt, "traces": [*traces, line], "tick": ".0%", "rem": 21, "yRange": [0, 1.05],
        "xRange": [low, high], "xAxis": {"type": "log", **_ticks(low, high)},
        "yAxis": {"title": {"text": plain("accuracy")}},
    }  # fmt: skip
    show_live(key, [chart], plain("Training time (seconds)"))


def _ticks(low: float, high: float) -> dict[str, Any]:
    """Round numbers of seconds between two powers of ten."""
    numbers = [step * 10**power for power in range(-2, 6) for step in (1, 2, 5)]
    shown = [one for one in numbers if low <= log10(one) <= high]
    return {"tickvals": shown, "ticktext": [f"{one:g}" for one in shown]}


def _traces(one: Contender) -> list[dict[str, Any]]:
    """Faintly the single seeds, then the accuracy, then the test set."""
    colour, symbol, name = COLOURS[one.number % len(COLOURS)], SYMBOLS[one.number % len(SYMBOLS)], one.name
    took, traces = max(_LEAST_SECONDS, one.seconds), []
    if len(one.seeds) > 1:
        x = [max(_LEAST_SECONDS, seconds) for seconds, _ in one.seeds]
        traces.append(_marks(name, colour, "circle-open", 6, x, [accuracy for _, accuracy in one.seeds]))
    traces.append(_marks(name, colour, symbol, 13, [took], [one.accuracy], one.interval, named=True))
    if one.test is not None:
        accuracy, interval = one.test
        traces.append(_marks(plain("test set"), colour, "square-open", 10, [took / _ASIDE], [accuracy], interval))
    return traces


def _marks(
    name: str, colour: str, symbol: str, size: int, x: list[float], y: list[float], interval: Interval | None = None,
    *, named: bool = False,
) -> dict[str, Any]:  # fmt: skip
    """Points of one look, with their name in the legend or nowhere."""
    marks: dict[str, Any] = {
        "x": x, "y": y, "mode": "markers", "name": verbatim(name),
        "line": {"color": colour}, "hovertemplate": "%{y:.0%}, %{x:.2g} s", "showlegend": named,
        "marker": {"color": colour, "symbol": symbol, "size": size, "line": {"width": 1.5, "color": colour}},
    }  # fmt: skip
    if interval:
        low, high = interval
        marks["error_y"] = {
            "type": "data", "symmetric": False, "array": [high - y[0]], "arrayminus": [y[0] - low], "color": colour,
        }  # fmt: skip
    return marks
