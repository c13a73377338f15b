"""The words of a message and what each did to an answer, readable with and without colour."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go
import streamlit as st

from core.explain.said import finding, is_little
from pages.shared.charts import verbatim
from pages.shared.palette import TRAINING, WRONG
from pages.shared.words import escape, percent, plain, tr

_MOST_BARS = 12
_STANDS_OUT = 0.3
"""A word is marked in the message when it does so much of what the strongest does."""


def show_words(found: dict[str, Any], message: str, key: str) -> None:
    """The message with its words marked, a chart of the strongest, and a table of all; nothing for a single word."""
    words = found["words"]
    if not words:
        return
    st.markdown(_marked(message, words))
    st.caption(
        tr(
            "**Bold on blue** speaks for “{about}”, *slanted on orange* against it. The bars show the same: to the "
            "right for it, to the left against it.",
            about=found["class"],
        )
    )
    if found["all_words"] > len(words):
        said = tr("It is long: only its first {n} of {all} words were left out one by one.", n=len(words),
                  all=found["all_words"])  # fmt: skip
        st.caption(said)
    _draw(found, key)
    with st.expander(tr("All words as a table")):
        rows = [
            {
                tr("word"): word["text"],
                tr("speaks"): tr("for it") if word["value"] >= 0 else tr("against it"),
                tr("strength"): f"{word['value']:+.2f}",
                tr("sure without it"): percent(word["without"]),
            }
            for word in words
        ]
        st.dataframe(rows, hide_index=True)
        st.caption(tr("Strength: how far the log-odds of this class fall when the word is left out."))


def _marked(message: str, words: Sequence[dict[str, Any]]) -> str:
    """The message as Markdown, the words that stand out marked twice: by colour and by letters."""
    least = _STANDS_OUT * max(abs(word["value"]) for word in words)
    parts, at = [], 0
    for word in words:
        parts.append(_shown(message[at : word["start"]]))
        said = _shown(word["text"])
        if abs(word["value"]) >= least and not is_little(word["value"]):
            said = f":blue-background[**{said}**]" if word["value"] > 0 else f":orange-background[*{said}*]"
        parts.append(said)
        at = word["end"]
    return "".join([*parts, _shown(message[at:])])


def _shown(text: str) -> str:
    return escape(text).replace("\n", "  \n")


def _draw(found: dict[str, Any], key: str) -> None:
    strongest = sorted(found["words"], key=lambda word: -abs(word["value"]))[:_MOST_BARS]
    shown = sorted(strongest, key=lambda word: word["value"])
    values, places = [word["value"] for word in shown], list(range(len(shown)))
    figure = go.Figure(
        go.Bar(
            x=values,
            y=places,
            orientation="h",
            marker={
                "color": [TRAINING if value >= 0 else WRONG for value in values],
                "pattern": {"shape": ["" if value >= 0 else "/" for value in values]},
            },
            customdata=[[verbatim(word["text"]), percent(word["without"])] for word in shown],
            hovertemplate=plain("without “{word}”: {p} sure", word="%{customdata[0]}", p="%{customdata[1]}")
            + "<extra></extra>",
        )
    )
    figure.update_layout(
        height=80 + 24 * len(shown),
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        xaxis={"title": tr("against it  \u2190  strength  \u2192  for it"), "zeroline": True},
        yaxis={"tickvals": places, "ticktext": [verbatim(word["text"]) for word in shown], "automargin": True},
    )
    st.plotly_chart(figure, config={"displayModeBar": False}, key=f"why-words-{key}", alt=finding(found))
