"""How sure it is: whether it is right as often as it says, and what was done about it."""

from __future__ import annotations

import plotly.graph_objects as go
import streamlit as st
from plotly.subplots import make_subplots

from core.evaluation.calibration import BINS, FEWEST, Bin, Calibration
from core.modalities import get_modality
from core.results.calibration import Reliability
from core.results.finished_run import FinishedRun
from pages.shared.figures import BASELINE, CORRECTED, UNCORRECTED
from pages.shared.services import workspace
from pages.shared.words import percent, plain, share_range, tr


def show_calibration(run: FinishedRun) -> None:
    """A sentence, the reliability diagram, the figures, and where the correction comes from."""
    found = _reliability(run.id, str(workspace().root), len(run.every_answer))
    if found is None:
        st.caption(tr("Nothing was held back, so whether it is right as often as it says cannot be told."))
        return
    modality = run.modality
    st.markdown(_before(found.before))
    st.markdown(_correction(found, modality))
    if found.after:
        st.markdown(_after(found.after))
    show_reliability(found)
    _show_figures(found)
    st.caption(" ".join(_origin(found, modality)))


@st.cache_data(max_entries=8, show_spinner=False)
def _reliability(run_id: str, root: str, answers: int) -> Reliability | None:
    """Calculated once, and again when there are other answers (a race opens its final test at the end)."""
    return FinishedRun.open(run_id, workspace()).reliability


_VERDICTS = {
    "few": "**These are too few answers to tell whether its percentages can be believed.**",
    "overconfident": "**As trained, it is too sure of itself.**",
    "underconfident": "**As trained, it is right more often than it says.**",
    "uneven": "**As trained, its percentages mislead: some are too high, others too low.**",
    "calibrated": "**As trained, its percentages can be believed**, as far as {n} answers can tell.",
}


def _before(found: Calibration) -> str:
    said = tr(_VERDICTS[found.verdict], n=f"{found.n:,}")
    return f"{said} {_telling(found)}"


def _telling(found: Calibration) -> str:
    """The verdict on the answers that show it best."""
    one = found.telling
    return tr(
        "When it says about {p:percent}, it is right on {k} of {n}: {share:percent}.",
        p=one.confidence, k=one.right, n=one.n, share=one.accuracy,
    )  # fmt: skip


_CORRECTED = {
    "few": "**Corrected**, they cannot be told apart from percentages that are right; but these are few answers.",
    "overconfident": "**Corrected, it is still too sure of itself.**",
    "underconfident": "**Corrected, it is still right more often than it says.**",
    "uneven": "**Corrected, they are right on average**, but some are still too high and others too low.",
    "calibrated": "**Corrected, its percentages can be believed**, as far as {n} answers can tell.",
}


def _after(found: Calibration) -> str:
    return f"{tr(_CORRECTED[found.verdict], n=f'{found.n:,}')} {_telling(found)}"


_WHY_NONE = {
    "few": "Its percentages are shown as they are: {answers} it had not learnt from are too few to correct them by; "
    "it takes {least}.",
    "all_right": "Its percentages are shown as they are: it was right on all {n} it had not learnt from, so how often "
    "it is wrong when it is sure cannot be learnt from them.",
    "no_better": "Its percentages are shown as they are: a correction was tried, and on answers that it was not made "
    "from it was no better.",
    "old": "Its percentages are shown as they are: this run is older than the correction. Train again to get one.",
}


def _correction(found: Reliability, modality: str) -> str:
    made = found.correction
    if made.why_none:
        return tr(
            _WHY_NONE[made.why_none], n=get_modality(modality).count(made.n), least=FEWEST,
            answers=tr("answers about {n}", n=get_modality(modality).count(made.n)),
        )  # fmt: skip
    milder = made.temperature > 1
    return tr(
        "So every percentage that you see on the Try it page is made **{how}**. Which class it names never changes.",
        how=tr("milder") if milder else tr("bolder"),
    )


def _origin(found: Reliability, modality: str) -> list[str]:
    """Where the correction and the figures come from."""
    made, said = found.correction, []
    held = {
        "fold": tr("{n}, each left out of training once (the cross-check)", n=get_modality(modality).count(made.n)),
        "validation": tr("{n} that were held back", n=get_modality(modality).count(made.n)),
    }
    if not made.why_none:
        said.append(
            tr(
                "The correction is one number, the temperature ({t:.2f}): it was learnt from the answers about {held}, "
                "never from examples that taught.",
                t=made.temperature, held=held[found.fitted_on],
            )
        )  # fmt: skip
    if found.evaluated_on == "test":
        said.append(tr("All figures are those of the final test, which had no part in it."))
    elif found.after:
        said.append(
            tr("In all figures each answer is corrected by what the others say, never by a correction that it "
               "helped to find.")
        )  # fmt: skip
    return said


def _show_figures(found: Reliability) -> None:
    """Before and after, and what the numbers are."""
    columns = {tr("as trained"): found.before}
    if found.after:
        columns[tr("corrected")] = found.after
    rows = {
        tr("calibration error (ECE)"): lambda one: percent(one.ece),
        tr("… by chance alone"): lambda one: tr(
            "{a:percent}, rarely above {b:percent}", a=one.chance[0], b=one.chance[1]
        ),
        tr("Brier score"): lambda one: f"{one.brier:.2f}",
        tr("log loss"): lambda one: f"{one.log_loss:.2f}",
        tr("how sure, on average"): lambda one: percent(one.confidence),
        tr("right"): lambda one: tr("{share:percent} of {n}", share=one.accuracy, n=one.n),
    }
    st.dataframe(
        [{"": name, **{which: cell(one) for which, one in columns.items()}} for name, cell in rows.items()],
        hide_index=True,
    )
    st.caption(
        tr(
            "**Calibration error:** how far what it says lies from how often it is right, on average over all answers "
            "(in ten steps of 10\u00a0%). Few answers always show some error: “by chance alone” is what a model would "
            "show whose percentages are exactly right. **Brier score:** 0 if it is always sure and always right, 2 if "
            "it is always sure and always wrong; it counts both being right and saying how sure. **Log loss:** how "
            "surprised it is by the truth; being sure and wrong costs most. Lower is better in all three."
        )
    )


# The reliability diagram: how often answers are right against how sure they were given, with intervals and counts.


def show_reliability(found: Reliability) -> None:
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
    "overconfident": "Points below the line: it is right less often than it says",
    "underconfident": "Points above the line: it is right more often than it says",
    "uneven": "Points on both sides of the line: some percentages are too high, others too low",
    "calibrated": "Points around the line: it is right about as often as it says",
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


def _says(found: Reliability) -> str:
    said = tr("{a:percent} sure on average, {b:percent} right", a=found.before.confidence, b=found.before.accuracy)
    if found.after:
        said += tr("; corrected, {a:percent} sure", a=found.after.confidence)
    return said
