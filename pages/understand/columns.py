"""Which columns a model goes by, and how the values of a column are spread over the classes."""

from __future__ import annotations

import plotly.graph_objects as go
import streamlit as st

from core.report.charts import ticks
from core.results.finished_run import FinishedRun
from core.results.score import on_importance
from pages.shared.columns import show_by_class
from pages.shared.figures import TRAINING, show_chart, verbatim
from pages.shared.words import percent, plain, tr

_MOST_BARS = 15
_LEAST_SPAN = 5.0
"""Percentage points that the axis shows at least: less may be luck."""


def show_columns(run: FinishedRun) -> None:
    """The columns that matter, and one of them by class."""
    _show_importance(run)
    show_by_class(run.dataset, [one.column for one in run.ended.importances], f"result-{run.id}")


def _show_importance(run: FinishedRun) -> None:
    found = run.ended.importances
    st.subheader(tr("Which columns it goes by (permutation importance)"))
    if not found:
        st.caption(tr("There is no validation set, or no column says anything, so this cannot be measured."))
        return
    st.markdown(tr(on_importance(found)))
    shown = list(reversed(found[:_MOST_BARS]))
    falls = [100 * (one.before - one.after) for one in shown]
    low, high = min(0.0, *falls) - 0.1, max(_LEAST_SPAN, *falls) * 1.03
    figure = go.Figure(
        go.Bar(
            x=falls,
            y=list(range(len(shown))),
            orientation="h",
            marker_color=TRAINING,
            customdata=[[verbatim(one.column), percent(one.after)] for one in shown],
            hovertemplate=plain("{column} shuffled: {p} right", column="%{customdata[0]}", p="%{customdata[1]}")
            + "<extra></extra>",
        )
    )
    figure.update_layout(
        height=90 + 24 * len(shown),
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        xaxis={"title": plain("how far the accuracy falls (percentage points)"), "range": [low, high],
               "tickvals": ticks(low, high, whole=True)},
        yaxis={"tickvals": list(range(len(shown))), "ticktext": [verbatim(one.column) for one in shown],
               "automargin": True},
    )  # fmt: skip
    show_chart(figure, key=f"importance-{run.id}", alt=plain(on_importance(found)))
    if len(found) > len(shown):
        st.caption(tr("The {n} columns that matter most are shown, of {total}.", n=len(shown), total=len(found)))
    st.caption(
        tr(
            "Each bar: the cells of one column are shuffled among the validation rows. Two columns that say the "
            "same stand in for each other, so neither may seem to matter. A fall near zero may be luck."
        )
    )
