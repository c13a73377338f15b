"""Reading files in, from any page: start it, watch it, then go on with the data set."""

from __future__ import annotations

from dataclasses import asdict

import streamlit as st

from core.data.intake import ReadOptions
from core.events import JobEnded
from core.runs.folder import RunFolder
from core.runs.progress import follow
from pages.shared.current import choose_dataset
from pages.shared.services import launcher, workspace
from pages.shared.words import escape, tr


def start_intake(source: str, options: ReadOptions | None = None, *, then_train: bool = False) -> None:
    """Have a worker read `source` (a path or `sample:ID`). The page that runs next must call `watch_intake`."""
    request = {"source": source, "options": asdict(options or ReadOptions())}
    job = RunFolder.create(workspace().jobs, "intake", source, request)
    launcher().start(job, heavy=False)
    st.session_state["intake"] = job.id
    st.session_state["then_train"] = then_train


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
        st.error(escape(status.reason) or tr("Reading was interrupted. Please try again."))
        return False
    ended = job.events()[-1]
    assert isinstance(ended, JobEnded)
    choose_dataset(ended.result["dataset"])
    st.session_state.pop("run", None)
    if st.session_state.pop("then_train", False):
        from pages.shared.pages import TRAIN

        st.switch_page(TRAIN, query_params={"dataset": ended.result["dataset"]})
    return False


@st.fragment(run_every=0.3)
def _progress(job: RunFolder) -> None:
    if not job.status().active:
        st.rerun()
    phase = follow(job.events()).phase
    if phase:
        said = tr("Reading: {done} of {total}", done=f"{phase.done:,}", total=f"{phase.total:,}")
        st.progress(min(1.0, phase.done / max(1, phase.total)), said)
    else:
        st.progress(0.0, tr("Opening the files"))
    if st.button(tr("Cancel"), key="cancel-intake"):
        launcher().stop(job)
