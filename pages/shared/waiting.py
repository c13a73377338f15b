"""Jobs that somebody waits for: a worker answers, and this page shows how far it is."""

from __future__ import annotations

import time
from typing import Any

import streamlit as st

from core.events import JobEnded, PhaseProgress
from core.runs.folder import RunFolder
from pages.shared.services import launcher, workspace
from pages.shared.words import escape, tr

PATIENCE_SECONDS = 90
"""So long nothing may happen."""


def wait_for(kind: str, title: str, request: dict[str, Any], says: str) -> tuple[RunFolder, dict[str, Any] | None]:
    """The job and its result; None when it did not work, which is then said on the page."""
    job = RunFolder.create(workspace().jobs, kind, title, request)
    launcher().start(job, heavy=False)
    bar = st.empty()
    seen, deadline = 0, time.monotonic() + PATIENCE_SECONDS
    with st.spinner(says):
        while job.status().active and time.monotonic() < deadline:
            time.sleep(0.05)
            events = job.events()
            if len(events) > seen:
                seen, deadline = len(events), time.monotonic() + PATIENCE_SECONDS
                _show_progress(bar, events[-1])
    bar.empty()
    status = job.status()
    ended = job.events()[-1] if status.state == "completed" else None
    if not isinstance(ended, JobEnded):
        st.error(escape(status.reason) or tr("The model took too long to answer. Please try again."))
        return job, None
    return job, ended.result


def _show_progress(bar: Any, event: object) -> None:
    if isinstance(event, PhaseProgress) and event.phase == "embed":
        said = tr("Looking once at the examples it learnt from: {a} of {b}", a=event.done, b=event.total)
        bar.progress(event.done / event.total, said)
