"""The end of a class: all of it as one file for whoever wants it, how much each may take, and nothing left behind."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import streamlit as st

from core.classroom.room import ClassRoom
from core.errors import StorageError
from core.messages import Message, counted
from core.runs.folder import RunFolder
from pages.shared.downloads import download_address
from pages.shared.jobs import known_background, show_asked, start_asked
from pages.shared.services import launcher
from pages.shared.words import plain, problems_shown, session_language, tr

_SAVE = "save-class"


def show_keeping(room: ClassRoom) -> None:
    st.subheader(tr("Keep and delete"), anchor=False)
    saving, limits, end = st.columns(3)
    with saving, problems_shown():
        _show_saving(room)
    with limits, problems_shown():
        _show_limits(room)
    with end, problems_shown():
        _show_end(room)


def _show_saving(room: ClassRoom) -> None:
    """One file with a project for each student, which anybody can open who has the program."""
    job = known_background(_SAVE)
    if job is not None:
        show_asked(_SAVE, job, _saved, waits=Message("Getting ready"), again=Message("Save the class again"))
    elif st.button(tr("Save the class as one file"), icon=":material/folder_zip:", key="save-class"):
        homes = [(plain(member.called), str(room.workspace_of(member).root)) for member in room.members]
        start_asked(_SAVE, "save_class", room.name, {"homes": homes, "language": session_language().code})
        st.rerun()
    else:
        st.caption(tr("A project file for each student, with their examples and models, all in one zip."))


def _saved(job: RunFolder, result: dict[str, Any]) -> None:
    n = result["projects"]
    st.success(tr(counted("**Saved**: the work of {n} student.", "**Saved**: the work of {n} students.", n=n)))
    st.caption(tr("It holds their examples: look at it before you pass it on."))
    st.link_button(tr("Download the class ({size:bytes})", size=result["bytes"]),
                   download_address(job.id, result["file"]), type="primary", icon=":material/download:")  # fmt: skip


def _show_limits(room: ClassRoom) -> None:
    """What each student may take."""
    quotas = room.quotas
    with st.popover(tr("Limits for each student"), icon=":material/data_usage:"):
        asked = {
            "megabytes": st.number_input(tr("Room on the disk (MB)"), 10, 100_000, quotas.megabytes, 100),
            "examples": st.number_input(tr("Examples"), 10, 200_000, quotas.examples, 100),
            "minutes": st.number_input(tr("Minutes for one job"), 1, 240, quotas.minutes),
        }
        if st.button(tr("Set"), key="set-quotas") and asked:
            room.set_quotas(replace(quotas, **asked))
            st.toast(tr("From now on these limits hold."), icon=":material/check:")


def _show_end(room: ClassRoom) -> None:
    with st.popover(tr("Delete everything"), icon=":material/delete_forever:"):
        st.markdown(tr("Everything that the students made is deleted, and they are taken out of the class. It does not "
                       "come back: save the class first if anybody wants to keep something. Datasets that you made of "
                       "what the class collected are yours and stay: delete them in the Library."))  # fmt: skip
        sure = st.checkbox(tr("Yes, delete all that the students made"), key="wipe-sure")
        if st.button(tr("Delete everything"), type="primary", disabled=not sure, key="wipe"):
            failed: list[Message] = []
            for member in room.members:
                launcher().stop_all(room.workspace_of(member))
                try:
                    room.remove(member.id)
                except StorageError as error:
                    failed.append(error.problem)
            room.forget_cache()
            for said in failed:
                st.error(tr(said))
            st.rerun()
