"""An experiment or a learning curve: begun, found again, watched, stopped."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from core.errors import UserError
from core.events import Event, WayJudged
from core.runs.folder import RunFolder, Status, list_jobs
from core.runs.progress import last_progress, share_of, wording
from core.workspace import is_safe_id
from pages.shared.jobs import make_room
from pages.shared.services import launcher, workspace
from pages.shared.words import STATES, tr

REFRESH_SECONDS = 1.0
MOST_EARLIER = 5


Name = Callable[[RunFolder], str]


def asked_study(kind: str, name: Name) -> RunFolder | None:
    """The study of `?study=`, else of this session; a bad value, one of another kind, or one that `name` cannot read
    is passed over."""
    for study_id in (st.query_params.get("study"), st.session_state.get(f"study-{kind}")):
        folder = RunFolder(workspace().studies / study_id) if study_id and is_safe_id(study_id) else None
        if folder and folder.readable and folder.about()["kind"] == kind and _named(folder, name):
            return choose_study(folder, kind)
    st.query_params.pop("study", None)
    return None


def choose_study(folder: RunFolder, kind: str) -> RunFolder:
    st.session_state[f"study-{kind}"] = st.query_params["study"] = folder.id
    return folder


def leave_study(kind: str) -> None:
    st.session_state.pop(f"study-{kind}", None)
    st.query_params.pop("study", None)


def start_study(kind: str, title: str, request: dict[str, Any]) -> None:
    """Have a worker do it; the page that is drawn next shows how far it is."""
    make_room()
    folder = RunFolder.create(workspace().studies, kind, title, request)
    launcher().start(folder)
    choose_study(folder, kind)
    st.rerun()


def show_earlier(kind: str, dataset_id: str, name: Name) -> None:
    """A button for each of the last studies of the set, by what `name` calls it and its time."""
    own = [folder for folder in list_jobs(workspace().studies) if _is_of(folder, kind, dataset_id)]
    named = [(said, folder) for folder in own[:MOST_EARLIER] if (said := _named(folder, name))]
    if named:
        st.subheader(tr("Earlier ones"))
    for said, folder in named:
        state, icon = STATES[folder.status().state]
        if st.button(said, help=tr(state), key=f"earlier-{folder.id}", icon=f":material/{icon}:"):
            choose_study(folder, kind)
            st.rerun()


def say_state(folder: RunFolder, status: Status) -> None:
    """How it ended, where that is not as planned."""
    if status.state in ("failed", "interrupted"):
        st.error(f"**{tr(STATES[status.state][0])}.** {tr(status.reason)}")
    elif status.state == "stopped":
        st.info(tr("It was stopped. What was done before counts, for as many draws as there were."))


def show_progress(folder: RunFolder, events: list[Event], status: Status) -> None:
    """A bar, what happens now, the time left, and a button to stop."""
    share, said = _now(folder, events, status)
    st.progress(min(1.0, share), said)
    stopping = folder.stop_requested()
    if st.button(
        tr("Stopping ...") if stopping else tr("Stop and keep what is done"), icon=":material/stop:", key="stop-study",
        disabled=stopping,
    ):  # fmt: skip
        launcher().stop(folder)
        st.rerun()


def _now(folder: RunFolder, events: list[Event], status: Status) -> tuple[float, str]:
    if status.state == "queued" and launcher().position(folder) is not None:
        return 0.0, tr("Waiting: something else is training. This starts when it is done.")
    done, last = last_progress(events, "ways"), last_progress(events)
    said = [tr(wording(done))] if done else []
    judged = next((e for e in reversed(events) if isinstance(e, WayJudged)), None)
    if done and judged and judged.draw > 0:
        said.append(tr("{time:duration} left", time=judged.seconds / done.done * (done.total - done.done)))
    elif expected := folder.request.get("expected"):
        said.append(tr("takes {time:duration} in all", time=expected))
    if last and last != done:
        said.append(tr(wording(last)))
    return (share_of(done) if done else 0.0), " · ".join(said) or tr("Starting")


def _named(folder: RunFolder, name: Name) -> str:
    """What it is called, with its time; nothing for one that another version of the program made otherwise."""
    try:
        return f"{name(folder)} · {folder.about()['created'][:16].replace('T', ' ')}"
    except UserError:
        return ""


def _is_of(folder: RunFolder, kind: str, dataset_id: str) -> bool:
    about = folder.about()
    request = about["request"]  # a race goes on with a version of the set that keeps its final test
    return about["kind"] == kind and dataset_id in (request.get("dataset"), request.get("held_back"))
