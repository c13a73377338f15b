"""The projector mode: large type for a whole room, which a person switches on for what they see themselves.

Streamlit measures everything in `rem`, so the size of the page's root is the size of all type; its theme has that size
for all sessions of a server at once. A component of ours therefore sets it in the one browser, as the setting for large
letters of a browser would. Charts are told by `enlarged`, since plotly measures in pixels. Tables of the kind that
sorts are drawn on a canvas in the theme's size: there a browser's own zoom helps.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import plotly.graph_objects as go
import streamlit as st

from pages.shared.words import tr

_CHOSEN = "projector"
_LARGER = 1.5
"""Times the size of type on a page for one person, at 1920 pixels: what is read from the last row."""
_LEAST = 1.25
"""And in a narrow window."""
_PLOTLY_LETTERS = 12
"""Pixels, where nobody says anything else."""
_LINES = 1.6
"""Times as wide: what is thin on a screen is not seen on a wall."""

_SIZE_JS = """
// On a wall a letter is as large as its share of the window is: in a narrow one fewer pixels do, and all has room.
export default function ({ data }) {
  const root = document.documentElement;
  const fit = () => {
    const larger = Math.max(data.least, data.larger * window.innerWidth / 1920);
    root.style.fontSize = data.on ? `${Math.round(16 * larger)}px` : "";
  };
  window.removeEventListener("resize", root.fitLetters);  // what was told before would undo it
  root.fitLetters = fit;
  fit();
  window.dispatchEvent(new Event("resize"));
  window.addEventListener("resize", fit);
  return () => { window.removeEventListener("resize", fit); root.style.fontSize = ""; };
}
"""


def projecting() -> bool:
    """Whether this person shows the page to a room."""
    return bool(st.session_state.get(_CHOSEN))


def projector_switch() -> None:
    """The switch. The address says it, too: a reload, and a link, keep it."""
    on = st.toggle(
        tr("Projector"), key=_CHOSEN, bind="query-params",
        help=tr("Large type and bold charts, for showing the page to a whole room."),
    )  # fmt: skip
    _size()(key="size-of-type", data={"on": on, "larger": _LARGER, "least": _LEAST})


def wide(pixels: int) -> int:
    """Pixels that something with letters needs: in the projector mode what it needs in a narrow window."""
    return round(pixels * _LEAST) if projecting() else pixels


def enlarged(figure: go.Figure) -> go.Figure:
    """A chart as it is shown to a room: its letters as large as the page's, its lines and points bolder."""
    if not projecting():
        return figure
    letters = (figure.layout.font.size or _PLOTLY_LETTERS) * _LARGER
    figure.update_layout(font_size=letters)
    for axes in (figure.update_xaxes, figure.update_yaxes):  # the theme has a size of its own for these
        axes(tickfont_size=letters)
    if figure.layout.height:
        figure.update_layout(height=figure.layout.height * _LARGER)
    figure.for_each_trace(_bold, selector={"type": "scatter"})
    return figure


def _bold(trace: go.Scatter) -> None:
    trace.update(line_width=(trace.line.width or 2) * _LINES)
    if isinstance(trace.marker.size, int | float):
        trace.update(marker_size=trace.marker.size * _LINES)


@cache
def _size() -> Any:
    return st.components.v2.component("finetune_lab.size_of_type", js=_SIZE_JS)
