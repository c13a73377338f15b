"""What the teacher gives to everybody at once: a dataset of the teacher's own, or a lesson."""

from __future__ import annotations

import streamlit as st

from core.classroom.handing import give_dataset, give_lesson
from core.classroom.pooling import last_pooled, pool
from core.classroom.room import ClassRoom
from core.data.versions import latest_versions
from core.errors import UserError
from core.lessons.catalogue import all_lessons, lesson_files
from core.lessons.progress import last_lesson
from core.messages import Message, counted
from pages.shared.pages import LESSONS, POOLED, START, link
from pages.shared.services import workspace
from pages.shared.words import plain, problems_shown, session_language, title_of, tr


def show_giving(room: ClassRoom) -> None:
    """A choice of what there is, and a button."""
    st.subheader(tr("Give to everybody"), anchor=False)
    data, lesson, together = st.columns(3)
    with together, problems_shown():
        _pool(room)
    with data, problems_shown():
        _give_data(room)
    with lesson, problems_shown():
        _give_lesson(room)


def _give_data(room: ClassRoom) -> None:
    kept = dict(latest_versions(workspace()))
    if not kept:
        st.caption(tr("Open a sample or your own files in the Studio: then you can give them to everybody."))
        link(START)
        return
    chosen = st.selectbox(tr("Dataset"), list(kept), format_func=lambda one: title_of(kept[one]["title"]),
                          key="give-dataset")  # fmt: skip
    if st.button(tr("Give it to all"), icon=":material/send:", key="give-it"):
        failed = []
        with st.spinner(tr("Handing it out")):
            for member in room.members:
                try:
                    give_dataset(chosen, workspace(), room.workspace_of(member))
                except UserError as error:  # the others get it all the same
                    failed.append(Message("{name}: {why}", name=member.called, why=error.problem))
        room.hand_out(dataset=chosen, title=kept[chosen]["title"])
        n = len(room.members) - len(failed)
        st.toast(tr(counted("{n} student has it.", "{n} students have it.", n=n)), icon=":material/check:")
        for said in failed:
            st.error(tr(said))


def _give_lesson(room: ClassRoom) -> None:
    lessons = {one.id: one for one in all_lessons(session_language().code, workspace())[0]}
    chosen = st.selectbox(tr("Lesson"), list(lessons), format_func=lambda one: title_of(lessons[one].title),
                          key="give-lesson")  # fmt: skip
    if chosen and st.button(tr("Open it for all"), icon=":material/school:", key="open-lesson"):
        for member in room.members:
            give_lesson(chosen, workspace(), room.workspace_of(member))
        room.hand_out(lesson=chosen, title=lessons[chosen].title)
        st.toast(tr("Everybody is told, on whatever page they are."), icon=":material/check:")


def _pool(room: ClassRoom) -> None:
    """Everybody's own examples as one dataset of the teacher's, which can be given to all in turn."""
    st.caption(
        tr(
            "Put the newest own examples of everybody together. Each keeps its giver, and all of a giver's stay on one "
            "side of the train / validation split."
        )
    )
    if st.button(tr("Pool the class's examples"), icon=":material/merge:", key="pool"):
        with st.spinner(tr("Putting them together")):
            made = pool(room, plain("{class_name}: everybody's examples", class_name=room.name), workspace())
        st.session_state["give-dataset"] = made.dataset
        st.session_state[_POOLED] = made.examples, len(made.givers), made.left_out
        st.rerun()
    if _POOLED in st.session_state:
        n, givers, left_out = st.session_state[_POOLED]
        st.success(
            tr(counted("**{n} example** of {givers} students. It is among your datasets.",
                       "**{n} examples** of {givers} students. They are among your datasets.", n=n, givers=givers))
        )  # fmt: skip
        for said in left_out:
            st.caption(tr(said))
    if dataset_id := last_pooled(workspace()):
        link(START, Message("Look at the pooled examples"), dataset=dataset_id)
        link(POOLED, Message("Compare: each alone or all together"), icon=f":material/{POOLED.icon}:",
             dataset=dataset_id)  # fmt: skip


_POOLED = "pooled"
_SEEN = "handed"


def show_handed(room: ClassRoom) -> None:
    """A student sees above every page what was given last, until it was opened or put aside. From a lesson that they
    have begun there is the way back to it instead."""
    given = room.handed
    if not given.number or st.session_state.get(_SEEN) == given.number:
        return
    page, address = (START, {"dataset": given.dataset}) if given.dataset else (LESSONS, {"lesson": given.lesson})
    if any(st.query_params.get(name) == value for name, value in address.items()):
        st.session_state[_SEEN] = given.number
        return
    if given.dataset and not (workspace().datasets / given.dataset).is_dir():  # who joined later
        return
    if given.lesson and not lesson_files(given.lesson, workspace()):
        give_lesson(given.lesson, room.teachers_own, workspace())
    if given.lesson and _is_under_way(given.lesson):  # after a reload, or in another window
        st.session_state[_SEEN], st.session_state["lesson"] = given.number, given.lesson
        return
    with st.container(horizontal=True, vertical_alignment="center", border=True):
        st.markdown(tr("From your teacher: **{title}**", title=title_of(given.title)), width="stretch")
        link(page, Message("Open it"), icon=":material/arrow_forward:", **address)
        if st.button(tr("Later"), key="handed-later", type="tertiary"):
            st.session_state[_SEEN] = given.number
            st.rerun()


def _is_under_way(lesson_id: str) -> bool:
    last = last_lesson(workspace())
    return last is not None and last[0] == lesson_id and last[1].begun and not last[1].over
