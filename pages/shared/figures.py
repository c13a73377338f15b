"""What pages draw: colours, charts that do not move, and examples.

Colours are those that everyone can tell apart (Okabe & Ito 2008), and never the only cue. A chart says what to see, has
names on its axes, and can be read without colour.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any
from unicodedata import east_asian_width

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from core.report.charts import class_colours
from pages.shared.projector import enlarged
from pages.shared.words import percent, plain

TRAINING = "#0072B2"
VALIDATION = "#E69F00"
BASELINE = "#888888"
ON_DARK = {TRAINING: "#56B4E9", BASELINE: "#AAAAAA"}
"""What replaces a line's colour on a dark page, where it would be hard to see."""
RIGHT = "#009E73"
WRONG = "#D55E00"
CORRECTED = "#009E73"
UNCORRECTED = "#CC79A7"
"""Confidence as people see it, and as it was trained. Both are seen on light and on dark."""


# --- charts ---


def show_chart(figure: go.Figure, *, key: str, alt: str, **choosing: Any) -> Any:
    """A chart that stands still and says what it shows to whoever cannot see it; larger where a room looks at it."""
    return st.plotly_chart(enlarged(figure), config={"displayModeBar": False}, key=key, alt=alt, **choosing)


def show_confusion(
    matrix: np.ndarray, classes: Sequence[str], *, shares: bool = False, key: str = "confusion", choose: bool = False
) -> tuple[str, str] | None:
    """Rows: the actual class. Columns: the predicted one. With `shares`, of each row instead of counts.

    With `choose` a cell can be clicked: gives (actual, predicted) of the one that was, else None.
    """
    n = len(classes)
    rows = matrix.sum(axis=1, keepdims=True)
    part = np.divide(matrix, rows, out=np.zeros(matrix.shape), where=rows > 0)
    words = [[percent(share) for share in row] for row in part] if shares else matrix
    figure = go.Figure(
        go.Heatmap(
            z=part,
            x=[verbatim(label) for label in classes],
            y=[verbatim(label) for label in classes],
            text=words if n <= 20 else None,
            texttemplate="%{text}" if n <= 20 else None,
            customdata=matrix,
            colorscale="Blues",
            zmin=0,
            zmax=1,
            showscale=False,
            xgap=1,
            ygap=1,
            hovertemplate=plain("actual {y}, predicted {x}: {n}", y="%{y}", x="%{x}", n="%{customdata}")
            + "<extra></extra>",
        )
    )
    if choose:
        figure.add_trace(_cells(matrix, classes))
    figure.update_layout(
        height=max(280, min(900, 140 + 36 * n)),
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        xaxis={"title": plain("predicted"), "type": "category", "automargin": True},
        yaxis={"title": plain("actual"), "type": "category", "autorange": "reversed", "automargin": True},
        clickmode="event+select",
        dragmode=False,
    )
    right = int(np.trace(matrix))
    alt = plain("{n} of {total} on the diagonal, where predictions are right", n=right, total=int(matrix.sum()))
    if not choose:
        show_chart(figure, key=key, alt=alt)
        return None
    event = show_chart(figure, key=key, alt=alt, on_select="rerun", selection_mode="points")
    points = event["selection"]["points"]
    if not points:
        return None
    row, column = np.argwhere(matrix)[points[0]["point_index"]]
    return classes[row], classes[column]


def _cells(matrix: np.ndarray, classes: Sequence[str]) -> go.Scatter:
    """Clear points on the cells that hold anything: a heat map itself cannot be clicked."""
    held = np.argwhere(matrix)
    side = {"size": 34 if len(classes) <= 20 else 12, "symbol": "square", "color": "rgba(0, 0, 0, 0)"}
    return go.Scatter(
        x=[verbatim(classes[column]) for _, column in held],
        y=[verbatim(classes[row]) for row, _ in held],
        mode="markers",
        marker=side,
        hoverinfo="skip",
        showlegend=False,
        selected={"marker": {"opacity": 1, "color": "rgba(213, 94, 0, 0.35)"}},
        unselected={"marker": {"opacity": 0}},
    )


def verbatim(text: str) -> str:
    """A stranger's text as plotly shows it: as it is, never as its small HTML."""
    return text.replace("&", "&amp;").replace("<", "&lt;")


def show_probabilities(
    probabilities: dict[str, float], key: str, order: Sequence[str], most: int = 8, *, slim: bool = False
) -> None:
    """How likely the model finds each class; the likeliest first. `slim`: in as little room as can be read."""
    colours = class_colours(order)
    top = sorted(probabilities.items(), key=lambda pair: -pair[1])[:most]
    names = [name for name, _ in reversed(top)]
    shares = [share for _, share in reversed(top)]
    figure = go.Figure(
        go.Bar(
            x=shares,
            y=[verbatim(name) for name in names],
            orientation="h",
            marker_color=[colours[name] for name in names],
            text=[percent(share) for share in shares],
            textposition="outside",
            cliponaxis=False,
            hovertemplate="%{y}: %{x:.1%}<extra></extra>",
        )
    )
    figure.update_layout(
        height=8 + 22 * len(names) if slim else 40 + 28 * len(names),
        margin={"l": 8, "r": 48, "t": 0 if slim else 8, "b": 0 if slim else 8},
        minreducedwidth=32,  # else names are cut where there is little room
        xaxis={"visible": False, "range": [0, 1.05]},
        yaxis={"type": "category", "automargin": True},
    )
    show_chart(figure, key=key, alt=", ".join(f"{name}: {percent(share)}" for name, share in top))


_CHINESE, _OPENING, _MARKS = r"\u3400-\u9fff", r"\uff08\u300a\u300c\u3010", r"\u3000-\u303f\uff00-\uffef"
_PIECES = re.compile(rf"[{_OPENING}]*(?:[{_CHINESE}]|[^\s{_CHINESE}{_MARKS}]+)?(?:(?![{_OPENING}])[{_MARKS}])*|\s+")
"""What a line may end behind: a word or a single Chinese character, each with the Chinese punctuation around it."""


def lines(text: str, width: int) -> list[str]:
    """A label in lines of at most `width` letters; a Chinese character is as wide as two."""
    found = [""]
    for whole in _PIECES.findall(text):
        for piece in (whole[at : at + width] for at in range(0, len(whole), width)):
            if found[-1] and _width(found[-1] + piece.rstrip()) > width:
                found[-1] = found[-1].rstrip()
                found.append("")
            found[-1] += piece if found[-1] else piece.lstrip()
    return [line for line in found if line]


def _width(text: str) -> int:
    return sum(2 if east_asian_width(char) in "WF" else 1 for char in text)
