"""What made the difference? The pretraining, or the way the data were used: from the same splits, with intervals."""

from __future__ import annotations

import plotly.graph_objects as go
import streamlit as st

from core.evaluation.repeated_splits import Estimate
from core.messages import Message
from core.results.cells import percentage_points
from core.studies.transfer import TRANSFER
from core.studies.transfer.design import PARTS, STARTS, TransferDesign
from core.studies.transfer.table import TransferTable, start_name
from pages.shared.figures import BASELINE, RIGHT, TRAINING, VALIDATION, lines, show_chart
from pages.shared.words import plain, tr
from pages.studies.square import show_square
from pages.studies.study import Shown, View, show_study

_APART = 0.2
"""How far the marks of one part lie from each other, as a share of a row."""
_LOOK = {"scratch": (VALIDATION, "diamond"), "transferred": (TRAINING, "circle"), "nearest": (RIGHT, "square")}

Found = tuple[str, str, Estimate]
"""A part, a start, and what the part gave alone."""


# --- each part by itself ---


def _parts(shown: Shown) -> None:
    """A chart of what each part gave alone."""
    table: TransferTable = shown.table
    found = [
        (part, start, effect)
        for part in PARTS
        for start, row in table.parts().items()
        if (effect := row[part]) is not None and effect.interval is not None
    ]
    if not found:
        return
    says = _takeaway(found, table.design)
    with st.expander(tr("Each part on its own, with intervals")):
        st.markdown(f"**{tr(says)}**")
        show_chart(_chart(found, table.design), key="parts",
                        alt=plain(says))  # fmt: skip


def _chart(found: list[Found], design: TransferDesign) -> go.Figure:
    figure = go.Figure()
    shown = [part for part in PARTS if part in {part for part, _, _ in found}]
    for number, start in enumerate(STARTS):
        own = [(part, effect.mean, effect.interval) for part, of, effect in found if of == start and effect.interval]
        colour, symbol = _LOOK[start]
        figure.add_scatter(
            x=[mean * 100 for _, mean, _ in own],
            y=[shown.index(part) + (number - 1) * _APART for part, _, _ in own],
            error_x={
                "type": "data",
                "symmetric": False,
                "array": [(interval[1] - mean) * 100 for _, mean, interval in own],
                "arrayminus": [(mean - interval[0]) * 100 for _, mean, interval in own],
            },
            mode="markers",
            name=plain(start_name(start, design)),
            marker={"color": colour, "symbol": symbol, "size": 9},
            hovertemplate="%{x:+.1f}<extra>%{fullData.name}</extra>",
        )
    figure.add_vline(0, line={"color": BASELINE, "dash": "dot"})
    names = ["<br>".join(lines(plain(PARTS[part].title), 18)) for part in shown]
    figure.update_layout(
        height=170 + 70 * len(shown),
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        xaxis={"title": plain("difference (percentage points)"), "zeroline": False},
        yaxis={
            "tickvals": list(range(len(shown))), "ticktext": names, "automargin": True, "zeroline": False,
            "range": [len(shown) - 0.5, -0.5],
        },
        legend={"orientation": "h", "x": 0, "y": -0.3, "yanchor": "top"},
    )  # fmt: skip
    return figure


def _takeaway(found: list[Found], design: TransferDesign) -> Message:
    clear = [one for one in found if one[2].sign > 0]
    if not clear:
        return Message("On its own, none clearly helped")
    part, start, effect = max(clear, key=lambda one: one[2].mean)
    return Message(
        "Most: {part}, {d} ({network})", part=PARTS[part].title, d=percentage_points(effect.mean),
        network=start_name(start, design),
    )  # fmt: skip


show_study(
    TRANSFER,
    View(chart=show_square, after=_parts, terms=("pretrained", "scratch", "augmentation", "ensemble", "interval")),
)
