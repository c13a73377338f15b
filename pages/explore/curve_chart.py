"""Learning curves on the page: accuracy against examples per class, with bands, and the same as a table."""

from __future__ import annotations

from math import log10
from typing import Any

import streamlit as st

from core.evaluation.over_draws import Estimate
from core.experiment.curve_table import CurveTable
from core.training.strategies import STRATEGIES
from pages.shared.live_chart import show_live
from pages.shared.palette import class_colours
from pages.shared.words import percent, share_range, tr

_DASHES = ("solid", "dash", "dot", "dashdot")
_SYMBOLS = ("circle", "diamond", "square", "triangle-up", "x")


def show_points(key: str, table: CurveTable, sizes: list[int]) -> None:
    """The curves so far, over the `sizes` that are planned or those there are, and the same as a table."""
    curves = {strategy: table.points(strategy) for strategy in table.right}
    ticks = sizes or sorted({n for points in curves.values() for n in points}) or [1]
    colours = class_colours(list(STRATEGIES))
    traces = [
        trace
        for number, (strategy, points) in enumerate(curves.items())
        for trace in _curve(tr(STRATEGIES[strategy].title), points, colours[strategy], number)
    ]
    empty: dict[str, Any] = {"x": [], "y": [], "mode": "lines", "line": {"color": "#888888"}, "showlegend": False}
    says = _takeaway(curves)
    chart = {
        "title": says,
        "alt": says,
        "traces": traces or [empty],
        "tick": ".0%",
        "yRange": [0, 1.03],
        "xRange": [log10(ticks[0]) - 0.08, log10(max(ticks[-1], 2)) + 0.08],
        "xAxis": {"type": "log", "tickvals": ticks, "ticktext": [f"{n:,}" for n in ticks]},
    }
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
                    tr("draws"): max(points[n].draws for points in curves.values() if n in points),
                    tr("judged"): max(points[n].judged for points in curves.values() if n in points),
                }
                for n in sorted({n for points in curves.values() for n in points})
            ],
            hide_index=True,
        )
        st.caption(tr("In brackets, and as bands above: where it may really lie (95\u00a0% sure)."))


def _curve(name: str, points: dict[int, Estimate], colour: str, number: int) -> list[dict[str, Any]]:
    x = list(points)
    banded = [n for n in x if points[n].interval]
    ends = [points[n].interval or (0.0, 0.0) for n in banded]
    band = {
        "x": [*banded, *reversed(banded)],
        "y": [*(high for _, high in ends), *(low for low, _ in reversed(ends))],
        "mode": "lines", "fill": "toself", "fillcolor": _faint(colour), "line": {"color": colour, "width": 0},
        "hoverinfo": "skip", "showlegend": False, "legendgroup": name,
    }  # fmt: skip
    line = {
        "x": x, "y": [point.mean for point in points.values()], "mode": "lines+markers", "name": name,
        "line": {"color": colour, "dash": _DASHES[number % len(_DASHES)]},
        "marker": {"size": 7, "symbol": _SYMBOLS[number % len(_SYMBOLS)]}, "hovertemplate": "%{y:.0%}",
        "legendgroup": name,
    }  # fmt: skip
    return [line, band]


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
        "{way}: {a} with {few} of each class, {b} with {many}", way=tr(STRATEGIES[name].title),
        a=percent(points[few].mean), b=percent(points[many].mean), few=few, many=many,
    )  # fmt: skip


def _cell(found: Estimate) -> str:
    return percent(found.mean) + (f"  ({share_range(found.interval)})" if found.interval else "")
