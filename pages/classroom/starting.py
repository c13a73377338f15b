"""The teacher's button in one's own program: start a class, open its board, end it."""

from __future__ import annotations

import atexit
from dataclasses import dataclass

import streamlit as st

from core.classroom.starting import Started, start_class
from pages.shared.services import workspace
from pages.shared.words import problems_shown, session_language, tr


@dataclass
class _Running:
    """The class that this program has started, if it has."""

    class_: Started | None = None

    def stop(self) -> None:
        if self.class_ and self.class_.runs:
            self.class_.stop()
        self.class_ = None


@st.cache_resource(show_spinner=False)
def _running() -> _Running:
    made = _Running()
    atexit.register(made.stop)
    return made


def show_class_button() -> None:
    """Start a class in the local network; once there is one, the way to its board, and its end."""
    running = _running()
    if running.class_ is None or not running.class_.runs:
        says = tr("Others in your network join with a code from their own devices, each with a space of their own.")
        if st.button(tr("Start a class"), icon=":material/groups:", key="start-class", help=says):
            with problems_shown(), st.spinner(tr("Opening the class")):
                running.class_ = start_class(workspace(), session_language().code)
                st.rerun()
        return
    st.link_button(tr("Open the teacher's board"), running.class_.about["teacher"], icon=":material/groups:")
    if st.button(tr("End the class"), icon=":material/stop:", key="end-class",
                 help=tr("What the students made stays, and the class can be opened again.")):  # fmt: skip
        running.stop()
        st.rerun()
