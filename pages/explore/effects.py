"""An experiment on the page: the table of scores, and what each way to use the data harder gave on its own."""

from __future__ import annotations

from textwrap import wrap

import plotly.graph_objects as go
import streamlit as st

from core.evaluation.repeated_splits import Estimate
from core.studies.said import points
from core.studies.transfer.design import PARTS, STARTS, Design
from core.studies.transfer.table import Table
from core.training.spec.strategies import STRATEGIES
from pages.shared.figures import BASELINE, RIGHT, TRAINING, VALIDATION
from pages.shared.words import percent, share_range, tr

_APART = 0.2
"""How far the marks of one part lie from each other, as a share of a row."""
_LOOK = {"scratch": (VALIDATION, "diamond"), "transferred": (TRAINING, "circle"), "nearest": (RIGHT, "square")}


def start_name(start: str, strategy: str) -> str:
    """What stands at the head of a row."""
    if start == "scratch":
        return tr("From scratch")
    way = tr(STRATEGIES["nearest"].title) if start == "nearest" else tr(STRATEGIES[strategy].title)
    return tr("Pretrained: {way}", way=way.lower())


def table_of(table: Table, design: Design) -> dict[str, list[str]]:
    """The columns of the table, by what stands above them."""
    ways = {tr("plain"): "plain"}
    if design.parts:
        ways[tr("data used harder")] = "harder"
    columns = {" ": [f"**{start_name(start, design.strategy)}**" for start in STARTS]}
    for title, way in ways.items():
        columns[title] = [_cell(table.score(f"{start}/{way}")) for start in STARTS]
    if design.parts:
        columns[tr("difference")] = [
            _difference(table.difference(f"{start}/harder", f"{start}/plain")) for start in STARTS
        ]
    return columns


def show_parts(table: Table, design: Design) -> None:
    """A chart of what each part gave alone, and the same as a table."""
    found = [
        (part, start, effect)
        for part in PARTS
        for start, row in table.parts().items()
        if (effect := row[part]) is not None and effect.interval is not None
    ]
    if not found:
        return
    st.subheader(tr("What each way gave on its own"))
    st.markdown(f"**{_takeaway(found, design)}**")
    st.plotly_chart(_chart(found, design), config={"displayModeBar": False}, key="parts", alt=_takeaway(found, design))
    st.caption(
        tr("Each is switched on alone and compared with the plain way on the same draws. Lines show where the "
           "difference may really lie (95\u00a0% sure); one that crosses zero may be luck, and of twenty such lines "
           "one misses zero by luck.")
    )  # fmt: skip
    with st.expander(tr("The same as a table")):
        st.dataframe(
            [
                {
                    tr("way"): tr(PARTS[part].title),
                    tr("network"): start_name(start, design.strategy),
                    tr("difference"): _difference(effect),
                    tr("draws"): effect.repeats,
                    tr("judged"): effect.tested,
                }
                for part, start, effect in found
            ],
            hide_index=True,
        )


def _chart(found: list[tuple[str, str, Estimate]], design: Design) -> go.Figure:
    figure = go.Figure()
    shown = [part for part in PARTS if part in {part for part, _, _ in found}]
    for number, start in enumerate(STARTS):
        own = [(part, effect) for part, of, effect in found if of == start]
        colour, symbol = _LOOK[start]
        figure.add_scatter(
            x=[effect.mean * 100 for _, effect in own],
            y=[shown.index(part) + (number - 1) * _APART for part, _ in own],
            error_x={
                "type": "data",
                "symmetric": False,
                "array": [(effect.interval[1] - effect.mean) * 100 for _, effect in own],
                "arrayminus": [(effect.mean - effect.interval[0]) * 100 for _, effect in own],
            },
            mode="markers",
            name=start_name(start, design.strategy),
            marker={"color": colour, "symbol": symbol, "size": 9},
            hovertemplate="%{x:+.1f}<extra>%{fullData.name}</extra>",
        )
    figure.add_vline(0, line={"color": BASELINE, "dash": "dot"})
    names = ["<br>".join(wrap(tr(PARTS[part].title), 18)) for part in shown]
    figure.update_layout(
        height=170 + 70 * len(shown),
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        xaxis={"title": tr("points more than plain"), "zeroline": False},
        yaxis={
            "tickvals": list(range(len(shown))), "ticktext": names, "automargin": True, "zeroline": False,
            "range": [len(shown) - 0.5, -0.5],
        },
        legend={"orientation": "h", "x": 0, "y": -0.3, "yanchor": "top"},
    )  # fmt: skip
    return figure


def _takeaway(found: list[tuple[str, str, Estimate]], design: Design) -> str:
    clear = [one for one in found if one[2].sign > 0]
    if not clear:
        return tr("On its own, none clearly helped")
    part, start, effect = max(clear, key=lambda one: one[2].mean)
    return tr(
        "Most: {way}, {d} points ({network})", way=tr(PARTS[part].title).lower(), d=points(effect.mean),
        network=start_name(start, design.strategy).lower(),
    )  # fmt: skip


def _cell(found: Estimate | None) -> str:
    if found is None:
        return "…"
    return f"**{percent(found.mean)}**" + (f" ({share_range(found.interval)})" if found.interval else "")


def _difference(found: Estimate | None) -> str:
    if found is None:
        return "…"
    if found.interval is None:
        return _signed(found.mean)
    low, high = found.interval
    return tr("{mean} points ({low} to {high})", mean=_signed(found.mean), low=_signed(low), high=_signed(high))


def _signed(value: float) -> str:
    """ "+14", "\u22120.4", "0"."""
    said = points(value)
    return "0" if said == "0.0" else ("+" if value > 0 else "\u2212") + said
