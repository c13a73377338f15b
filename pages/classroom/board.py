"""The teacher's board: how to join, what everybody has and does, and whatever a teacher does about it."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from core.classroom.guessing import readable
from core.classroom.page import join_link, qr_code
from core.classroom.room import ClassRoom, Member
from core.classroom.sharing import LITTLE_ROOM
from core.classroom.showing import Showing
from core.classroom.standings import FEWEST, League, Standing, Standings, league
from core.lessons.catalogue import all_lessons
from core.lessons.lesson import Lesson
from core.lessons.progress import Progress
from core.messages import Message, counted
from core.runs.local import UnderWay
from core.storage import free_bytes
from pages.classroom.collecting import show_collecting
from pages.classroom.giving import show_giving
from pages.classroom.keeping import show_keeping
from pages.classroom.showing import says_showing, show_asking
from pages.shared.figures import BASELINE, TRAINING, show_chart
from pages.shared.services import addresses, classroom, launcher, visitor, workspace
from pages.shared.words import escape, percent, plain, problems_shown, session_language, share_range, tr

_EVERY = 3
_ABREAST = 4
_SILENT = 180
"""Seconds without a word from somebody who has a page open, after which the teacher may want to look."""
_CHOSEN = "board-member"


@st.cache_resource(show_spinner=False)
def _standings() -> Standings:
    return Standings()


# --- joining ----------------------------------------------------------------------------------------------------------


def _head(room: ClassRoom) -> None:
    """Where and with which code one joins; for the wall it has a page of its own."""
    found = addresses()
    picture, words, buttons = st.columns([2, 6, 5], vertical_alignment="center")
    with picture:
        if found:
            st.image(qr_code(join_link(room, found[0])), width=130)
    with words:
        st.title(escape(room.name), anchor=False)
        if not found:
            st.warning(tr("This computer is in no network: connect it to the one that the students are in."))
        else:
            st.markdown(tr("Open **{address}** and type **{code}**", address=found[0], code=readable(room.code)))
        if found[1:]:
            st.caption(tr("This computer is also called {addresses:any}.", addresses=found[1:]))
        st.html(f'<a href="/projector" target="_blank">{plain("Show this on the projector")}</a>')
    with buttons, problems_shown():
        _switches(room)


def _switches(room: ClassRoom) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        held = room.held
        if st.button(
            tr("Let them continue") if held else tr("Eyes up"), type="primary",
            icon=":material/play_arrow:" if held else ":material/visibility:", key="eyes-up",
            help=tr("Everybody's page waits, and no new training begins, until you let them continue."),
        ):  # fmt: skip
            room.hold(not held)
            launcher().wake()
            st.rerun()
        if st.button(tr("Stop all trainings"), icon=":material/stop:", key="stop-everything"):
            for workspace in room.workspaces:
                launcher().stop_all(workspace)
        if st.button(tr("New code"), icon=":material/autorenew:", key="new-code",
                     help=tr("Whoever is in stays in. The old code opens nothing any more.")):  # fmt: skip
            room.change_code()
            st.rerun()
        allowed = st.toggle(tr("More may join"), value=room.open, key="class-open")
        if allowed != room.open:
            room.let_in(allowed)
            st.rerun()


# --- everybody --------------------------------------------------------------------------------------------------------


@st.fragment(run_every=_EVERY)
def _everybody(room: ClassRoom, said: Showing | None) -> None:
    """A tile for each, then the scores without names. The page is drawn anew when the student who is chosen says
    otherwise than they `said`."""
    if _said(room) != said:
        st.rerun()
    if (free := free_bytes(room.folder)) < LITTLE_ROOM:
        st.error(
            tr(
                "Only {free:bytes} are free on the disk of this computer: what students make may soon be refused. Make "
                "room on it.",
                free=free,
            )
        )
    known = {member.id: _standings().of(room, member) for member in room.members}
    under_way = launcher().under_way()
    lessons = {one.id: one for one in all_lessons(session_language().code, workspace())[0]}
    here = sum(room.presence.is_here(member.id) for member in room.members)
    st.subheader(tr(counted("{n} student, {here} here", "{n} students, {here} here", n=len(room.members), here=here)),
                 anchor=False)  # fmt: skip
    for start in range(0, len(room.members), _ABREAST):
        for place, member in zip(st.columns(_ABREAST), room.members[start : start + _ABREAST], strict=False):
            root = str(room.workspace_of(member).root)
            with place.container(border=True, height="stretch", gap="xxsmall"):
                standing = known[member.id]
                jobs = [one for one in under_way if one.owner == root]
                _tile(room, member, standing, jobs, lessons.get(standing.lesson))
    _show_league(league(list(known.values())))


def _tile(room: ClassRoom, member: Member, standing: Standing, jobs: Sequence[UnderWay], lesson: Lesson | None) -> None:
    if st.button(
        tr(member.shown), key=f"member-{member.id}", type="tertiary", help=tr("What can be done about this student"),
        icon=":material/expand_more:", icon_position="right",
    ):  # fmt: skip
        st.session_state[_CHOSEN] = member.id
        st.rerun()
    st.caption(tr(_now(room, member, jobs)))
    says = [
        counted("{n} example", "{n} examples", n=standing.examples), counted("{n} run", "{n} runs", n=standing.runs),
    ]  # fmt: skip
    st.markdown(" · ".join(map(tr, says)))
    if lesson:
        st.caption(tr(_how_far(lesson, standing.progress)))
    says_showing(room.showings.of(member.id), member)
    if standing.score:
        st.markdown(tr("**{share}** ({interval}, {n} checked)", share=percent(standing.score.accuracy),
                       interval=share_range(standing.score.interval), n=standing.score.n))  # fmt: skip


def _how_far(lesson: Lesson, progress: Progress) -> Message:
    """Which lesson, and which step of how many."""
    if progress.over:
        return Message(":material/school: {lesson}: finished", lesson=lesson.title)
    total = len(lesson.steps)
    return Message(
        ":material/school: {lesson}: step {n} of {total}", lesson=lesson.title, n=min(progress.step + 1, total),
        total=total,
    )  # fmt: skip


def _now(room: ClassRoom, member: Member, jobs: Sequence[UnderWay]) -> Message:
    """What somebody is doing, in a few words with an icon."""
    silent = room.presence.silent(member.id)
    if member.held or room.held:
        return Message(":material/visibility: is to look up")
    if any(one.position is None for one in jobs):
        return Message(":material/play_circle: at work")
    if jobs:
        first = min(jobs, key=lambda one: one.seconds)
        return Message(":material/hourglass_empty: waits, place {n:d}", n=(first.position or 0) + 1)
    if room.presence.takes_pictures(member.id):
        return Message(":material/photo_camera: takes pictures")
    if not room.presence.is_here(member.id):
        return Message(":material/logout: has no page open")
    if silent is not None and silent > _SILENT:
        return Message(":orange[:material/warning: silent for {time:duration}]", time=silent)
    return Message(":material/check: here")


def _show_league(found: League) -> None:
    if len(found.scores) < FEWEST:
        return
    import plotly.graph_objects as go

    st.subheader(tr("Scores, without names"), anchor=False)
    st.markdown(tr(found.says))
    places = list(range(1, len(found.scores) + 1))
    ends = [(one.interval[1] - one.accuracy, one.accuracy - one.interval[0]) for one in found.scores]
    above, below = ([100 * end for end in side] for side in zip(*ends, strict=True))
    bars = {"type": "data", "symmetric": False, "color": BASELINE, "array": above, "arrayminus": below}
    shares = [100 * one.accuracy for one in found.scores]
    figure = go.Figure(
        go.Scatter(x=shares, y=places, mode="markers", marker={"size": 9, "color": TRAINING}, error_x=bars)
    )
    figure.update_layout(
        height=90 + 22 * len(places), margin={"l": 8, "r": 8, "t": 8, "b": 8}, showlegend=False,
        xaxis={"title": plain("Accuracy (95\u00a0% confidence interval)"), "ticksuffix": "\u00a0%", "range": [0, 101]},
        yaxis={"autorange": "reversed", "showticklabels": False},
    )  # fmt: skip
    show_chart(figure, key="league", alt=plain(found.says))
    if found.others:
        n = found.others
        st.caption(tr(counted("{n} score is on another dataset, and compares with nothing here.",
                              "{n} scores are on other datasets, and compare with nothing here.", n=n)))  # fmt: skip


# --- one of them ------------------------------------------------------------------------------------------------------


def _said(room: ClassRoom) -> Showing | None:
    """What the chosen student says to the question whether their model may be shown."""
    return room.showings.of(st.session_state.get(_CHOSEN, ""))


def _chosen(room: ClassRoom) -> None:
    """What can be done about the student whose tile was pressed."""
    member = room.member(st.session_state.get(_CHOSEN, ""))
    if member is None:
        return
    home, name = room.workspace_of(member), member.called
    with st.container(border=True), problems_shown():
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(tr("**{name}**", name=member.shown), width="content")
            if st.button(tr("Let continue") if member.held else tr("Look up"), icon=":material/visibility:",
                         key="hold-one", help=tr("“Eyes up” for this student alone")):  # fmt: skip
                room.hold(not member.held, member.id)
                launcher().wake()
                st.rerun()
            if st.button(tr("Stop what runs"), icon=":material/stop:", key="stop-one"):
                launcher().stop_all(home)
            if st.button(tr("Another device"), icon=":material/devices:", key="pass-one",
                         help=tr("A code for this student alone, to come in on another device, once, within ten "
                                 "minutes")):  # fmt: skip
                st.session_state["board-pass"] = (member.id, room.make_pass(member))
            show_asking(room, member, _standings().of(room, member).run)
            with st.popover(tr("Delete"), icon=":material/delete:"):
                st.markdown(tr("What is deleted here does not come back."))
                if st.button(tr("Delete all that {name} made", name=name), key="clear-one"):
                    launcher().stop_all(home)
                    room.clear(member)
                    st.rerun()
                if st.button(tr("Take {name} out of the class, with all that is theirs", name=name), key="remove-one"):
                    launcher().stop_all(home)
                    room.remove(member.id)
                    st.rerun()
            if st.button(tr("Close"), icon=":material/close:", key="close-one", type="tertiary"):
                st.session_state.pop(_CHOSEN)
                st.rerun()
        for_whom, code = st.session_state.get("board-pass", ("", ""))
        if for_whom == member.id:
            st.info(tr("On the other device, type **{code}** where the code is asked for.", code=readable(code)))


room = classroom()
if room is None or not visitor().is_teacher:
    st.error(tr("This page is the teacher's."))
    st.stop()
_head(room)
_chosen(room)
_everybody(room, _said(room))
show_collecting(room)
show_giving(room)
show_keeping(room)
