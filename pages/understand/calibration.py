"""Confidence: whether a model is right as often as it says (calibration), and how that was corrected."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import plotly.graph_objects as go
import streamlit as st
from plotly.subplots import make_subplots

from core.evaluation.calibration import BINS, FEWEST, Bin, Calibration
from core.messages import Message, sentences
from core.modalities.base import Modality
from core.results.calibration import Reliability
from core.results.finished_run import FinishedRun
from core.workspace import Workspace
from pages.shared.figures import BASELINE, CORRECTED, UNCORRECTED, show_chart
from pages.shared.glossary import explain
from pages.shared.words import percent, plain, share_range, tr


def show_calibration(run: FinishedRun) -> None:
    """A sentence, the reliability diagram, the figures, and where the correction comes from."""
    found = _reliability(run.id, run.workspace.root, len(run.every_answer))
    if found is None:
        st.caption(tr("There is no validation set, so its calibration cannot be measured."))
        return
    kind = run.dataset.kind
    diagram, said = st.columns([7, 5], gap="large")
    with diagram:
        show_reliability(found)
    with said:
        st.markdown(tr(_verdict(_BEFORE, found.before)))
        st.markdown(tr(_correction(found, kind)))
        if found.after:
            st.markdown(tr(_verdict(_AFTER, found.after)))
        with st.expander(tr("All figures")):
            _show_figures(found)
            st.caption(tr(_origin(found, kind)))
    explain("confidence", "calibration")


@st.cache_data(max_entries=8, show_spinner=False)
def _reliability(run_id: str, root: Path, answers: int) -> Reliability | None:
    """Calculated once, and again when there are other answers (a benchmark opens its test set at the end)."""
    return FinishedRun.open(run_id, Workspace(root)).reliability


_BEFORE = {
    "few": Message("**These are too few answers to tell whether it is well calibrated.**"),
    "overconfident": Message("**As trained, it is overconfident.**"),
    "underconfident": Message("**As trained, it is underconfident: right more often than it says.**"),
    "uneven": Message("**As trained, its confidence misleads: some values are too high, others too low.**"),
    "calibrated": Message("**As trained, it is well calibrated**, as far as {n} answers can tell."),
}
_AFTER = {
    "few": Message("**Corrected**, it cannot be told apart from a well calibrated model; but these are few answers."),
    "overconfident": Message("**Corrected, it is still overconfident.**"),
    "underconfident": Message("**Corrected, it is still underconfident.**"),
    "uneven": Message("**Corrected, its confidence is right on average**, but some values are still too high and "
                      "others too low."),
    "calibrated": Message("**Corrected, it is well calibrated**, as far as {n} answers can tell."),
}  # fmt: skip


def _verdict(says: Mapping[str, Message], found: Calibration) -> Message:
    """The verdict, and the answers that show it best."""
    one = found.telling
    return sentences(
        says[found.verdict].having(n=found.n),
        Message("When its confidence is about {confidence:percent}, it is right on {right} of {n}: {share:percent}.",
                confidence=one.confidence, right=one.right, n=one.n, share=one.accuracy),
    )  # fmt: skip


_WHY_NONE = {
    "few": Message(
        "Its confidence is shown as it is: answers about {examples} that it had not learnt from are too few to correct "
        "it by; it takes {least}."
    ),
    "all_right": Message(
        "Its confidence is shown as it is: it was right on all {examples} it had not learnt from, so how often it is "
        "wrong when it is confident cannot be learnt from them."
    ),
    "no_better": Message(
        "Its confidence is shown as it is: a correction was tried, and on answers that it was not made from it was no "
        "better."
    ),
}


def _correction(found: Reliability, kind: Modality[Any, Any]) -> Message:
    made = found.correction
    if made.why_none:
        return _WHY_NONE[made.why_none].having(examples=kind.count(made.n), least=FEWEST)
    if made.temperature > 1:
        return Message("So every confidence that you see on the Try it page is **lowered** (temperature scaling). "
                       "Which class it names never changes.")  # fmt: skip
    return Message("So every confidence that you see on the Try it page is **raised** (temperature scaling). Which "
                   "class it names never changes.")  # fmt: skip


def _origin(found: Reliability, kind: Modality[Any, Any]) -> Message:
    """Where the correction and the figures come from."""
    made, said = found.correction, []
    if not made.why_none:
        examples = kind.count(made.n)
        learnt_from = (
            Message("{examples}, each used once for validation (cross-validation)", examples=examples)
            if found.fitted_on == "fold"
            else Message("{examples} of the validation set", examples=examples)
        )
        said.append(
            Message("The correction is one number, the temperature ({t:.2f}): it was learnt from the answers about "
                    "{learnt_from}, never from training examples.", t=made.temperature, learnt_from=learnt_from)
        )  # fmt: skip
    if found.evaluated_on == "test":
        said.append(Message("All figures are those of the test set, which had no part in it."))
    elif found.after:
        said.append(
            Message("In all figures each answer is corrected by what the others say, never by a correction that it "
                    "helped to find.")
        )  # fmt: skip
    return sentences(*said)


def _show_figures(found: Reliability) -> None:
    """Before and after, and what the numbers are."""
    columns = {plain("as trained"): found.before}
    if found.after:
        columns[plain("corrected")] = found.after
    rows = (
        (Message("calibration error (ECE)"), lambda one: Message("{x:percent}", x=one.ece)),
        (Message("… chance level"), lambda one: Message("{mean:percent}, rarely above {most:percent}",
                                                          mean=one.chance[0], most=one.chance[1])),
        (Message("Brier score"), lambda one: Message("{x:.2f}", x=one.brier)),
        (Message("log loss"), lambda one: Message("{x:.2f}", x=one.log_loss)),
        (Message("confidence, on average"), lambda one: Message("{x:percent}", x=one.confidence)),
        (Message("accuracy"), lambda one: Message("{x:percent} of {n}", x=one.accuracy, n=one.n)),
    )  # fmt: skip
    st.dataframe(
        [{"": plain(name), **{which: plain(cell(one)) for which, one in columns.items()}} for name, cell in rows],
        hide_index=True,
    )
    st.caption(
        tr(
            "**Calibration error:** the average gap between its confidence and its accuracy, over all answers (in "
            "ten steps of 10\u00a0%). Few answers always show some error: the chance level is what a perfectly "
            "calibrated model would show. **Brier score:** 0 if it is always certain and right, 2 if it is always "
            "certain and wrong; it counts both accuracy and confidence. **Log loss:** how surprised it is by the "
            "truth; being confident and wrong costs most. Lower is better in all three."
        )
    )


# --- the reliability diagram: accuracy against confidence, with intervals and counts ---


def show_reliability(found: Reliability) -> None:
    """As trained and, where something was corrected, as corrected; the same as a table below."""
    drawn = [(plain("as trained"), found.before, UNCORRECTED, "diamond-open")]
    if found.after:
        drawn.append((plain("corrected"), found.after, CORRECTED, "circle"))
    st.markdown(f"**{tr(_TITLES[found.before.verdict])}**")
    figure = make_subplots(rows=2, cols=1, shared_xaxes=True, row_heights=[0.76, 0.24], vertical_spacing=0.06)
    figure.add_scatter(
        x=[0, 1], y=[0, 1], mode="lines", name=plain("perfectly calibrated"), hoverinfo="skip",
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
    figure.update_xaxes(title=plain("confidence"), row=2, col=1)
    figure.update_yaxes(title=plain("accuracy"), range=[-0.02, 1.04], row=1, col=1, **share)
    figure.update_yaxes(title=plain("answers"), rangemode="tozero", row=2, col=1, nticks=4)
    show_chart(figure, key="reliability", alt=_says(found))
    st.caption(
        tr("On the dotted line it is right exactly as often as it says. Below it, it is overconfident; above it, "
           "underconfident. Thin lines: 95\u00a0% confidence intervals. Bars: how many answers stand behind each "
           "point.")
    )  # fmt: skip
    with st.expander(tr("Show data")):
        st.dataframe(
            [_row(name, one) for name, calibration, _, _ in drawn for one in calibration.bins], hide_index=True
        )


_TITLES = {
    "few": Message("Accuracy against confidence"),
    "overconfident": Message("Points below the line: it is right less often than it says"),
    "underconfident": Message("Points above the line: it is right more often than it says"),
    "uneven": Message("Points on both sides of the line: confidence is too high in places, too low in others"),
    "calibrated": Message("Points around the line: it is right about as often as it says"),
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
        hovertemplate=plain("confidence {x}: {right} of {n} right", x="%{x:.0%}", right="%{customdata[0]}",
                            n="%{customdata[1]}"),
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
        plain("which"): name,
        plain("confidence"): share_range((one.low, one.high)),
        plain("on average"): percent(one.confidence),
        plain("answers"): one.n,
        plain("right"): plain("{n} ({share:percent})", n=one.right, share=one.accuracy),
        plain("95\u00a0% confidence interval"): share_range(one.interval),
    }


def _says(found: Reliability) -> str:
    known = {"confidence": found.before.confidence, "accuracy": found.before.accuracy}
    if not found.after:
        return plain("confidence {confidence:percent} on average, accuracy {accuracy:percent}", **known)
    return plain("confidence {confidence:percent} on average, corrected {corrected:percent}, accuracy "
                 "{accuracy:percent}", corrected=found.after.confidence, **known)  # fmt: skip
