"""A line above every page while a lesson is under way: which one, what is to be done, and the way back to it."""

from __future__ import annotations

import time
from contextlib import suppress

import streamlit as st

from core.errors import UserError
from core.lessons.catalogue import get_lesson
from core.lessons.goals import Look, look
from core.lessons.lesson import Do
from core.lessons.progress import last_lesson, read_progress
from core.messages import Message
from core.storage import Damaged
from pages.shared.pages import LESSONS, link
from pages.shared.services import workspace
from pages.shared.words import Markdown, session_language, tr

_A_WHILE = 3600
"""Seconds: one lesson lasts 45 minutes."""


def show_lesson_bar(page: st.Page) -> None:
    """Nothing where no lesson is under way, and on the page of the lessons itself. A reload begins a new session: there
    it is the lesson in which something was done a while ago."""
    if page.url_path == LESSONS.path:
        return
    if "lesson" not in st.session_state:
        last = last_lesson(workspace(), since=time.time() - _A_WHILE)
        st.session_state["lesson"] = last[0] if last and last[1].begun and not last[1].over else None
    lesson_id = st.session_state["lesson"]
    if lesson_id is None:
        return
    with suppress(UserError):  # its file was changed or removed meanwhile: the page of the lessons says so
        lesson = get_lesson(lesson_id, session_language().code, workspace())
        progress = read_progress(lesson, workspace())
        if isinstance(progress, Damaged):
            return
        step = lesson.steps[progress.step]
        seen = look(step.goal, workspace()) if isinstance(step, Do) else Look()
        done = seen.found is not None
        with st.container(border=True):
            with st.container(horizontal=True, vertical_alignment="center"):
                st.markdown(
                    tr(":material/school: **{lesson}** · {step}", lesson=lesson.title, step=step.title),
                    width="stretch",
                )
                if done:
                    st.markdown(tr(":green-badge[:material/check: Done]"))
                link(LESSONS, Message("Back to the lesson"), lesson=lesson.id)
            if isinstance(step, Do) and step.text and not done:
                # While it is under way, what happens is to be in view.
                says, icon = tr("What to do"), ":material/checklist:"
                with st.expander(says, icon=icon, type="compact", expanded=not seen.active):
                    st.markdown(Markdown(step.text))
