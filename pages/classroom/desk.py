"""What a class adds to every page: whose session it is, the way out, and the teacher's "eyes up"."""

from __future__ import annotations

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from core.classroom.room import ClassRoom
from core.errors import UserError
from pages.classroom.giving import show_handed
from pages.shared.pages import BOARD, Page, is_turning
from pages.shared.services import visitor
from pages.shared.words import error_text, plain, tr

_EVERY = 4
"""Seconds between two looks at whether all are to look up. Thirty pages that ask every second would cost a core."""
_WHOSE = "visitor"


def sit_down(room: ClassRoom) -> None:
    """The session belongs to whoever signed in with this browser. What it remembers of somebody else is forgotten."""
    try:
        me = visitor()
    except UserError as error:
        st.session_state.clear()
        st.error(error_text(error))
        st.html(f'<a href="/join" target="_self">{plain("Join the class")}</a>')
        st.stop()
    if st.session_state.setdefault(_WHOSE, me.id) != me.id:
        st.session_state.clear()
        st.session_state[_WHOSE] = me.id
    context = get_script_run_ctx()
    assert context is not None, "only pages are drawn"
    room.presence.has_session(me.id, context.session_id)


def own_pages(room: ClassRoom | None) -> tuple[Page, ...]:
    """The pages that nobody else has."""
    return (BOARD,) if room and visitor().is_teacher else ()


def show_desk(room: ClassRoom) -> None:
    """Who one is in this class, and the way out."""
    st.markdown(tr("{class_name}: **{name}**", class_name=room.name, name=visitor().shown))
    # A link in Markdown would open another window, and leave the one in which somebody is still signed in.
    st.html(f'<a href="/join" target="_self">{plain("Leave or change")}</a>')


def is_held(room: ClassRoom) -> bool:
    """Whether the teacher wants this person to look up: then this is said, and nothing of the page is to be drawn, so
    that its timers stop. Whoever is at work finds all as it was."""
    me = visitor()
    if me.is_teacher or is_turning():
        return False
    held = room.is_held(me)
    _watch(room, held, room.handed.number)
    if held:
        st.title(tr(":material/visibility: Eyes up"), anchor=False)
        st.markdown(tr("Your teacher wants to show or say something. Nothing is lost: what trains continues."))
    else:
        show_handed(room)
    return held


@st.fragment(run_every=_EVERY)
def _watch(room: ClassRoom, held: bool, handed: int) -> None:
    if room.is_held(visitor()) != held or room.handed.number != handed:
        st.rerun()
