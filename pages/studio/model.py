"""The third column of the Studio: how good the model is, and its answers."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.errors import UserError
from core.evaluation.answers import Answer
from core.events import Score
from core.export.page import LARGEST, expected_bytes
from core.messages import Message, sentences
from core.models.added import added_classes, list_added
from core.results.finished_run import FinishedRun, has_model
from core.results.score import headline, on_rivals
from core.runs.folder import RunFolder
from core.workspace import Workspace
from pages.shared.current import is_worked, open_run
from pages.shared.damaged import show_damages
from pages.shared.examples import view_of
from pages.shared.figures import show_probabilities
from pages.shared.pages import RESULT, TRY, link
from pages.shared.projector import projecting
from pages.shared.why import show_explanation, why_asked
from pages.shared.words import error_text, percent, plain, problems_shown, tr
from pages.studio.tour import heading
from pages.understand.score import doubts
from pages.use.asking import Kind, ask, give, show_answer, ways_to_give
from pages.use.many import asked_batch, show_batch

_TITLES = {
    "held_back": Message("Samples"), "file": Message("Files"), "live": Message("Live"), "camera": Message("Camera"),
    "microphone": Message("Microphone"), "type": Message("Text"), "form": Message("Sliders"),
}  # fmt: skip
"""The ways to ask that have room here, in a word each; all others are on the page for trying."""
_MOST_ANSWERS = 3
_MOST_BARS = 4
_TEXT = 84
"""Pixels of a text among the samples: three lines; a longer one is scrolled."""


def show_model(folder: RunFolder | None, home: Workspace) -> None:
    """What there is to say of a finished run at a glance, then whatever it is asked; what will stand here where there
    is none."""
    if folder is None or not has_model(folder):
        st.subheader(heading(2, toured=False), anchor=False)
        st.caption(tr("When training is over, this says how good the model is, and you can try it here."))
        return
    worked = is_worked(home)
    with st.container(horizontal=True, vertical_alignment="center", gap="xxsmall"):
        st.subheader(heading(2, toured=worked), anchor=False, width="stretch")
        if not worked:
            link(RESULT, Message("Results"), icon=":material/insights:", run=folder.id)
            link(RESULT, Message("Export"), icon=":material/download:", run=folder.id, part="report")
    try:
        run = open_run(folder, home)
    except UserError as error:
        st.error(error_text(error))
        return
    show_damages(folder)
    if run.score is None:
        st.warning(tr(headline(run)))
    else:
        _figures(run, run.score)
    with problems_shown():
        if worked:
            _one_held_back(run, worked=True)
        else:
            _ask(run)


def _figures(run: FinishedRun, score: Score) -> None:
    left, right = _beside(1, 1)
    found = plain("{interval:percent}", interval=score.interval)
    helps = tr("The range is the 95\u00a0% confidence interval. With other random examples it would differ. In 95 of "
               "100 such cases it holds the true accuracy.")  # fmt: skip
    left.metric(tr("Accuracy"), percent(score.accuracy), found, delta_color="off", delta_arrow="off", help=helps)
    plain_model = next((rival for rival in run.ended.rivals if rival.pretrained), None)
    if plain_model:
        below = plain("baseline {share:percent}", share=score.baseline)
        right.metric(tr("Without pretraining"), percent(plain_model.accuracy), below, delta_color="off",
                     delta_arrow="off", help=tr(on_rivals(run.ended.rivals)))  # fmt: skip
    else:
        right.metric(tr("Baseline"), percent(score.baseline))
    said = [Message("Checked on {examples}.", examples=run.dataset.kind.count(score.n))]
    if run.most_frequent is not None:
        said.append(Message("Baseline: always “{label}”.", label=run.most_frequent))
    if plain_model and plain_model.difference <= 0:
        said.append(on_rivals(run.ended.rivals))
    st.caption(tr(sentences(*said)))
    with problems_shown():
        for doubt in doubts(run):
            st.caption(" ".join([":orange[:material/warning:]", tr(doubt)]))


def _ask(run: FinishedRun) -> None:
    folder, kind = run.folder, run.dataset.kind
    if job := asked_batch(folder):
        show_batch(folder, job)
        return
    ways = [way for way in ways_to_give(kind, None) if way in _TITLES]
    if "live" in ways:  # and there is no room for single shots besides
        ways = [way for way in ways if way not in ("camera", "microphone")]
    if run.answers:
        ways.insert(0, "held_back")
    way = st.segmented_control(
        tr("Try it with"), ways, format_func=lambda name: tr(_TITLES[name]), default=ways[0], required=True,
        key=f"ask-{kind.name}", bind="query-params", persist_state="session", label_visibility="collapsed",
        width="stretch",
    )  # fmt: skip
    if way == "held_back":
        _one_held_back(run)
        return
    _given(way, run, kind)
    _way_to_add(run)


def _way_to_add(run: FinishedRun) -> None:
    link(TRY, Message("Add a class"), icon=":material/school:", run=run.id, add="class")


def _one_held_back(run: FinishedRun, *, worked: bool = False) -> None:
    """One of the examples that it was evaluated on, and what it answered."""
    answers = _in_turn(run.calibrated_answers)
    key = f"studio-sample-{run.id}"
    at = st.session_state.get(key, 0) % len(answers)
    answer, view = answers[at], view_of(run.dataset.modality)
    if view.pictured:
        picture, bars = _beside(2, 3)
    else:  # a text needs the whole width, and a long one is not to push its answer away
        picture, bars = st.container(height=_TEXT, border=False), st.container()
    with picture:
        if (index := run.place.get(answer.example)) is not None:
            view.tile(view.row(), run.dataset, index, answer.truth)
    with bars:
        show_probabilities(answer.probabilities, f"{key}-{at}", run.classes, _MOST_BARS, slim=True)
    with st.container(horizontal=True, vertical_alignment="center"):
        icon = ":green[:material/check:]" if answer.right else ":orange[:material/close:]"
        st.markdown(f"{icon} {tr('Actual: **{truth}**', truth=answer.truth)}", width="stretch")
        st.button(tr("Next"), icon=":material/arrow_forward:", key=f"{key}-next", on_click=_turn_on, args=(key,))
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        why = not run.dataset.reduced and why_asked(f"{key}-{at}")
        if not worked:
            _way_to_add(run)
    if why:
        show_explanation(run.folder, {"example": answer.example}, answer.label, run.classes, f"{key}-{at}")


def _beside(*shares: int) -> Sequence[DeltaGenerator]:
    """Columns also on a phone; in letters for a whole room they would be cut off, and stand below each other."""
    return [st.container() for _ in shares] if projecting() else st.columns(shares, wrap=False)


def _turn_on(key: str) -> None:
    st.session_state[key] = st.session_state.get(key, 0) + 1


def _in_turn(answers: Sequence[Answer]) -> list[Answer]:
    """One of every class after the other."""
    of: dict[str, list[Answer]] = {}
    for answer in answers:
        of.setdefault(answer.truth, []).append(answer)
    rows = max(map(len, of.values()))
    return [group[row] for row in range(rows) for group in of.values() if row < len(group)]


def _given(way: str, run: FinishedRun, kind: Kind) -> None:
    said = st.container()  # of what is put together below it the answer stays in sight
    given, names = give(way, run.folder, kind, None)
    if kind.is_text and (size := expected_bytes(run.card)) > LARGEST:
        st.caption(
            tr("The model is too large for a page in the browser ({size:bytes}), so this computer answers.", size=size)
        )
    additions = list_added(run.folder.path)
    with said if kind.is_row else st.container():
        answers, refusal = ask(run.folder, given, additions) if given else ([], None)
        if refusal is None:
            return
        classes = (*run.classes, *added_classes(additions))
        for answer, name in list(zip(answers, names, strict=True))[:_MOST_ANSWERS]:
            show_answer(run.folder, answer, name, classes, refusal, refusal.usual, slim=True)
    if len(answers) > _MOST_ANSWERS:
        link(TRY, Message("All answers: {n}", n=len(answers)), run=run.id)
