"""How many examples? Accuracy against examples per class, and what it would take to get further."""

from __future__ import annotations

from collections.abc import Mapping
from math import log10
from types import MappingProxyType
from typing import Any

import streamlit as st

from core.evaluation.forecast import Forecast
from core.evaluation.repeated_splits import Estimate
from core.messages import Message, sentences
from core.report.charts import class_colours
from core.studies.learning_curve import LEARNING_CURVE
from core.studies.learning_curve.findings import describe_forecast
from core.studies.learning_curve.table import CurveTable
from core.training.spec.strategies import STRATEGIES
from pages.shared.figures import BASELINE
from pages.shared.live_chart import show_live
from pages.shared.words import plain, tr
from pages.studies.study import Shown, View, show_study

_DASHES = ("solid", "dash", "dot", "dashdot")
_SYMBOLS = ("circle", "diamond", "square", "triangle-up", "x")


def _chart(shown: Shown) -> None:
    """The curves so far, drawn on to twice as many examples where that can be forecast."""
    _draw(shown.key, shown.table, {} if shown.live else shown.table.forecasts())


def _draw(key: str, table: CurveTable, forecasts: Mapping[str, Forecast] = MappingProxyType({})) -> None:
    curves = {strategy: table.points(strategy) for strategy in table.right}
    ticks = sorted({n for points in curves.values() for n in points}) or [1, 2, 5, 10]
    colours = class_colours(list(STRATEGIES))
    traces: list[dict[str, Any]] = []
    for number, (strategy, points) in enumerate(curves.items()):
        name, forecast = plain(table.name(strategy)), forecasts.get(strategy)
        traces += _curve(name, points, colours[strategy], number)
        if forecast and not forecast.refusal:
            traces += _extrapolated(name, forecast, colours[strategy])
            ticks = sorted({*ticks, 2 * ticks[-1]} if 2 * forecast.sizes[-1] > ticks[-1] else ticks)
    empty: dict[str, Any] = {"x": [], "y": [], "mode": "lines", "line": {"color": BASELINE}, "showlegend": False}
    says = _takeaway({table.name(strategy): points for strategy, points in curves.items()})
    chart = {
        "title": "",
        "alt": plain(says),
        "rem": 20,
        "yAxis": {"title": {"text": plain("accuracy")}},
        "traces": traces or [empty],
        "tick": ".0%",
        "yRange": [0, 1.03],
        "xRange": [log10(ticks[0]) - 0.08, log10(max(ticks[-1], 2)) + 0.08],
        "xAxis": {"type": "log", "tickvals": ticks, "ticktext": [f"{n:,}" for n in ticks]},
    }
    if curves:
        st.markdown(f"#### {tr(says)}")
    show_live(f"curve-{key}", [chart], plain("Training examples per class"))
    if any(not forecast.refusal for forecast in forecasts.values()):
        st.caption(tr("Dotted: forecast (extrapolation)."))


def _curve(name: str, points: dict[int, Estimate], colour: str, number: int) -> list[dict[str, Any]]:
    banded = {n: point.interval for n, point in points.items() if point.interval}
    line = {
        "x": list(points), "y": [point.mean for point in points.values()], "mode": "lines+markers", "name": name,
        "line": {"color": colour, "dash": _DASHES[number % len(_DASHES)]},
        "marker": {"size": 7, "symbol": _SYMBOLS[number % len(_SYMBOLS)]}, "hovertemplate": "%{y:.0%}",
        "legendgroup": name,
    }  # fmt: skip
    return [line, _band(name, banded, colour)]


def _extrapolated(name: str, forecast: Forecast, colour: str) -> list[dict[str, Any]]:
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


def _takeaway(curves: dict[Message, dict[int, Estimate]]) -> Message:
    """What to see: what the longest curve gained."""
    rises = {name: points for name, points in curves.items() if len(points) > 1}
    if not rises:
        return Message("Accuracy")
    name, points = max(rises.items(), key=lambda pair: pair[1][max(pair[1])].mean)
    few, many = min(points), max(points)
    return Message(
        "{method}: {a:percent} with {few} per class, {b:percent} with {many}", method=name,
        a=points[few].mean, b=points[many].mean, few=few, many=many,
    )  # fmt: skip


def _how_many_more(shown: Shown) -> None:
    """What any other target would take."""
    table: CurveTable = shown.table
    forecasts = table.forecasts()
    if not forecasts or all(forecast.refusal for forecast in forecasts.values()):
        return
    st.subheader(tr("How many more examples?"))
    usual = round(100 * max(table.target(strategy) for strategy in forecasts))
    wanted = st.slider(tr("Target accuracy (%)"), 10, 99, value=usual, key="curve-target")
    for strategy, forecast in forecasts.items():
        said = sentences(*describe_forecast(forecast, forecast.needed(wanted / 100)))
        st.markdown(tr("**{method}.** {said}", method=table.name(strategy), said=said))
    st.caption(
        tr("The curve is fitted with a formula (error = a + b / n^c) and extended to the right. This is repeated "
           "with other splits and other validation examples. It holds for more examples of the same kind, not for "
           "others.")
    )  # fmt: skip


show_study(LEARNING_CURVE, View(chart=_chart, after=_how_many_more, terms=("accuracy", "interval", "forecast")))
