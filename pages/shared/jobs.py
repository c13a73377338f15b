"""Jobs of a page: those that begin by themselves and make room for a training, those that a person asked for and may
leave alone, and those that somebody waits for."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import streamlit as st

from core.data.dataset import REDUCED
from core.data.findings import Findings, load_findings
from core.errors import UserError
from core.events import JobEnded, Progress
from core.messages import NOTHING, Message, revived
from core.runs.folder import RunFolder, list_jobs
from core.runs.progress import last_progress, share_of, wording
from pages.shared.current import about_dataset, noun_of
from pages.shared.dialogs import draw_anew
from pages.shared.services import launcher, refresh, workspace
from pages.shared.words import problems_shown, tr

_BACKGROUND = ("doctor", "measure")
"""Kinds of jobs that begin by themselves: see `make_room`."""


def start_background(key: str, kind: str, title: str, request: dict[str, Any]) -> RunFolder:
    """The job of this `key` in this session, begun if nobody has. It waits for trainings, and makes room for them."""
    assert kind in _BACKGROUND
    return _start(key, kind, title, request, heavy=True)


def start_asked(key: str, kind: str, title: str, request: dict[str, Any]) -> RunFolder:
    """The same for what a person pressed a button for: it begins at once, and nothing but a person stops it."""
    return _start(key, kind, title, request, heavy=False)


def _start(key: str, kind: str, title: str, request: dict[str, Any], *, heavy: bool) -> RunFolder:
    jobs = _jobs()
    if not jobs.get(key):
        job = next((job for job in _under_way(kind) if job.request == request), None)
        if job is None:
            job = RunFolder.create(workspace().jobs, kind, title, request)
            launcher().start(job, heavy=heavy)
        jobs[key] = job.id
    return RunFolder(workspace().jobs / jobs[key])


def _under_way(*kinds: str) -> Iterator[RunFolder]:
    """The jobs of these kinds that are done or wait in this workspace, whichever window began them: after a reload a
    window knows nothing of what it began before."""
    for one in launcher().under_way():
        if one.owner == str(workspace().root):
            with suppress(UserError):  # its folder is damaged or gone
                if one.job.about()["kind"] in kinds:
                    yield one.job


def known_background(key: str) -> RunFolder | None:
    """The job of this `key`, if this session began one and it can still be read."""
    job_id = _jobs().get(key)
    folder = RunFolder(workspace().jobs / job_id) if job_id else None
    return folder if folder and folder.readable else None


def made_before(key: str, kind: str, request: dict[str, Any]) -> RunFolder | None:
    """The job of this `key`; in a session that had none, the newest finished one that was asked just this. Looking for
    it reads the list of all jobs, once in a session."""
    jobs = _jobs()
    if key not in jobs:
        same = (job for job in list_jobs(workspace().jobs) if _is_made(job, kind, request))
        jobs[key] = job.id if (job := next(same, None)) else ""
    return known_background(key)


def _is_made(job: RunFolder, kind: str, request: dict[str, Any]) -> bool:
    about = job.about()
    return (about["kind"], about["state"], about["request"]) == (kind, "completed", request)


def forget_background(key: str) -> None:
    """Let it begin anew."""
    _jobs()[key] = ""


def show_asked(
    key: str, job: RunFolder, show: Callable[[RunFolder, dict[str, Any]], None], *, waits: Message, again: Message,
    once: bool = False,
) -> None:  # fmt: skip
    """How far the `job` of a `key` is, with a way to stop it; then what came of it, as `show` shows its result, or why
    nothing did, and a button to do it `again`, unless it worked and `once` is enough. `waits` is said until it says
    itself what it does."""
    if job.status().active:
        _watch_asked(job, waits)
        return
    ended = next((event for event in reversed(job.events()) if isinstance(event, JobEnded)), None)
    if ended is None or ended.reason != "completed":
        st.error(tr(ended.message if ended and ended.message else job.status().reason or Message("It was stopped.")))
    else:
        show(job, revived(ended.result))
        if once:
            return
    if st.button(tr(again), icon=":material/refresh:", key=f"again-{key}"):
        forget_background(key)
        st.rerun()


@st.fragment(run_every=refresh(0.5))
def _watch_asked(job: RunFolder, waits: Message) -> None:
    if not job.status().active:
        draw_anew()
    stage = last_progress(job.events())
    said = wording(stage) if stage else says_place(job) or waits
    st.progress(share_of(stage) if stage else 0.0, tr(said))
    if st.button(tr("Cancel"), key=f"cancel-{job.id}"):
        launcher().stop(job)


def make_room() -> None:
    """Stop all that began by itself in this workspace, also what a window began that is closed by now: somebody asked
    for something that takes its turn. What it found is kept."""
    for job in _under_way(*_BACKGROUND):
        launcher().stop(job)


def _jobs() -> dict[str, str]:
    """The ids of jobs by key; "" where one is to begin anew."""
    return st.session_state.setdefault("background", {})


def says_place(job: RunFolder) -> Message:
    """Where a queued job stands, and when it will begin; nothing once it does not wait."""
    before, seconds = launcher().position(job), launcher().waits(job)
    if before is None:
        return NOTHING
    if seconds is None:
        return Message("Queued: place {n:d}.", n=before + 1)
    return Message("Queued: place {n:d}, begins in {time:duration}.", n=before + 1, time=seconds)


# --- while somebody waits ---

PATIENCE_SECONDS = 90
"""So long nothing may happen."""


def wait_for(kind: str, title: str, request: dict[str, Any], says: Message) -> tuple[RunFolder, dict[str, Any]] | None:
    """The job and its result; None when it did not work, which is then said on the page."""
    job: RunFolder | None = None
    with problems_shown():
        job = RunFolder.create(workspace().jobs, kind, title, request)
        launcher().start(job, heavy=False)
    return None if job is None else _result_of(job, says)


def _result_of(job: RunFolder, says: Message) -> tuple[RunFolder, dict[str, Any]] | None:
    bar = st.empty()
    seen, deadline = 0, time.monotonic() + PATIENCE_SECONDS
    with st.spinner(tr(says)):
        while job.status().active and time.monotonic() < deadline:
            time.sleep(0.05)
            events = job.events()
            if launcher().position(job) is not None:  # others have their turn first
                deadline = time.monotonic() + PATIENCE_SECONDS
            if len(events) > seen:
                seen, deadline = len(events), time.monotonic() + PATIENCE_SECONDS
                _show_progress(bar, events[-1])
    bar.empty()
    status = job.status()
    if status.active:  # who tries again would wait behind it
        launcher().stop(job)
    ended = job.events()[-1] if status.state == "completed" else None
    if not isinstance(ended, JobEnded):
        st.error(tr(status.reason or Message("The model took too long to answer. Please try again.")))
        return None
    return job, ended.result


def _show_progress(bar: Any, event: object) -> None:
    if isinstance(event, Progress) and event.stage == "embed":
        bar.progress(share_of(event), tr(wording(event)))


# --- the data check ---

_CHECKS = "doctor-"
"""What the keys of these jobs begin with."""


def watch_doctor(dataset_id: str) -> Findings | None:
    """What is known about the dataset so far. Begins to check it if nobody has, and shows how far that is."""
    known = load_findings(dataset_id, workspace())
    if (known and known.complete) or about_dataset(dataset_id).get(REDUCED):  # of thumbnails there is nothing to find
        return known
    key = f"{_CHECKS}{dataset_id}"
    job: RunFolder | None = None
    with problems_shown():
        for other, job_id in _jobs().items():  # of what is not looked at any more
            if job_id and other.startswith(_CHECKS) and other != key and (checks := known_background(other)):
                launcher().stop(checks)
        job = start_background(key, "doctor", dataset_id, {"dataset": dataset_id})
    if job is None:
        return known
    status = job.status()
    if status.active:
        _progress(job)
        return known
    known = load_findings(dataset_id, workspace())
    if not (known and known.complete):
        if status.reason and status.state != "stopped":  # by a training, or by a person
            st.warning(tr(status.reason))
        if st.button(tr("Look for label errors"), icon=":material/search:"):
            forget_background(key)
            st.rerun()
    return known


@st.fragment(run_every=refresh(0.5))
def _progress(job: RunFolder) -> None:
    if not job.status().active:
        draw_anew()
    stage = last_progress(job.events())
    if stage is None:
        st.progress(0.0, tr("Checking the data"))
    else:
        st.progress(share_of(stage), tr(wording(stage, noun_of(job.request["dataset"]))))
