"""The slider for "none of these", and what its setting does to the judging examples and to what was given."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go
import streamlit as st

from core.evaluation.rejection import Rejection
from pages.shared.figures import BASELINE, RIGHT, TRAINING, WRONG
from pages.shared.words import percent, share_range, tr


def choose_threshold(refusal: Rejection, run_id: str) -> float:
    """The slider: from 0, where it always answers, to 1."""
    labels = {
        "likeness": tr("“None of these” when something is less like its examples than"),
        "sure": tr("“None of these” when it is less sure than"),
    }
    chosen = st.slider(
        labels[refusal.by], 0, 100, round(refusal.usual * 100), format="%d %%", key=f"none-{run_id}-{refusal.by}",
        help=tr(
            "At 0 it always answers, even about something it has never seen the like of. Further to the right it says "
            "“none of these” more often. It begins where at least 19 of 20 judging examples still get an answer."
        ),
    )  # fmt: skip
    return chosen / 100


def show_effect(refusal: Rejection, threshold: float, answers: Sequence[dict[str, Any]]) -> None:
    """What this setting does, in words and as a picture."""
    st.markdown(_effect_sentence(refusal, threshold))
    given = [answer for answer in answers if "error" not in answer]
    none = sum(is_none(answer, refusal, threshold) for answer in given)
    if len(given) > 1:
        st.markdown(tr("Of the {n} below, **{none}** get “none of these”.", n=len(given), none=none))
    if refusal.by != "likeness":
        st.caption(
            tr(
                "The examples this model learnt from are no longer here, so how like them something is cannot be told. "
                "How sure it is notices less: it can be very sure about something it has never seen."
            )
        )
    if refusal.scores:
        _draw(refusal, threshold, [score_of(answer, refusal.by) for answer in given])
        with st.expander(tr("Other settings as a table")):
            st.dataframe(_settings(refusal), hide_index=True)


def _effect_sentence(refusal: Rejection, threshold: float) -> str:
    found = refusal.effect(threshold)
    if found.interval is None:
        return tr(
            "No example judged this model, so what a setting does can only be seen on what you give it. It begins at "
            "0, where it always answers."
        )
    said = tr(
        "At this setting **{kept} of the {n}** judging examples (**{share:percent}**; with many more such examples "
        "between {low:percent} and {high:percent}) still get an answer.",
        kept=found.kept,
        n=found.n,
        share=found.kept / found.n,
        low=found.interval[0],
        high=found.interval[1],
    )
    if not found.refused:
        return said
    if found.refused == 1:
        was = tr("wrong") if found.wrong else tr("right")
        return said + " " + tr("**1** becomes “none of these”: its answer was {was}.", was=was)
    words = tr("**{k}** become “none of these”: {w} of their answers were wrong.", k=found.refused, w=found.wrong)
    return f"{said} {words}"


def _settings(refusal: Rejection) -> list[dict[str, str]]:
    rows = []
    for hundredth in range(0, 101, 5):
        found = refusal.effect(hundredth / 100)
        assert found.interval is not None
        rows.append(
            {
                tr("setting"): f"{hundredth}\u00a0%",
                tr("still answered"): f"{found.kept} ({percent(found.kept / found.n)})",
                tr("may really be"): share_range(found.interval),
                tr("none of these"): str(found.refused),
                tr("of those wrong before"): str(found.wrong),
            }
        )
        if found.kept == 0:
            break
    return rows


def _draw(refusal: Rejection, threshold: float, given: Sequence[float]) -> None:
    names = (tr("what you gave"), tr("judging examples"))
    figure = go.Figure()
    for right, colour, symbol, said in (
        (True, RIGHT, "circle", tr("judging, right")),
        (False, WRONG, "x", tr("judging, wrong")),
    ):
        scores = [s for s, was in zip(refusal.scores, refusal.right, strict=True) if was == right]
        figure.add_scatter(
            x=scores, y=[1 + _aside(i) for i in range(len(scores))], mode="markers", name=said,
            marker={"color": colour, "symbol": symbol, "size": 8, "opacity": 0.85}, hovertemplate="%{x:.0%}",
        )  # fmt: skip
    figure.add_scatter(
        x=list(given), y=[_aside(i) for i in range(len(given))], mode="markers", name=tr("what you gave"),
        marker={"color": TRAINING, "symbol": "diamond", "size": 11}, hovertemplate="%{x:.0%}",
    )  # fmt: skip
    figure.add_vline(x=threshold, line={"color": BASELINE, "width": 2, "dash": "dot"})
    kept = refusal.effect(threshold).kept
    figure.update_layout(
        height=230,
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom"},
        xaxis={
            "title": tr("how like its examples") if refusal.by == "likeness" else tr("how sure"),
            "tickformat": ".0%", "range": [-0.02, max(1.0 if refusal.by != "likeness" else 0.0, threshold, *given,
                                                      *refusal.scores) + 0.04], "zeroline": False,
        },
        yaxis={"tickvals": [0, 1], "ticktext": names, "range": [-0.5, 1.5], "automargin": True, "zeroline": False},
    )  # fmt: skip
    st.plotly_chart(
        figure,
        config={"displayModeBar": False},
        key="refusal",
        alt=tr("{k} of {n} judging examples lie right of the setting and get an answer", k=kept, n=len(refusal.scores)),
    )


def _aside(number: int) -> float:
    """Points of one row stand a little apart, always in the same places."""
    return ((number * 7) % 11 - 5) / 16


def score_of(answer: dict[str, Any], by: str) -> float:
    """What the threshold is held against: how like its examples the input is, or how sure the model is."""
    return answer["likeness"] if by == "likeness" else answer["probabilities"][answer["label"]]


def is_none(answer: dict[str, Any], refusal: Rejection, threshold: float) -> bool:
    """True when the answer to a readable input is "none of these"."""
    return "error" not in answer and score_of(answer, refusal.by) < threshold
