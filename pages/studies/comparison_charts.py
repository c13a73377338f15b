"""Runs beside each other in two charts: their scores against training time, and their curves over each other."""

from __future__ import annotations

from collections.abc import Sequence

import plotly.graph_objects as go
import streamlit as st

from core.messages import Message
from core.results.finished_run import FinishedRun
from core.studies.comparison.design import OWN
from core.studies.comparison.table import ComparisonTable
from pages.shared.figures import BASELINE, show_chart, verbatim
from pages.shared.words import escape, percent, plain, tr
from pages.studies.against_time import COLOURS, SYMBOLS, Contender, show_against_time

_DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot", "solid", "dash")

Curve = tuple[int, FinishedRun, str]
"""The number of a run, the run, and its name."""


def show_scores(found: ComparisonTable) -> None:
    """Every run as a point: its accuracy with the interval, against the time that it trained."""
    says = plain(_scores(found))
    st.markdown(f"**{escape(says)}**")
    contenders = [
        Contender(place, plain(name), run.score.accuracy, run.score.interval, run.seconds)
        for place, (run, name) in enumerate(zip(found.runs, found.names, strict=True))
    ]
    baseline = max(run.score.baseline for run in found.runs)
    show_against_time(f"compare-{'-'.join(run.run for run in found.runs)}", contenders, baseline, says)
    st.caption(
        tr("Lines: 95\u00a0% confidence intervals. Lines may overlap although one run is clearly better: the verdict "
           "looks at the same examples one by one.")
        if found.same_examples
        else tr("Lines: 95\u00a0% confidence intervals. The scores come from **different examples**, "
                "so this chart does not say which run is better.")
    )  # fmt: skip


def _scores(found: ComparisonTable) -> Message:
    if not found.same_examples:
        return Message("Scores from different examples, which cannot be compared")
    first, last = found.runs[0].score, found.runs[-1].score
    return Message(
        "On the same {n} examples: from {low} to {high} right", n=first.n,
        high=round(first.accuracy * first.n), low=round(last.accuracy * last.n),
    )  # fmt: skip


def show_overlaid(found: ComparisonTable, runs: Sequence[FinishedRun]) -> None:
    """The validation curves over each other, and the same as a table."""
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
        show_chart(_overlaid(curves, guessing=comparable), key="overlaid", alt=says)
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
            line={"color": COLOURS[place], "dash": _DASHES[place]}, marker={"size": 6, "symbol": SYMBOLS[place]},
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
