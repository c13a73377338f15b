"""Alone or together? Each giver's own model beside everybody's, on the same examples of others."""

from __future__ import annotations

from collections import Counter
from typing import Any

import plotly.graph_objects as go
import streamlit as st

from core.data.samples import GIVERS
from core.messages import Message
from core.studies.pooled import POOLED
from core.studies.pooled.table import PooledTable, Row
from pages.shared.figures import BASELINE, RIGHT, TRAINING, WRONG, show_chart, verbatim
from pages.shared.live_chart import show_live
from pages.shared.words import plain, tr
from pages.studies.bars import bar, bar_chart, gained
from pages.studies.study import Shown, View, show_study

_INSIDE = 0.2
"""How far within the bars the line of each giver begins and ends."""
_DOT = 0.02
"""Half the height of a giver's dot on a small screen, as an accuracy."""
_FAINT = {RIGHT: "rgba(0,158,115,0.55)", WRONG: "rgba(213,94,0,0.55)"}
_COLOURS = {1: RIGHT, 0: BASELINE, -1: WRONG}


def _show(shown: Shown) -> None:
    """Two bars for a typical giver, what pooling gave, and a line without a name for each giver."""
    table: PooledTable = shown.table
    says = _takeaway(table)
    traces = [
        bar(0, table.alone, WRONG, Message("One giver alone")),
        bar(1, table.together, TRAINING, Message("Everybody together")),
        _lines(table.rows, RIGHT),
        _lines(table.rows, WRONG),
    ]
    highest = max((end for row in table.rows for end in (row.alone.mean, row.together.mean)), default=0.0)
    annotations = gained((table.alone, table.together), table.difference, (0, 1), arrow=False, above=highest + _DOT)
    names = [Message("One giver alone"), Message("Everybody together")]
    st.markdown(f"#### {tr(says)}")
    show_live(f"pooled-{shown.key}", [bar_chart(says, traces, annotations, names, _most_frequent(shown))], "")
    if table.rows:
        st.caption(tr("Each thin line is a giver: their own model, and everybody's on the same examples."))


def _lines(rows: list[Row], colour: str) -> dict[str, Any]:
    """The lines of those who rise, or of those who fall."""
    own = [row for row in rows if (row.difference.mean >= 0) == (colour == RIGHT)]
    y = [end for row in own for end in (row.alone.mean, row.together.mean, None)]
    return {
        "x": [_INSIDE, 1 - _INSIDE, None] * len(own), "y": y, "mode": "lines+markers", "showlegend": False,
        "line": {"color": _FAINT[colour], "width": 1.5}, "hovertemplate": "%{y:.0%}<extra></extra>",
        "marker": {"size": 8, "color": colour, "line": {"color": "#FFFFFF", "width": 1}},
    }  # fmt: skip


def _takeaway(table: PooledTable) -> Message:
    alone, together, difference = table.alone, table.together, table.difference
    if alone is None or together is None or difference is None or difference.interval is None:
        return Message("Each alone, and all together")
    said = {
        1: Message("Together is better: {together:percent}, and {alone:percent} alone"),
        0: Message("No clear difference: {together:percent} together, {alone:percent} alone"),
        -1: Message("Alone is better here: {alone:percent}, and {together:percent} together"),
    }
    return said[difference.sign].having(alone=alone.mean, together=together.mean)


def _most_frequent(shown: Shown) -> float | None:
    """What always naming the most frequent class gets; None without the dataset."""
    dataset, classes = shown.dataset, shown.table.divided.classes
    told = Counter(one.label for one in dataset.examples if one.source and one.label in classes) if dataset else None
    return max(told.values()) / told.total() if told else None


def _one_by_one(shown: Shown) -> None:
    """What pooling gave each giver, by name: folded, as not everybody wants theirs on the wall."""
    rows = [row for row in shown.table.rows if row.difference.interval]
    if not rows:
        return
    clear = sum(row.clear > 0 for row in rows)
    says = Message("For {clear} of {n} givers everybody's model is clearly better", clear=clear, n=len(rows))
    with st.expander(tr("Giver by giver, with names and intervals")):
        st.markdown(f"**{tr(says)}**")
        show_chart(_chart(rows), key="givers", alt=plain(says))
        st.caption(tr("Grey: chance may have decided. The intervals are not corrected for how many givers there are."))


def _chart(rows: list[Row]) -> go.Figure:
    figure = go.Figure()
    for clear in _COLOURS:
        own = [(place, row) for place, row in enumerate(rows) if row.clear == clear]
        ends = [row.difference.interval or (0.0, 0.0) for _, row in own]
        figure.add_scatter(
            x=[100 * row.difference.mean for _, row in own],
            y=[place for place, _ in own],
            error_x={
                "type": "data",
                "symmetric": False,
                "array": [100 * (high - row.difference.mean) for (_, row), (_, high) in zip(own, ends, strict=True)],
                "arrayminus": [100 * (row.difference.mean - low) for (_, row), (low, _) in zip(own, ends, strict=True)],
            },
            mode="markers",
            marker={"color": _COLOURS[clear], "size": 9},
            hovertemplate="%{x:+.0f}<extra></extra>",
            showlegend=False,
        )
    figure.add_vline(0, line={"color": BASELINE, "dash": "dot"})
    figure.update_layout(
        height=110 + 26 * len(rows),
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        xaxis={"title": plain("together minus alone (percentage points)"), "zeroline": False},
        yaxis={
            "tickvals": list(range(len(rows))), "ticktext": [verbatim(row.giver) for row in rows], "automargin": True,
            "zeroline": False, "range": [len(rows) - 0.5, -0.5],
        },
    )  # fmt: skip
    return figure


_NEEDS = Message("This takes examples of which it is known who gave them, as when a class collects them together.")
show_study(
    POOLED,
    View(chart=_show, after=_one_by_one, terms=("accuracy", "interval", "leakage"), needs=_NEEDS, sample=GIVERS),
)
