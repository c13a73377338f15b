"""Reading files in, from any page: start it, watch it, then go on with the data set."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import streamlit as st

from core.data.readers.options import ReadOptions
from core.events import JobEnded, SourceUnderstood
from core.runs.folder import RunFolder
from core.runs.progress import follow
from pages.shared.current import choose_dataset
from pages.shared.services import launcher, workspace
from pages.shared.words import escape, tr

_PHASES = {"read": "Reading: {done} of {total}", "look": "Looking at every picture: {done} of {total}"}


def start_intake(
    source: str, options: ReadOptions | None = None, *, then_train: bool = False, replaces: str | None = None
) -> None:
    """Have a worker read `source` (a path or `sample:ID`). The page that runs next must call `watch_intake`.

    `replaces`: the set that the same source was read as before; it goes when the new reading is there.
    """
    _start("intake", {"source": source, "options": asdict(options or ReadOptions()), "replaces": replaces})
    st.session_state["then_train"] = then_train


def start_adding(
    source_path: str,
    *,
    label: str | None = None,
    into: str | None = None,
    title: str | None = None,
    burst: bool = False,
    options: ReadOptions | None = None,
    replaces: str | None = None,
) -> None:
    """Have a worker add what is at `source_path` to the set `into`, or begin a set called `title` with it.

    `replaces`: the version that the same addition made when it was read otherwise.
    """
    request = {"source": source_path, "into": into, "label": label, "title": title, "burst": burst}
    read = {"options": asdict(options or ReadOptions()), "replaces": replaces}
    _start("add", {**request, **read})
    st.session_state["then_train"] = False


def _start(kind: str, request: dict[str, Any]) -> None:
    job = RunFolder.create(workspace().jobs, kind, request["source"], request)
    launcher().start(job, heavy=False)
    st.session_state["intake"] = job.id
    st.session_state.pop("failed_intake", None)


def watch_intake() -> bool:
    """Show the reading under way, if any. True while it lasts; afterwards the data set is the current one."""
    job_id = st.session_state.get("intake")
    if job_id is None:
        return False
    job = RunFolder(workspace().jobs / job_id)
    status = job.status()
    if status.active:
        _progress(job)
        return True
    del st.session_state["intake"]
    if status.state == "stopped":
        st.info(escape(status.reason))
        return False
    if status.state != "completed":
        st.session_state["failed_intake"] = job_id
        st.error(escape(status.reason) or tr("Reading was interrupted. Please try again."))
        return False
    ended = job.events()[-1]
    assert isinstance(ended, JobEnded)
    choose_dataset(ended.result["dataset"])
    st.session_state.pop("run", None)
    _say_skipped(ended.result)
    if st.session_state.pop("then_train", False):
        from pages.shared.pages import TRAIN

        st.switch_page(TRAIN, query_params={"dataset": ended.result["dataset"]})
    return False


def about_to_go() -> str | None:
    """The set that the reading under way will replace: the worker may take it away at any moment."""
    job_id = st.session_state.get("intake")
    return RunFolder(workspace().jobs / job_id).request.get("replaces") if job_id else None


def _say_skipped(result: dict[str, Any]) -> None:
    """What was added and could not be read is nowhere else on the page."""
    left_out = result.get("left_out", [])
    if left_out:
        names = "; ".join(f"{skip['file']}: {skip['reason']}" for skip in left_out[:5])
        st.warning(escape(tr("{n} could not be added. {names}", n=len(left_out), names=names)))


def failed_reading() -> tuple[dict[str, Any], dict[str, Any]] | None:
    """How the files of the reading that just failed were understood, and what was asked for; None if unknown."""
    job_id = st.session_state.get("failed_intake")
    if job_id is None:
        return None
    job = RunFolder(workspace().jobs / job_id)
    request = job.request
    understood = [event for event in job.events() if isinstance(event, SourceUnderstood)]
    if not understood or "options" not in request:
        return None
    source = {"path": request["source"], "options": request["options"]}
    return understood[-1].proposal, source | ({"into": request["into"]} if request.get("into") else {})


@st.fragment(run_every=0.3)
def _progress(job: RunFolder) -> None:
    if not job.status().active:
        st.rerun()
    phase = follow(job.events()).phase
    if phase:
        said = tr(_PHASES.get(phase.phase, "Checking"), done=f"{phase.done:,}", total=f"{phase.total:,}")
        st.progress(min(1.0, phase.done / max(1, phase.total)), said)
    else:
        st.progress(0.0, tr("Opening the files"))
    if st.button(tr("Cancel"), key="cancel-intake"):
        launcher().stop(job)
