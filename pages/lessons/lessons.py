"""Lessons: all of them, and how far one is in each; or one of them, a step at a time."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import streamlit as st

from core.errors import UserError
from core.lessons.catalogue import all_lessons, get_lesson
from core.lessons.lesson import Lesson, Quiz
from core.lessons.progress import Progress, keep_progress, read_progress
from core.lessons.sheet import render_sheet, sheet_name
from core.messages import Message, counted
from core.storage import Damaged
from pages.lessons.steps import go_on_to_the_task, show_step
from pages.shared.intake import watch_intake
from pages.shared.pages import DEMO, link
from pages.shared.services import is_student, workspace
from pages.shared.words import Markdown, error_text, escape, problems_shown, session_language, tr

_WIDTH = 860
"""Pixels: lines that are longer are hard to read."""


def _show_all() -> None:
    st.title(tr("Lessons"))
    st.markdown(tr("Guess first, then try it, then see what was measured. Each lesson takes about 45 minutes."))
    code = session_language().code
    lessons, wrong = all_lessons(code, workspace())
    if any(lesson.language != code.partition("-")[0] for lesson in lessons):
        st.caption(tr("A lesson that is not there in your language is shown in another one."))
    progress = [_progress(lesson) for lesson in lessons]
    following = next((at for at, one in enumerate(progress) if not one.over), None)
    for at, lesson in enumerate(lessons):
        _show_card(at + 1, lesson, progress[at], is_next=at == following)
    for error in wrong:
        st.error(error_text(error))
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        said = tr("A demo for an audience: scene after scene, one key for the next, with what to say.")
        st.markdown(said, width="stretch")
        link(DEMO)


def _show_card(number: int, lesson: Lesson, progress: Progress, *, is_next: bool) -> None:
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        said = Markdown(f"**{number} · {escape(lesson.title)}**  \n{escape(lesson.question)}")
        st.markdown(said, width="stretch")
        st.markdown(f":gray-badge[{tr(_how_far(lesson, progress))}]")
        word = Message("Look again") if progress.over else Message("Resume") if progress.begun else Message("Begin")
        if st.button(tr(word), key=f"open-{lesson.id}", type="primary" if is_next else "secondary"):
            _open(lesson)
        if is_student():  # it has the answers
            return
        st.download_button(
            # A click is answered where no page is being drawn, and no language is chosen.
            tr("Teacher's sheet"), partial(render_sheet, lesson, session_language()), sheet_name(lesson),
            "text/html", key=f"sheet-{lesson.id}", icon=":material/print:", type="tertiary", on_click="ignore",
            help=tr("Time plan, what goes wrong, and the answers: a page to print."),
        )  # fmt: skip


def _how_far(lesson: Lesson, progress: Progress) -> Message:
    if progress.over:
        right = sum(progress.right(quiz) for quiz in lesson.of_kind(Quiz))
        asked = sum(len(quiz.questions) for quiz in lesson.of_kind(Quiz))
        return Message("Finished · quiz: {right} of {n}", right=right, n=asked)
    if progress.begun:
        return Message("Step {n} of {total}", n=progress.step + 1, total=len(lesson.steps))
    return counted("{n} minute", "{n} minutes", n=lesson.minutes)


def _open(lesson: Lesson | None) -> None:
    """Look at a lesson, or at all of them. It is under way on the other pages, too, until one leaves it here."""
    if lesson is None:
        st.session_state["lesson"] = None
        st.query_params.pop("lesson", None)
    else:
        st.session_state["lesson"] = st.query_params["lesson"] = lesson.id
    st.rerun()


def _progress(lesson: Lesson) -> Progress:
    """How far one is; from its beginning where that is damaged, which is said."""
    found = read_progress(lesson, workspace())
    if isinstance(found, Damaged):
        st.warning(tr("{why} The lesson starts again.", why=found.why))
        return Progress()
    return found


def _show_lesson(lesson: Lesson) -> None:
    progress = _progress(lesson)
    step, total = lesson.steps[progress.step], len(lesson.steps)
    with st.container(width=_WIDTH):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"#### {escape(lesson.title)}", width="stretch")
            if st.button(tr("All lessons"), icon=":material/list:", type="tertiary"):
                _open(None)
        about = counted("Step {at} of {total} · {n} minute", "Step {at} of {total} · {n} minutes",
                        n=step.minutes, at=progress.step + 1, total=total)  # fmt: skip
        st.progress((progress.step + 1) / total, tr(about))
        with st.container(border=True):
            kept, may_go_on = show_step(lesson, step, progress)
        if kept != progress:
            keep_progress(kept, lesson, workspace())
            st.rerun()
        _show_ways(lesson, progress, may_go_on=may_go_on)


def _show_ways(lesson: Lesson, progress: Progress, *, may_go_on: bool) -> None:
    """Back, and on to the next step or to the end."""
    last = progress.step == len(lesson.steps) - 1
    with st.container(horizontal=True, horizontal_alignment="distribute"):
        if st.button(tr("Back"), icon=":material/arrow_back:", disabled=not progress.step):
            _turn(lesson, replace(progress, step=progress.step - 1))
        if last:
            if st.button(tr("Finish"), icon=":material/check:", type="primary"):
                keep_progress(replace(progress, over=True), lesson, workspace())
                _open(None)
        elif may_go_on and st.button(tr("Next step"), icon=":material/arrow_forward:", type="primary", key="next"):
            _turn(lesson, replace(progress, step=progress.step + 1))


def _turn(lesson: Lesson, progress: Progress) -> None:
    keep_progress(progress, lesson, workspace())
    st.rerun()


if not watch_intake():
    go_on_to_the_task()
    asked = st.query_params.get("lesson") or st.session_state.get("lesson")
    lesson: Lesson | None = None
    if asked:
        try:
            lesson = get_lesson(asked, session_language().code, workspace())
            st.session_state["lesson"] = st.query_params["lesson"] = lesson.id
        except UserError as error:
            st.session_state["lesson"] = None
            st.warning(error_text(error))
    with problems_shown():
        if lesson is None:
            _show_all()
        else:
            _show_lesson(lesson)
