"""How sure it is: whether it is right as often as it says, and what was done about it."""

from __future__ import annotations

import streamlit as st

from core.evaluation.calibration import FEWEST, Calibration
from core.runs.folder import RunFolder
from core.training.calibrating import Sureness, sureness
from pages.shared.services import workspace
from pages.shared.words import percent, things, tr
from pages.understand.reliability import show_reliability
from pages.understand.seen import Seen


def show_calibration(seen: Seen) -> None:
    """A sentence, the reliability diagram, the figures, and where the correction comes from."""
    changed = tuple(
        file.stat().st_mtime
        for name in ("answers.jsonl", "out_of_fold.jsonl")
        if (file := seen.run.path / name).exists()
    )
    found = _sureness(seen.run.id, str(workspace().root), changed)
    if found is None:
        st.caption(tr("Nothing was held back, so whether it is right as often as it says cannot be told."))
        return
    modality = seen.dataset.modality
    st.markdown(_before(found.before))
    st.markdown(_correction(found, modality))
    if found.after:
        st.markdown(_after(found.after))
    show_reliability(found)
    _show_figures(found)
    st.caption(" ".join(_origin(found, modality)))


@st.cache_data(max_entries=8, show_spinner=False)
def _sureness(run_id: str, root: str, changed: tuple[float, ...]) -> Sureness | None:
    """Read once, and again when the answers were (a race opens its final test at the end)."""
    return sureness(RunFolder.find(run_id, workspace()).path)


_VERDICTS = {
    "few": "**These are too few answers to tell whether its percentages can be believed.**",
    "too sure": "**As trained, it is too sure of itself.**",
    "not sure enough": "**As trained, it is right more often than it says.**",
    "uneven": "**As trained, its percentages mislead: some are too high, others too low.**",
    "as sure as right": "**As trained, its percentages can be believed**, as far as {n} answers can tell.",
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
    "too sure": "**Corrected, it is still too sure of itself.**",
    "not sure enough": "**Corrected, it is still right more often than it says.**",
    "uneven": "**Corrected, they are right on average**, but some are still too high and others too low.",
    "as sure as right": "**Corrected, its percentages can be believed**, as far as {n} answers can tell.",
}


def _after(found: Calibration) -> str:
    return f"{tr(_CORRECTED[found.verdict], n=f'{found.n:,}')} {_telling(found)}"


_WHY_NONE = {
    "few": "Its percentages are shown as they are: {answers} it had not learnt from are too few to correct them by; "
    "it takes {least}.",
    "all right": "Its percentages are shown as they are: it was right on all {n} it had not learnt from, so how often "
    "it is wrong when it is sure cannot be learnt from them.",
    "no better": "Its percentages are shown as they are: a correction was tried, and on answers that it was not made "
    "from it was no better.",
    "old": "Its percentages are shown as they are: this run is older than the correction. Train again to get one.",
}


def _correction(found: Sureness, modality: str) -> str:
    made = found.correction
    if made.why_none:
        return tr(
            _WHY_NONE[made.why_none], n=things(modality, made.n), least=FEWEST,
            answers=tr("answers about {n}", n=things(modality, made.n)),
        )  # fmt: skip
    milder = made.temperature > 1
    return tr(
        "So every percentage that you see on the Try it page is made **{how}**. Which class it names never changes.",
        how=tr("milder") if milder else tr("bolder"),
    )


def _origin(found: Sureness, modality: str) -> list[str]:
    """Where the correction and the figures come from."""
    made, said = found.correction, []
    held = {
        "fold": tr("{n}, each left out of training once (the cross-check)", n=things(modality, made.n)),
        "validation": tr("{n} that were held back", n=things(modality, made.n)),
    }
    if not made.why_none:
        said.append(
            tr(
                "The correction is one number, the temperature ({t:.2f}): it was learnt from the answers about {held}, "
                "never from examples that taught.",
                t=made.temperature, held=held[found.learnt_on],
            )
        )  # fmt: skip
    if found.judged_on == "test":
        said.append(tr("All figures are those of the final test, which had no part in it."))
    elif found.after:
        said.append(
            tr("In all figures each answer is corrected by what the others say, never by a correction that it "
               "helped to find.")
        )  # fmt: skip
    return said


def _show_figures(found: Sureness) -> None:
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
