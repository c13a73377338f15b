"""Learning curves on the page: accuracy against examples per class, with bands, and the same as a table."""

from __future__ import annotations

from collections.abc import Mapping
from math import log10
from types import MappingProxyType
from typing import Any

import streamlit as st

from core.evaluation.forecast import Forecast
from core.evaluation.repeated_splits import Estimate
from core.studies.learning_curve.table import CurveTable
from core.training.spec.strategies import STRATEGIES
from pages.shared.figures import BASELINE, class_colours
from pages.shared.live_chart import show_live
from pages.shared.words import percent, share_range, tr

_DASHES = ("solid", "dash", "dot", "dashdot")
_SYMBOLS = ("circle", "diamond", "square", "triangle-up", "x")


def show_points(
    key: str, table: CurveTable, sizes: list[int], forecasts: Mapping[str, Forecast] = MappingProxyType({})
) -> None:
    """The curves so far, over the `sizes` that are planned or those there are, drawn on to twice as many where that
    can be foretold; and the same as a table."""
    curves = {strategy: table.points(strategy) for strategy in table.right}
    ticks = sizes or sorted({n for points in curves.values() for n in points}) or [1]
    colours = class_colours(list(STRATEGIES))
    traces: list[dict[str, Any]] = []
    for number, (strategy, points) in enumerate(curves.items()):
        name, forecast = tr(STRATEGIES[strategy].title), forecasts.get(strategy)
        traces += _curve(name, points, colours[strategy], number)
        if forecast and not forecast.refusal:
            traces += _drawn_on(name, forecast, colours[strategy])
            ticks = sorted({*ticks, 2 * ticks[-1]} if 2 * forecast.sizes[-1] > ticks[-1] else ticks)
    empty: dict[str, Any] = {"x": [], "y": [], "mode": "lines", "line": {"color": BASELINE}, "showlegend": False}
    says = _takeaway(curves)
    chart = {
        "title": tr("Share it gets right"),
        "alt": says,
        "traces": traces or [empty],
        "tick": ".0%",
        "yRange": [0, 1.03],
        "xRange": [log10(ticks[0]) - 0.08, log10(max(ticks[-1], 2)) + 0.08],
        "xAxis": {"type": "log", "tickvals": ticks, "ticktext": [f"{n:,}" for n in ticks]},
    }
    if curves:
        st.markdown(f"**{says}**")
    show_live(f"curve-{key}", [chart], tr("Examples of each class that teach"))
    if curves:
        _as_table(curves)


def _as_table(curves: dict[str, dict[int, Estimate]]) -> None:
    with st.expander(tr("The same as a table")):
        st.dataframe(
            [
                {
                    tr("examples of each class"): n,
                    **{tr(STRATEGIES[name].title): _cell(points[n]) for name, points in curves.items() if n in points},
                    tr("draws"): max(points[n].repeats for points in curves.values() if n in points),
                    tr("judged"): max(points[n].tested for points in curves.values() if n in points),
                }
                for n in sorted({n for points in curves.values() for n in points})
            ],
            hide_index=True,
        )
        st.caption(tr("In brackets, and as bands above: where it may really lie (95\u00a0% sure). Dotted: foretold."))


def _curve(name: str, points: dict[int, Estimate], colour: str, number: int) -> list[dict[str, Any]]:
    banded = {n: point.interval for n, point in points.items() if point.interval}
    line = {
        "x": list(points), "y": [point.mean for point in points.values()], "mode": "lines+markers", "name": name,
        "line": {"color": colour, "dash": _DASHES[number % len(_DASHES)]},
        "marker": {"size": 7, "symbol": _SYMBOLS[number % len(_SYMBOLS)]}, "hovertemplate": "%{y:.0%}",
        "legendgroup": name,
    }  # fmt: skip
    return [line, _band(name, banded, colour)]


def _drawn_on(name: str, forecast: Forecast, colour: str) -> list[dict[str, Any]]:
    """From the last point that was measured to twice as many examples."""
    last = forecast.sizes[-1]
    found = {n: forecast.accuracy(n) for n in (last, round(1.4 * last), 2 * last)}
    line = {
        "x": list(found), "y": [middle for middle, _ in found.values()], "mode": "lines", "showlegend": False,
        "line": {"color": colour, "dash": "dot", "width": 1}, "legendgroup": name, "hovertemplate": "%{y:.0%}",
    }  # fmt: skip
    return [line, _band(name, {n: ends for n, (_, ends) in found.items()}, colour)]


def _band(name: str, ends: dict[int, tuple[float, float]], colour: str) -> dict[str, Any]:
    x = list(ends)
    return {
        "x": [*x, *reversed(x)], "y": [*(ends[n][1] for n in x), *(ends[n][0] for n in reversed(x))],
        "mode": "lines", "fill": "toself", "fillcolor": _faint(colour), "line": {"color": colour, "width": 0},
        "hoverinfo": "skip", "showlegend": False, "legendgroup": name,
    }  # fmt: skip


def _faint(colour: str) -> str:
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return f"rgba({red},{green},{blue},0.15)"


def _takeaway(curves: dict[str, dict[int, Estimate]]) -> str:
    """What to see: what the longest curve gained."""
    rises = {name: points for name, points in curves.items() if len(points) > 1}
    if not rises:
        return tr("Share it gets right")
    name, points = max(rises.items(), key=lambda pair: pair[1][max(pair[1])].mean)
    few, many = min(points), max(points)
    return tr(
        "{way}: {a:percent} with {few} of each class, {b:percent} with {many}", way=tr(STRATEGIES[name].title),
        a=points[few].mean, b=points[many].mean, few=few, many=many,
    )  # fmt: skip


def _cell(found: Estimate) -> str:
    return percent(found.mean) + (f"  ({share_range(found.interval)})" if found.interval else "")
