"""Runs beside each other in two still charts: their scores with intervals, and their curves over each other."""

from __future__ import annotations

from collections.abc import Sequence

import plotly.graph_objects as go
import streamlit as st

from core.messages import Message
from core.results.finished_run import FinishedRun
from core.studies.comparison.design import OWN
from core.studies.comparison.table import ComparisonTable
from pages.shared.figures import BASELINE, lines, verbatim
from pages.shared.words import escape, percent, plain, tr

_COLOURS = ("#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#B8A800", "#777777", "#0072B2", "#E69F00")
"""Those of training and validation come last: here a colour is a run."""
_DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot", "solid", "dash")
_SYMBOLS = ("circle", "diamond", "square", "triangle-up", "x", "star", "cross", "hexagon")
_STILL = {"displayModeBar": False}

Curve = tuple[int, FinishedRun, str]
"""The number of a run, the run, and its name."""


def show_intervals(found: ComparisonTable) -> None:
    """One row a run: its score with its interval."""
    says = plain(_scores(found))
    st.markdown(f"**{escape(says)}**")
    st.plotly_chart(_intervals(found), config=_STILL, key="intervals", alt=says)
    st.caption(
        tr("Lines: 95\u00a0% confidence intervals. Grey and dotted: the baseline. Lines "
           "may overlap although one run is clearly better: the verdict looks at the same examples one by one.")
        if found.same_examples
        else tr("Lines: 95\u00a0% confidence intervals. The scores come from **different examples**, "
                "so this chart does not say which run is better.")
    )  # fmt: skip


def _scores(found: ComparisonTable) -> Message:
    if not found.same_examples:
        return Message("Scores from different examples, which cannot be compared")
    first, last = found.runs[0].score, found.runs[-1].score
    return Message(
        "On the same {n} examples: from {low:percent} to {high:percent} right", n=first.n, low=last.accuracy,
        high=first.accuracy,
    )  # fmt: skip


def _intervals(found: ComparisonTable) -> go.Figure:
    figure = go.Figure()
    for place, (run, name) in enumerate(zip(found.runs, map(plain, found.names), strict=True)):
        low, high = run.score.interval
        figure.add_scatter(
            x=[run.score.accuracy], y=[place], mode="markers", name=verbatim(name), showlegend=False,
            marker={"color": _COLOURS[place], "symbol": _SYMBOLS[place], "size": 11},
            error_x={
                "type": "data", "symmetric": False, "array": [high - run.score.accuracy],
                "arrayminus": [run.score.accuracy - low], "thickness": 2,
            },
            hovertemplate=f"%{{x:.0%}} ({low:.0%} to {high:.0%}), n = {run.score.n}<extra>%{{fullData.name}}</extra>",
        )  # fmt: skip
    figure.add_vline(max(run.score.baseline for run in found.runs), line={"color": BASELINE, "dash": "dot"})
    count, names = len(found.runs), ["<br>".join(map(verbatim, lines(name, 22))) for name in map(plain, found.names)]
    figure.update_layout(
        height=90 + 56 * count,
        margin={"l": 8, "r": 12, "t": 8, "b": 8},
        xaxis={"title": plain("accuracy"), "tickformat": ".0%", "range": [0, 1.03], "zeroline": False},
        yaxis={
            "tickvals": list(range(count)), "ticktext": names, "range": [count - 0.5, -0.5], "automargin": True,
            "zeroline": False, "showgrid": False,
        },
    )  # fmt: skip
    return figure


def show_overlaid(found: ComparisonTable, runs: Sequence[FinishedRun]) -> None:
    """The validation curves over each other, and the same as a table."""
    st.subheader(tr("Learning curves"))
    everybody = [
        (place, run, name) for place, (run, name) in enumerate(zip(runs, map(plain, found.names), strict=True))
    ]
    curves = [one for one in everybody if len(_points(one[1])) > 1]
    if curves:
        comparable = found.same_examples and found.about is not None and found.about.evaluated_on == OWN
        says = (
            _takeaway(curves) if comparable else plain("Each on its own validation examples: compare the shapes only")
        )
        st.markdown(f"**{escape(says)}**")
        st.plotly_chart(_overlaid(curves, guessing=comparable), config=_STILL, key="overlaid", alt=says)
        grey = tr("Grey and dotted: the baseline.") if comparable else ""
        st.caption(tr("Accuracy on the validation examples after each epoch.") + f" {grey}")
        with st.expander(tr("Show data")):
            st.dataframe(_table(curves), hide_index=True)
    for _, _, name in [one for one in everybody if one not in curves]:
        st.caption(tr("“{name}” was not trained in steps, so it has no curve.", name=name))


def _overlaid(curves: Sequence[Curve], *, guessing: bool) -> go.Figure:
    figure = go.Figure()
    for place, run, name in curves:
        points = _points(run)
        figure.add_scatter(
            x=list(points), y=list(points.values()), mode="lines+markers", name=verbatim(name),
            line={"color": _COLOURS[place], "dash": _DASHES[place]}, marker={"size": 6, "symbol": _SYMBOLS[place]},
            hovertemplate="%{y:.0%}<extra>%{fullData.name}</extra>",
        )  # fmt: skip
    if guessing:
        figure.add_hline(
            max(run.score.baseline for _, run, _ in curves if run.score), line={"color": BASELINE, "dash": "dot"}
        )
    figure.update_layout(
        height=340 + 22 * len(curves),
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        xaxis={"title": plain("epoch"), "zeroline": False},
        yaxis={"title": plain("accuracy"), "tickformat": ".0%", "range": [0, 1.03], "zeroline": False},
        showlegend=True,
        legend={"orientation": "h", "x": 0, "y": -0.25, "yanchor": "top"},
    )
    return figure


def _points(run: FinishedRun) -> dict[int, float]:
    """Validation accuracy by epoch."""
    return {end.epoch: end.validation_accuracy for end in run.progress.epochs if end.validation_accuracy is not None}


def _takeaway(curves: Sequence[Curve]) -> str:
    ends = {name: list(_points(run).values())[-1] for _, run, name in curves}
    name = max(ends, key=ends.__getitem__)
    return plain("Highest at the end: {name}, {share:percent} of the validation examples", name=name, share=ends[name])


def _table(curves: Sequence[Curve]) -> list[dict[str, object]]:
    by_name = {name: _points(run) for _, run, name in curves}
    epochs = sorted({epoch for points in by_name.values() for epoch in points})
    return [{plain("epoch"): n, **{name: _cell(points.get(n)) for name, points in by_name.items()}} for n in epochs]


def _cell(share: float | None) -> str:
    return "" if share is None else percent(share)
