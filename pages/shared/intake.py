"""Importing files, from any page: start it, watch it, then go on with the dataset."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import streamlit as st

from core.data.readers.reading import ReadOptions
from core.data.samples import get_sample
from core.events import JobEnded, SourceUnderstood
from core.messages import NOTHING, Message, sentences
from core.runs.folder import RunFolder
from core.runs.progress import last_progress, share_of, wording
from pages.shared.current import choose_dataset
from pages.shared.jobs import says_place
from pages.shared.services import launcher, refresh, workspace
from pages.shared.words import plain, tr

_NAMED = 5


def start_intake(source: str, options: ReadOptions | None = None, *, replaces: str | None = None) -> None:
    """Have a worker read `source` (a path or `sample:ID`). The page that runs next must call `watch_intake`.

    StorageError where not even the job can be written down.
    `replaces`: the dataset that the same source was read as before; it goes when the new reading is there.
    """
    if options is None and source.startswith("sample:"):  # runs and exports of it are called so, too
        options = ReadOptions(title=plain(get_sample(source.removeprefix("sample:")).title))
    _start("intake", {"source": source, "options": asdict(options or ReadOptions()), "replaces": replaces})


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
    """Have a worker add what is at `source_path` to the dataset `into`, or begin one called `title` with it.

    StorageError where not even the job can be written down.
    `replaces`: the version that the same addition made when it was read otherwise.
    """
    request = {"source": source_path, "into": into, "label": label, "title": title, "burst": burst}
    read = {"options": asdict(options or ReadOptions()), "replaces": replaces}
    _start("add", {**request, **read})


def start_shots(
    albums: Sequence[tuple[str, str]], title: str, *, into: str | None = None, moves: bool = False,
    replaces: str | None = None,
) -> None:  # fmt: skip
    """Have a worker make a dataset called `title` of the pictures in `albums` (who gave them, and where they are), or
    add them to the dataset `into`; with `moves` they are in the album no more.

    StorageError where not even the job can be written down.
    `replaces`: the dataset that was made of them before; it goes, unless something was done with it.
    """
    request = {"albums": list(albums), "title": title, "into": into, "moves": moves, "replaces": replaces}
    _start("shots", {"source": title, **request})


def _start(kind: str, request: dict[str, Any]) -> None:
    job = RunFolder.create(workspace().jobs, kind, request["source"], request)
    launcher().start(job, heavy=False)
    st.session_state["intake"] = job.id
    forget_failure()


def forget_failure() -> None:
    """What could not be read is no longer spoken of."""
    for name in ("failed_intake", "intake_said"):
        st.session_state.pop(name, None)


def watch_intake() -> bool:
    """Show the import under way, if any. True while it lasts; afterwards the dataset is the current one."""
    job_id = st.session_state.get("intake")
    if job_id is None:
        _say_how_it_ended()
        return False
    job = RunFolder(workspace().jobs / job_id)
    status = job.status()
    if status.active:
        _progress(job)
        return True
    del st.session_state["intake"]
    if status.state == "completed":
        _go_on(job)
    elif status.state == "stopped":
        _note("info", status.reason)
    else:
        st.session_state["failed_intake"] = job_id
        asks = failed_reading() is not None  # what can be read after a choice is no error
        _note("info" if asks else "error", status.reason or Message("Importing was interrupted. Please try again."))
    _say_how_it_ended()
    return False


def _go_on(job: RunFolder) -> None:
    ended = job.events()[-1]
    assert isinstance(ended, JobEnded)
    choose_dataset(ended.result["dataset"])
    st.session_state.pop("run", None)
    if job.about()["kind"] in ("add", "shots"):
        _note_left_out(ended.result["left_out"], ended.result["notes"])


def _note_left_out(left_out: list[dict[str, Any]], notes: list[Message]) -> None:
    """The report of a dataset tells what was skipped and noticed, but not of an addition."""
    said = list(notes)
    if left_out:
        skips = [Message("{file}: {reason}", file=skip["file"], reason=skip["reason"]) for skip in left_out[:_NAMED]]
        said.append(Message("Not added: {n}. {skips}", n=len(left_out), skips=sentences(*skips)))
    if said:
        _note("warning" if left_out else "info", sentences(*said))


def _note(kind: str, text: Message) -> None:
    """To be said until the next import, or until another dataset is looked at: pages are drawn anew at any moment."""
    st.session_state["intake_said"] = (kind, text, st.session_state.get("dataset"))


def failure() -> Message:
    """Why what was to be imported last could not be."""
    said: Message = st.session_state.get("intake_said", ("", NOTHING, None))[1]
    return said


def _say_how_it_ended() -> None:
    kind, text, dataset_id = st.session_state.get("intake_said", ("", NOTHING, None))
    if not text or failed_reading() is not None:  # a dialog says it
        return
    if dataset_id != st.session_state.get("dataset"):
        del st.session_state["intake_said"]
        return
    {"info": st.info, "warning": st.warning, "error": st.error}[kind](tr(text))


def about_to_go() -> str | None:
    """The dataset that the import under way will replace: the worker may take it away at any moment."""
    job_id = st.session_state.get("intake")
    return RunFolder(workspace().jobs / job_id).request.get("replaces") if job_id else None


def failed_source() -> str | None:
    """The path of what could not be read just now."""
    job_id = st.session_state.get("failed_intake")
    return RunFolder(workspace().jobs / job_id).request["source"] if job_id else None


def failed_import() -> bool:
    """True where a dataset of its own could not be read just now: no other one is shown as if it were that."""
    job_id = st.session_state.get("failed_intake")
    return job_id is not None and not RunFolder(workspace().jobs / job_id).request.get("into")


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


@st.fragment(run_every=refresh(0.3))
def _progress(job: RunFolder) -> None:
    if not job.status().active:
        st.rerun()
    stage = last_progress(job.events())
    if stage:
        st.progress(share_of(stage), tr(wording(stage)))
    else:
        st.progress(0.0, tr(says_place(job) or Message("Opening the files")))
    if st.button(tr("Cancel"), key="cancel-intake"):
        launcher().stop(job)
