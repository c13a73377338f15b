"""What a model says about what a person gave."""

from __future__ import annotations

from typing import Any

import streamlit as st

from core.evaluation.rejection import Refusal
from core.models.added import Addition
from core.runs.folder import RunFolder
from pages.shared.waiting import wait_for
from pages.shared.words import tr


def ask(run: RunFolder, inputs: list[str], additions: list[Addition]) -> tuple[list[dict[str, Any]], Refusal | None]:
    """The answers to these inputs, asked for once, and when "none of these" is a better one."""
    asked = (run.id, tuple(inputs), tuple(addition.id for addition in additions))
    if st.session_state.get("tried") != asked:
        says = tr("Asking the model about {n}", n=len(inputs))
        job, result = wait_for("predict", run.title, {"run": run.id, "inputs": inputs}, says)
        if result is None:
            return [], None
        answers = [{**answer, "job": job.id, "number": i} for i, answer in enumerate(result["answers"])]
        st.session_state["answers"] = (answers, result["refusal"])
        st.session_state["tried"] = asked
    answers, refusal = st.session_state["answers"]
    return answers, Refusal.from_dict(refusal)
