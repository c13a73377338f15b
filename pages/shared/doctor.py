"""Having a worker look a set over, and showing how far it is."""

from __future__ import annotations

import streamlit as st

from core.data.findings import Findings, load_findings
from core.runs.folder import RunFolder
from core.runs.progress import follow
from pages.shared.background import forget_background, make_room, start_background
from pages.shared.services import workspace
from pages.shared.words import tr

_WORDS = {
    "embed": "Looking for likely wrong labels: {done} of {total}",
    "look": "Looking at every picture: {done} of {total}",
    "doctor": "Checking: step {done} of {total}",
}


def watch_doctor(dataset_id: str) -> Findings | None:
    """What is known about the set so far. Begins to look it over if nobody has, and shows how far that is."""
    known = load_findings(dataset_id, workspace())
    if known and known.complete:
        return known
    key = f"doctor-{dataset_id}"
    make_room(but_for=key)
    job = start_background(key, "doctor", dataset_id, {"dataset": dataset_id})
    if job.status().active:
        _progress(job)
        return known
    known = load_findings(dataset_id, workspace())
    if not (known and known.complete) and st.button(tr("Look for likely wrong labels"), icon=":material/search:"):
        forget_background(key)  # it was stopped, or failed
        st.rerun()
    return known


@st.fragment(run_every=0.5)
def _progress(job: RunFolder) -> None:
    if not job.status().active:
        st.rerun()
    phase = follow(job.events()).phase
    if phase is None:
        st.progress(0.0, tr("Looking it over"))
    else:
        said = tr(_WORDS.get(phase.phase, "Looking it over"), done=f"{phase.done:,}", total=f"{phase.total:,}")
        st.progress(min(1.0, phase.done / max(1, phase.total)), said)
