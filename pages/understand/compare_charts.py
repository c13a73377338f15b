"""Runs beside each other in two still charts: their scores with intervals, and their curves over each other."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import wrap

import plotly.graph_objects as go
import streamlit as st

from core.results.finished_run import Judged
from core.studies.comparison.table import Compared
from pages.shared.figures import BASELINE, verbatim
from pages.shared.words import escape, percent, tr

_COLOURS = ("#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#B8A800", "#777777", "#0072B2", "#E69F00")
"""Those of training and validation come last: here a colour is a run."""
_DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot", "solid", "dash")
_SYMBOLS = ("circle", "diamond", "square", "triangle-up", "x", "star", "cross", "hexagon")
_STILL = {"displayModeBar": False}

Curve = tuple[int, Judged, str]
"""The number of a run, the run, and its name."""


def show_intervals(found: Compared) -> None:
    """One row a run: its score, and where that may really lie."""
    says = _scores(found)
    st.markdown(f"**{escape(says)}**")
    st.plotly_chart(_intervals(found), config=_STILL, key="intervals", alt=says)
    st.caption(
        tr("Lines: where each score may really lie (95\u00a0% sure). Grey and dotted: what guessing would get. Lines "
           "may overlap although one run is clearly better: the verdict looks at the same examples one by one.")
        if found.same_examples
        else tr("Lines: where each score may really lie (95\u00a0% sure). The scores come from **different examples**, "
                "so this chart does not say which run is better.")
    )  # fmt: skip


def _scores(found: Compared) -> str:
    if not found.same_examples:
        return tr("Scores from different examples, which cannot be compared")
    first, last = found.runs[0].score, found.runs[-1].score
    return tr(
        "On the same {n} examples: from {low:percent} to {high:percent} right", n=first.n, low=last.accuracy,
        high=first.accuracy,
    )  # fmt: skip


def _intervals(found: Compared) -> go.Figure:
    figure = go.Figure()
    for place, (run, name) in enumerate(zip(found.runs, found.names, strict=True)):
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
    count, names = len(found.runs), ["<br>".join(map(verbatim, wrap(name, 22))) for name in found.names]
    figure.update_layout(
        height=90 + 56 * count,
        margin={"l": 8, "r": 12, "t": 8, "b": 8},
        xaxis={"title": tr("share it gets right"), "tickformat": ".0%", "range": [0, 1.03], "zeroline": False},
        yaxis={
            "tickvals": list(range(count)), "ticktext": names, "range": [count - 0.5, -0.5], "automargin": True,
            "zeroline": False, "showgrid": False,
        },
    )  # fmt: skip
    return figure


def show_overlaid(found: Compared) -> None:
    """The validation curves over each other, and the same as a table."""
    st.subheader(tr("How they learnt"))
    everybody = [(place, run, name) for place, (run, name) in enumerate(zip(found.runs, found.names, strict=True))]
    curves = [one for one in everybody if len(_points(one[1])) > 1]
    if curves:
        comparable = found.same_examples and found.judged_on == "own"
        says = _takeaway(curves) if comparable else tr("Each on its own validation examples: compare the shapes only")
        st.markdown(f"**{escape(says)}**")
        st.plotly_chart(_overlaid(curves, guessing=comparable), config=_STILL, key="overlaid", alt=says)
        grey = tr("Grey and dotted: guessing.") if comparable else ""
        st.caption(tr("Accuracy on the validation examples after each epoch.") + f" {grey}")
        with st.expander(tr("The same as a table")):
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
        figure.add_hline(max(run.score.baseline for _, run, _ in curves), line={"color": BASELINE, "dash": "dot"})
    figure.update_layout(
        height=340 + 22 * len(curves),
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        xaxis={"title": tr("epoch"), "zeroline": False},
        yaxis={"title": tr("share it gets right"), "tickformat": ".0%", "range": [0, 1.03], "zeroline": False},
        showlegend=True,
        legend={"orientation": "h", "x": 0, "y": -0.25, "yanchor": "top"},
    )
    return figure


def _points(run: Judged) -> dict[int, float]:
    """Validation accuracy by epoch."""
    return {end.epoch: end.validation_accuracy for end in run.epochs if end.validation_accuracy is not None}


def _takeaway(curves: Sequence[Curve]) -> str:
    ends = {name: list(_points(run).values())[-1] for _, run, name in curves}
    name = max(ends, key=ends.__getitem__)
    return tr("Highest at the end: {name}, {share:percent} of the validation examples", name=name, share=ends[name])


def _table(curves: Sequence[Curve]) -> list[dict[str, object]]:
    by_name = {name: _points(run) for _, run, name in curves}
    epochs = sorted({epoch for points in by_name.values() for epoch in points})
    return [{tr("epoch"): n, **{name: _cell(points.get(n)) for name, points in by_name.items()}} for n in epochs]


def _cell(share: float | None) -> str:
    return "" if share is None else percent(share)
