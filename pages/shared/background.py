"""Work that nobody waits for: it gives way as soon as somebody wants to train."""

from __future__ import annotations

from typing import Any

import streamlit as st

from core.runs.folder import RunFolder
from pages.shared.services import launcher, workspace


def start_background(key: str, kind: str, title: str, request: dict[str, Any]) -> RunFolder:
    """The job of this `key` in this session, begun if nobody has."""
    jobs = _jobs()
    if key not in jobs:
        job = RunFolder.create(workspace().jobs, kind, title, request)
        jobs[key] = job.id
        launcher().start(job)
    return RunFolder(workspace().jobs / jobs[key])


def forget_background(key: str) -> None:
    """Let `start_background` begin anew."""
    _jobs().pop(key, None)


def make_room(but_for: str = "") -> None:
    """Stop all that is going on, except the one of a key; what it found is kept."""
    for key, job_id in _jobs().items():
        job = RunFolder(workspace().jobs / job_id)
        if key != but_for and job.status().active:
            launcher().stop(job)


def _jobs() -> dict[str, str]:
    return st.session_state.setdefault("background", {})
