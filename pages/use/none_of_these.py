"""The rejection threshold: its slider, and what a setting does to the validation examples and to what was given."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go
import streamlit as st

from core.evaluation.rejection import Rejection
from core.messages import Message, counted, sentences
from pages.shared.figures import BASELINE, RIGHT, TRAINING, WRONG, show_chart
from pages.shared.words import percent, plain, share_range, tr


def choose_threshold(refusal: Rejection, run_id: str) -> float:
    """The slider: from 0, where it always answers, to 1. It begins anew where the usual threshold is another one: a
    class that was added moves all similarities, and a threshold that was right for them before is not any more."""
    labels = {
        "likeness": tr("“None of these” when the similarity to its training examples is below"),
        "sure": tr("“None of these” when its confidence is below"),
    }
    usual = round(refusal.usual * 100)
    chosen = st.slider(
        labels[refusal.by], 0, 100, usual, format="%d %%", key=f"none-{run_id}-{refusal.by}-{usual}",
        help=tr(
            "At 0 it always names a class, even for something unlike all that it was trained on. Further to the "
            "right it says “none of these” more often. It begins where at least 19 of 20 validation examples are "
            "still classified."
        ),
    )  # fmt: skip
    return chosen / 100


def show_effect(refusal: Rejection, threshold: float, answers: Sequence[dict[str, Any]]) -> None:
    """What this setting does, in words and as a picture."""
    st.markdown(tr(_effect(refusal, threshold)))
    given = [answer for answer in answers if "error" not in answer]
    none = sum(is_none(answer, refusal, threshold) for answer in given)
    if len(given) > 1:
        says = counted(
            "Of the {all} given, **{n}** is “none of these”.", "Of the {all} given, **{n}** are “none of these”.",
            n=none, all=len(given),
        )  # fmt: skip
        st.markdown(tr(says))
    if refusal.by != "likeness":
        st.caption(
            tr(
                "The training examples of this model are no longer here, so similarity to them cannot be told. "
                "Confidence notices less: it can be very confident about something it has never seen."
            )
        )
    if refusal.scores:
        _draw(refusal, threshold, [score_of(answer, refusal.by) for answer in given])
        with st.expander(tr("Show data")):
            st.dataframe(_settings(refusal), hide_index=True)


def _effect(refusal: Rejection, threshold: float) -> Message:
    found = refusal.effect(threshold)
    if found.interval is None:
        return Message(
            "There is no validation set, so a setting can only be tried on what you give it. It begins at 0, where "
            "it always names a class."
        )
    said = Message(
        "Coverage **{share:percent}**: at this setting **{kept} of the {n}** validation examples are still "
        "classified (95\u00a0% confidence interval {interval:percent}).",
        kept=found.kept, n=found.n, share=found.kept / found.n, interval=found.interval,
    )  # fmt: skip
    if not found.refused:
        return said
    lost = counted(
        "**{n}** becomes “none of these”; wrong answers among them: {wrong}.",
        "**{n}** become “none of these”; wrong answers among them: {wrong}.", n=found.refused, wrong=found.wrong,
    )  # fmt: skip
    return sentences(said, lost)


def _settings(refusal: Rejection) -> list[dict[str, str]]:
    rows = []
    for hundredth in range(0, 101, 5):
        found = refusal.effect(hundredth / 100)
        assert found.interval is not None
        rows.append(
            {
                plain("threshold"): percent(hundredth / 100),
                plain("coverage"): plain("{n} ({share:percent})", n=found.kept, share=found.kept / found.n),
                plain("95\u00a0% confidence interval"): share_range(found.interval),
                plain("none of these"): plain("{n}", n=found.refused),
                plain("of those, wrong before"): plain("{n}", n=found.wrong),
            }
        )
        if found.kept == 0:
            break
    return rows


def _draw(refusal: Rejection, threshold: float, given: Sequence[float]) -> None:
    names = (plain("what you gave"), plain("validation examples"))
    figure = go.Figure()
    for right, colour, symbol, said in (
        (True, RIGHT, "circle", plain("validation, right")),
        (False, WRONG, "x", plain("validation, wrong")),
    ):
        scores = [s for s, was in zip(refusal.scores, refusal.right, strict=True) if was == right]
        figure.add_scatter(
            x=scores, y=[1 + _aside(i) for i in range(len(scores))], mode="markers", name=said,
            marker={"color": colour, "symbol": symbol, "size": 8, "opacity": 0.85}, hovertemplate="%{x:.0%}",
        )  # fmt: skip
    if given:
        figure.add_scatter(
            x=list(given), y=[_aside(i) for i in range(len(given))], mode="markers", name=plain("what you gave"),
            marker={"color": TRAINING, "symbol": "diamond", "size": 11}, hovertemplate="%{x:.0%}",
        )  # fmt: skip
    figure.add_vline(x=threshold, line={"color": BASELINE, "width": 2, "dash": "dot"})
    kept = refusal.effect(threshold).kept
    figure.update_layout(
        height=230 if given else 170,
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom"},
        xaxis={
            "title": plain("similarity") if refusal.by == "likeness" else plain("confidence"),
            "tickformat": ".0%", "range": [-0.02, max(1.0 if refusal.by != "likeness" else 0.0, threshold, *given,
                                                      *refusal.scores) + 0.04], "zeroline": False,
        },
        yaxis={"tickvals": [0, 1] if given else [1], "ticktext": names if given else names[1:], "automargin": True,
               "range": [-0.5 if given else 0.5, 1.5], "zeroline": False},
    )  # fmt: skip
    show_chart(
        figure,
        key="refusal",
        alt=plain(
            "{kept} of {n} validation examples lie to the right of the threshold and are classified",
            kept=kept,
            n=len(refusal.scores),
        ),
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
