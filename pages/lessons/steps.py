"""One step of a lesson on the screen: what it says, and what a student does in it.

Each kind of step is drawn by a function that gives back how far the student is then, and whether one may go on.
"""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from core.lessons.goals import COUNT, FIGURES, SHARE, Goal, dataset_of, look, newest_run_of, says, shown, worked
from core.lessons.lesson import Do, Lesson, Predict, Quiz, Reveal, Step, TakeHome
from core.lessons.progress import Progress
from core.messages import Message, counted
from pages.shared.intake import start_intake
from pages.shared.pages import CURVE, EXPERIMENT, FEW_SHOT, RESULT, START, TRAIN, TRY, Page, link, turn_to
from pages.shared.services import workspace
from pages.shared.words import Markdown, escape, plain, problems_shown, tr
from pages.train.form import forget_choices

Shown = tuple[Progress, bool]
_STUDIES = {"few_shot": FEW_SHOT, "transfer": EXPERIMENT, "learning_curve": CURVE}
_TURNING = "lesson-turn"


def show_step(lesson: Lesson, step: Step, progress: Progress) -> Shown:
    """Draw a step: what the progress is from now on, and whether one may go on."""
    st.markdown(f"##### {escape(step.title)}")
    match step:
        case Reveal():
            return _reveal(lesson, step, progress)
        case TakeHome():
            st.success(Markdown(step.text), icon=":material/lightbulb:")
            return progress, True
    if step.text:
        st.markdown(Markdown(step.text))
    match step:
        case Predict():
            return _predict(step, progress)
        case Do():
            return _do(step, progress)
        case Quiz():
            return _quiz(step, progress)
    return progress, True


# --- guess ---


def _predict(step: Predict, progress: Progress) -> Shown:
    if step.id in progress.guesses:
        st.info(
            tr("Your guess: **{guess}**. It is kept until you see what was measured.", guess=_guess(step, progress))
        )
        return progress, True
    # A form: what was typed and the press come together. A button that waits for what was typed would miss the press.
    with st.form(f"predict-{step.id}", border=False):
        guess = _ask_for_guess(step)
        kept = st.form_submit_button(tr("Keep my guess"), type="primary", key="keep-guess")
    if kept and guess is not None:
        return replace(progress, guesses={**progress.guesses, step.id: guess}), False
    if kept:
        st.warning(tr("There is no guess yet. Any guess will do: nobody knows it before."))
    return progress, False


def _ask_for_guess(step: Predict) -> float | None:
    """The field for it, and what is in there: the number of a choice, a share from 0 to 1, or a number."""
    if step.choices:
        return st.radio(
            tr("Your guess"), range(len(step.choices)), index=None, key=f"guess-{step.id}",
            format_func=lambda at: escape(step.choices[at]),
        )  # fmt: skip
    scale = 100 if step.unit == SHARE else 1
    low, high = round(step.low * scale), round(step.high * scale)
    label = tr("Your guess in %, from {low} to {high}", low=low, high=high) if step.unit == SHARE else \
        tr("Your guess, from {low} to {high}", low=low, high=high)  # fmt: skip
    given = st.number_input(label, low, high, None, step=1, key=f"guess-{step.id}", width=320)
    return None if given is None else given / scale


def _guess(step: Predict, progress: Progress) -> Message | str:
    """What was guessed, as it is read."""
    value = progress.guesses[step.id]
    if step.choices:
        return step.choices[int(value)] if 0 <= value < len(step.choices) else "?"
    return shown(step.unit, value)


# --- do ---


def place_of(goal: Goal) -> Page:
    """Where in the app a goal is reached."""
    match goal.kind:
        case "class":
            return TRY
        case "studied":
            return _STUDIES[str(goal.asked["study"])]
        case "trained" if goal.times > 1 or "shots" in goal.asked:
            return TRAIN
    return START


def _do(step: Do, progress: Progress) -> Shown:
    seen = look(step.goal, workspace())
    before = progress.found.get(step.id)
    if seen.found and seen.found != before and (before is None or before.worked or before.by == seen.found.by):
        return replace(progress, found={**progress.found, step.id: seen.found}), True
    if before and not before.worked:
        st.success(tr("Done: {what}.", what=says(step.goal)), icon=":material/check:")
        return progress, True
    page = place_of(step.goal)
    if seen.active:
        st.info(
            tr("It is under way. Watch it there, and come back here when it is over."), icon=":material/play_circle:"
        )
    elif step.goal.times > 1 and seen.done:
        st.info(tr("Done so far: {n} of {total}.", n=seen.done, total=step.goal.times))
    st.caption(tr("This step is done when this is there: {what}.", what=says(step.goal)))
    with st.container(horizontal=True):
        if st.button(tr("Go to {page}", page=page.title), icon=f":material/{page.icon}:", type="primary", key="task"):
            _begin(step.goal, page)
        st.button(tr("Check again"), icon=":material/refresh:", key="check-again")
        if before is None and st.button(
            tr("Show a result made before"), icon=":material/fast_forward:", type="tertiary", key="worked",
            help=tr("Takes the result that came with the program, if there is no time to wait."),
        ):  # fmt: skip
            ready = worked(step.goal)
            if ready:
                return replace(progress, found={**progress.found, step.id: ready}), True
            st.info(tr("None came with the program for this step."))
    if before:
        st.info(tr("The result that came with the program is used. When yours is there, it takes its place."))
    return progress, before is not None


def _begin(goal: Goal, page: Page) -> None:
    """Turn to where it is done, with the sample open and every setting as usual; where it was never imported, it is
    first. What is tried is a model of the sample, whichever was looked at last."""
    dataset_id = dataset_of(goal.sample, workspace())
    st.session_state.pop("run", None)
    forget_choices()
    if page is TRY and (run_id := newest_run_of(goal.sample, workspace())) is not None:
        turn_to(page, run=run_id)
    if dataset_id is not None:
        turn_to(page, dataset=dataset_id)
    with problems_shown():
        start_intake(f"sample:{goal.sample}")
        st.session_state[_TURNING] = goal.sample, page.path
        st.rerun()


def go_on_to_the_task() -> None:
    """Turn to where something is done, once what is needed there has been imported."""
    asked = st.session_state.pop(_TURNING, None)
    if asked is None:
        return
    sample, path = asked
    dataset_id = dataset_of(sample, workspace())
    page = next(page for page in (START, TRAIN, TRY, *_STUDIES.values()) if page.path == path)
    if dataset_id is not None:
        turn_to(page, dataset=dataset_id)


# --- reveal ---


def _reveal(lesson: Lesson, step: Reveal, progress: Progress) -> Shown:
    found = progress.found.get(step.of)
    if found is None:
        st.info(tr("There is nothing to see yet: go back and do “{step}” first.", step=lesson.task(step.of).title))
        return progress, False
    predicted = lesson.prediction(step.guess)
    figures = [name for name in step.figures if name in found.figures]
    with st.container(horizontal=True, gap="medium"):
        if step.guess in progress.guesses and not predicted.choices:
            st.metric(tr("Your guess"), plain(_guess(predicted, progress)), border=True, width="stretch")
        for name in figures:
            about = FIGURES[name]
            st.metric(tr(about.label), plain(about.shown(found.figures[name])), border=True, width="stretch")
    if step.guess in progress.guesses:
        if predicted.choices:
            st.markdown(tr("Your guess was: **{guess}**", guess=_guess(predicted, progress)))
        elif figures:
            off = progress.guesses[step.guess] - found.figures[figures[0]]
            st.markdown(tr(_how_far_off(predicted.unit, off)))
    if step.text:
        st.markdown(Markdown(step.text))
    if found.worked:
        st.caption(tr("Measured in a run that came with the program."))
    elif lesson.task(step.of).goal.kind == "trained":
        link(RESULT, Message("Look at the run"), icon=":material/insights:", run=found.by[0])
    return progress, True


def _how_far_off(unit: str, off: float) -> Message:
    """What the guess minus the figure comes to."""
    n = round(abs(off) * 100) if unit == SHARE else round(abs(off))
    if not n:
        return Message("Your guess was exactly right.")
    if unit == COUNT:
        return Message("Your guess was {n} too high.", n=n) if off > 0 else Message("Your guess was {n} too low.", n=n)
    if off > 0:
        return counted(
            "Your guess was {n} percentage point too high.", "Your guess was {n} percentage points too high.", n=n
        )
    return counted("Your guess was {n} percentage point too low.", "Your guess was {n} percentage points too low.", n=n)


# --- quiz ---


def _quiz(step: Quiz, progress: Progress) -> Shown:
    """The first answer to each question counts; then why the right one is right."""
    answers = dict(progress.answers)
    for number, question in enumerate(step.questions):
        given = answers.get(str(number))
        # What was answered has a key of its own: a field that is closed while it is shown drops what was chosen in it.
        key = f"quiz-{number}" if given is None else f"answered-{number}"
        chosen = st.radio(
            Markdown(f"**{number + 1}. {escape(question.ask)}**"), range(len(question.choices)), index=given,
            format_func=lambda at, question=question: escape(question.choices[at]), disabled=given is not None,
            key=key,
        )  # fmt: skip
        if given is not None:
            right = question.choices[question.right]
            if given == question.right:
                st.markdown(tr(":green[:material/check:] Right. {why}", why=question.why))
            else:
                st.markdown(tr(":red[:material/close:] It is: {right}. {why}", right=right, why=question.why))
        elif chosen is not None:
            answers[str(number)] = chosen
    if len(answers) == len(step.questions) and answers == progress.answers:
        st.info(tr("{right} of {n} right", right=progress.right(step), n=len(step.questions)))
    return replace(progress, answers=answers), len(answers) == len(step.questions)
