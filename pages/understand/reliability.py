"""The reliability diagram: how often answers are right against how sure they were given, with intervals and counts."""

from __future__ import annotations

import plotly.graph_objects as go
import streamlit as st
from plotly.subplots import make_subplots

from core.evaluation.calibration import BINS, Bin, Calibration
from core.training.calibrating import Sureness
from pages.shared.palette import BASELINE, CORRECTED, UNCORRECTED
from pages.shared.words import percent, plain, share_range, tr


def show_reliability(found: Sureness) -> None:
    """As trained and, where something was corrected, as corrected; the same as a table below."""
    drawn = [(tr("as trained"), found.before, UNCORRECTED, "diamond-open")]
    if found.after:
        drawn.append((tr("corrected"), found.after, CORRECTED, "circle"))
    st.markdown(f"**{tr(_TITLES[found.before.verdict])}**")
    figure = make_subplots(rows=2, cols=1, shared_xaxes=True, row_heights=[0.76, 0.24], vertical_spacing=0.06)
    figure.add_scatter(
        x=[0, 1], y=[0, 1], mode="lines", name=tr("right as often as it says"), hoverinfo="skip",
        line={"color": BASELINE, "dash": "dot", "width": 2}, row=1, col=1,
    )  # fmt: skip
    for name, calibration, colour, symbol in drawn:
        figure.add_trace(_points(name, calibration, colour, symbol), row=1, col=1)
        figure.add_trace(_counts(name, calibration, colour), row=2, col=1)
    figure.update_layout(
        height=440, barmode="group", bargap=0.25, margin={"l": 8, "r": 8, "t": 8, "b": 8},
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
    )  # fmt: skip
    share = {"tickformat": ".0%", "zeroline": False}
    figure.update_xaxes(range=[0, 1.02], **share)
    figure.update_xaxes(title=tr("how sure it says it is"), row=2, col=1)
    figure.update_yaxes(title=tr("how often it is right"), range=[-0.02, 1.04], row=1, col=1, **share)
    figure.update_yaxes(title=tr("answers"), rangemode="tozero", row=2, col=1, nticks=4)
    st.plotly_chart(figure, config={"displayModeBar": False}, key="reliability", alt=_says(found))
    st.caption(
        tr("On the dotted line it is right exactly as often as it says. Below it, it is too sure; above it, it is "
           "right more often than it says. Thin lines: where the share may really lie (95\u00a0% sure). Bars: how "
           "many answers stand behind each point.")
    )  # fmt: skip
    with st.expander(tr("The same as a table")):
        st.dataframe(
            [_row(name, one) for name, calibration, _, _ in drawn for one in calibration.bins], hide_index=True
        )


_TITLES = {
    "few": "How often it is right, against how sure it says it is",
    "too sure": "Points below the line: it is right less often than it says",
    "not sure enough": "Points above the line: it is right more often than it says",
    "uneven": "Points on both sides of the line: some percentages are too high, others too low",
    "as sure as right": "Points around the line: it is right about as often as it says",
}


def _points(name: str, calibration: Calibration, colour: str, symbol: str) -> go.Scatter:
    bins = calibration.bins
    return go.Scatter(
        x=[one.confidence for one in bins], y=[one.accuracy for one in bins], mode="markers", name=name,
        legendgroup=name, marker={"color": colour, "symbol": symbol, "size": 10, "line": {"width": 2}},
        error_y={
            "type": "data", "symmetric": False, "color": colour, "thickness": 1.2, "width": 3,
            "array": [one.interval[1] - one.accuracy for one in bins],
            "arrayminus": [one.accuracy - one.interval[0] for one in bins],
        },
        customdata=[[one.right, one.n] for one in bins],
        hovertemplate=plain("says {x}: right on {k} of {n}", x="%{x:.0%}", k="%{customdata[0]}", n="%{customdata[1]}"),
    )  # fmt: skip


def _counts(name: str, calibration: Calibration, colour: str) -> go.Bar:
    """All ten bins, so that the bars of both stand in the same places."""
    many = {round(one.low * BINS): one.n for one in calibration.bins}
    return go.Bar(
        x=[(number + 0.5) / BINS for number in range(BINS)], y=[many.get(number, 0) for number in range(BINS)],
        name=name, legendgroup=name, showlegend=False, marker_color=colour, hovertemplate="%{y}",
    )  # fmt: skip


def _row(name: str, one: Bin) -> dict[str, str | int]:
    return {
        tr("which"): name,
        tr("it says"): f"{one.low * 100:.0f}-{percent(one.high)}",
        tr("on average"): percent(one.confidence),
        tr("answers"): one.n,
        tr("right"): f"{one.right} ({percent(one.accuracy)})",
        tr("may really be"): share_range(one.interval),
    }


def _says(found: Sureness) -> str:
    said = tr("{a:percent} sure on average, {b:percent} right", a=found.before.confidence, b=found.before.accuracy)
    if found.after:
        said += tr("; corrected, {a:percent} sure", a=found.after.confidence)
    return said
