"""One answer of a model, with all it considered."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from core.evaluation.rejection import Refusal
from core.runs.folder import RunFolder
from pages.shared.charts import show_probabilities
from pages.shared.services import workspace
from pages.shared.why import show_why
from pages.shared.words import escape, tr


def score_of(answer: dict[str, Any], by: str) -> float:
    """What the threshold is held against: how like its examples the input is, or how sure the model is."""
    return answer["likeness"] if by == "likeness" else answer["probabilities"][answer["label"]]


def is_none(answer: dict[str, Any], refusal: Refusal, threshold: float) -> bool:
    """True when the answer to a readable input is "none of these"."""
    return "error" not in answer and score_of(answer, refusal.by) < threshold


def show_answer(
    run: RunFolder, answer: dict[str, Any], name: str, classes: Sequence[str], refusal: Refusal, threshold: float
) -> None:
    """A card: what was given, the answer of `run`, how likely each class is if it must be one and, if asked, why."""
    with st.container(border=True):
        if "error" in answer:
            st.text(name)
            st.warning(escape(answer["error"]))
            return
        shown = workspace().jobs / answer["job"] / f"input-{answer['number']}.jpg"
        if shown.exists():
            left, right = st.columns([1, 3])
            left.image(shown.read_bytes(), width=128, alt=name)
        else:
            right = st.container()
            right.text(name)
        with right:
            _say(answer, refusal, threshold)
            show_probabilities(answer["probabilities"], f"probabilities-{answer['job']}-{answer['number']}", classes)
        show_why(run, {"input": answer["input"]}, answer["label"], classes, f"{answer['job']}-{answer['number']}")


def _say(answer: dict[str, Any], refusal: Refusal, threshold: float) -> None:
    label, share = answer["label"], answer["probabilities"][answer["label"]]
    none = is_none(answer, refusal, threshold)
    if none:
        st.markdown(tr("**None of these**. If it must be one of them: {label}, {p:percent} sure", label=label, p=share))
    else:
        st.markdown(tr("**{label}**, {p:percent} sure", label=label, p=share))
    if refusal.by == "likeness":
        st.caption(
            tr("Likeness {p:percent}: below your {t:percent}.", p=answer["likeness"], t=threshold)
            if none
            else tr("Likeness {p:percent}", p=answer["likeness"])
        )
