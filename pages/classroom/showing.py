"""One student's model on the wall: the teacher's question and the way there, the student's answer, and its end."""

from __future__ import annotations

import streamlit as st

from core.classroom.room import ClassRoom, Member
from core.classroom.showing import AGREED, ASKED, Showing
from core.runs.folder import RunFolder
from pages.shared.pages import RESULT
from pages.shared.services import launcher, shown, workspace
from pages.shared.words import plain, problems_shown, title_of, tr

_EVERY = 4


# --- the teacher ---


def show_asking(room: ClassRoom, member: Member, run: RunFolder | None) -> None:
    """Ask a student to let their newest model be shown, or end it."""
    known = room.showings.of(member.id)
    if known and known.state in (ASKED, AGREED):
        ends = tr("Do not show it any more") if known.state == AGREED else tr("Take the question back")
        if st.button(ends, icon=":material/cast:", key="show-end"):
            _stop_jobs(room, member)
            room.showings.end(member.id)
            st.rerun()
    elif run is not None and st.button(
        tr("Show their model"), icon=":material/cast:", key="show-ask",
        help=tr("The student is asked first. If they agree, the newest result stands here, to open for the projector."),
    ):  # fmt: skip
        room.showings.ask(member.id, run)
        st.rerun()


def says_showing(known: Showing | None, member: Member) -> None:
    """What came of the question, on the tile of a student; where they agree, the way to their model."""
    if known is None:
        return
    if known.state == AGREED:
        address = f"/{RESULT.path}?run={known.run}&shown={member.id}&projector=true"
        st.html(f'<a href="{address}" target="_blank">{plain("Open their model for the projector")}</a>')
    elif known.state == ASKED:
        st.caption(tr(":material/cast: was asked to show a model"))
    else:
        st.caption(tr(":material/cast: does not want to show it"))


@st.fragment(run_every=_EVERY)
def watch_onlooker(room: ClassRoom) -> None:
    """Draw the page anew when the student takes it back: then nothing of it stands there any more."""
    if not room.showings.agreed(shown()):
        st.rerun()


# --- the student ---


def show_question(room: ClassRoom, me: Member) -> None:
    """The question, above every page; and while it is shown, the way to take it back."""
    known = room.showings.of(me.id)
    if known is None or known.state not in (ASKED, AGREED):
        return
    with st.container(horizontal=True, vertical_alignment="center", border=True), problems_shown():
        if known.state == ASKED:
            st.markdown(
                tr(
                    "Your teacher asks: may everybody see your model **{title}** on the projector? They see its result "
                    "with your examples and the titles that you gave, and try it; nothing else of yours. You can take "
                    "it back at any time.", title=title_of(known.title),
                ),
                width="stretch",
            )  # fmt: skip
            if st.button(tr("Yes"), key="show-yes"):
                room.showings.agree(me.id, known.run, workspace())
                st.rerun()
            no = tr("No")
        else:
            said = tr(
                ":material/cast: Your model **{title}** may be shown on the projector.", title=title_of(known.title)
            )
            st.markdown(said, width="stretch")
            no = tr("Take it back")
        if st.button(no, key="show-no"):
            _stop_jobs(room, me)
            room.showings.refuse(me.id)
            st.rerun()


def _stop_jobs(room: ClassRoom, member: Member) -> None:
    """Whatever is asked of the copy just now."""
    launcher().stop_all(room.showings.workspace(member.id))
