"""What a class adds to every page: whose session it is, the way out, and the teacher's "eyes up"."""

from __future__ import annotations

from collections.abc import Collection

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from core.classroom.access import SHOWN
from core.classroom.room import ClassRoom
from core.errors import UserError
from pages.classroom.collecting import show_menu_link, show_own_pictures, show_phone_link
from pages.classroom.giving import show_handed
from pages.classroom.showing import show_question, watch_onlooker
from pages.shared.pages import BOARD, RESULT, TRY, Page, is_turning
from pages.shared.services import shown, signed_in, visitor
from pages.shared.words import STUDENT, error_text, plain, tr

_EVERY = 4
"""Seconds between two looks at whether all are to look up. Thirty pages that ask every second would cost a core."""
_WHOSE = "visitor"


def sit_down(room: ClassRoom) -> None:
    """The session belongs to whoever signed in with this browser. What it remembers of somebody else is forgotten."""
    whose = st.query_params.get(SHOWN) or shown()
    try:
        if whose and signed_in(room).is_teacher:
            st.session_state[SHOWN] = st.query_params[SHOWN] = whose  # a reload, too, shows this and nothing else
        me = visitor()
    except UserError as error:
        if not shown():
            st.session_state.clear()
        st.error(error_text(error))
        if not shown():
            st.html(f'<a href="/join" target="_self">{plain("Join the class")}</a>')
        st.stop()
    if st.session_state.setdefault(_WHOSE, me.id) != me.id:
        st.session_state.clear()
        st.session_state[_WHOSE] = me.id
        if me.is_onlooker:
            st.session_state[SHOWN] = whose
    st.session_state[STUDENT] = not signed_in(room).is_teacher
    context = get_script_run_ctx()
    assert context is not None, "only pages are drawn"
    room.presence.has_session(signed_in(room).id, context.session_id)


def menu_of(room: ClassRoom | None) -> tuple[tuple[Page, ...], Collection[Page] | None]:
    """The pages that nobody else has, and which of the others stand in the menu: None for all that usually do."""
    if room is None:
        return (), None
    return ((BOARD,), None) if visitor().is_teacher else ((), (RESULT, TRY) if visitor().is_onlooker else None)


def show_desk(room: ClassRoom) -> None:
    """Who one is in this class, and the way out."""
    st.markdown(tr("{class_name}: **{name}**", class_name=room.name, name=visitor().shown))
    # A link in Markdown would open another window, and leave the one in which somebody is still signed in.
    if not visitor().is_onlooker:
        show_menu_link()
        st.html(f'<a href="/join" target="_self">{plain("Leave or change")}</a>')


def is_held(room: ClassRoom) -> bool:
    """Whether the teacher wants this person to look up: then this is said, and nothing of the page is to be drawn, so
    that its timers stop. Whoever is at work finds all as it was."""
    me = visitor()
    if me.is_teacher or is_turning():
        return False
    if me.is_onlooker:
        watch_onlooker(room)
        return False
    held = room.is_held(me)
    _watch(room, _state(room))
    if held:
        st.title(tr(":material/visibility: Eyes up"), anchor=False)
        st.markdown(tr("Your teacher wants to show or say something. Nothing is lost: what trains continues."))
    else:
        show_handed(room)
        show_question(room, me)
        show_phone_link(room)
        show_own_pictures(room)
    return held


@st.fragment(run_every=_EVERY)
def _watch(room: ClassRoom, before: object) -> None:
    if _state(room) != before:
        st.rerun()


def _state(room: ClassRoom) -> object:
    """What a student's page has to show anew when it changes."""
    me = visitor()
    return room.is_held(me), room.handed.number, room.showings.of(me.id), room.collection
