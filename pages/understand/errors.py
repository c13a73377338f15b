"""The errors of a run: by class, by example, by subgroup, and on near-duplicates of training examples."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from core.data.versions import Change, change_set
from core.errors import UserError
from core.evaluation.answers import Answer
from core.evaluation.scores import ClassScore, clearly_worst
from core.evaluation.slices import Slice
from core.messages import Message
from core.results.errors import Errors, on_near_duplicates, on_p_values, on_subgroups, without_near_duplicates
from core.results.finished_run import FinishedRun
from pages.shared.examples import show_examples
from pages.shared.figures import show_confusion
from pages.shared.glossary import explain
from pages.shared.pages import DATA, TRAIN, link
from pages.shared.services import workspace
from pages.shared.why import show_why
from pages.shared.words import error_text, percent, plain, share_range, tr

# --- classes ---

_SHOWN = 24


def show_classes(run: FinishedRun) -> None:
    """The confusion matrix, whose cells open, and every class by itself."""
    errors = Errors(run)
    left, right = st.columns([5, 6], gap="medium")
    with left:
        st.subheader(tr("Confusion matrix"))
        shares = st.toggle(tr("Percentages instead of counts"), key="confusion-shares")
        clicked = show_confusion(errors.confusion, run.classes, shares=shares, choose=True)
    with right:
        _each_class(errors.by_class)
    mistakes = errors.confused
    _one_cell(run, clicked, [(truth, said) for truth, said, _ in mistakes], {(t, s): n for t, s, n in mistakes})


def _each_class(scores: list[ClassScore]) -> None:
    st.subheader(tr("By class"))
    worst = clearly_worst(scores)
    if worst:
        st.markdown(
            tr("**{label}** is recognised clearly less often than the other classes: more than chance.",
               label=worst.label)
        )  # fmt: skip
    rows = [
        {
            plain("class"): s.label,
            plain("examples"): s.n,
            plain("recall"): _share(s.recall, s.recall_interval),
            plain("precision"): _share(s.precision, s.precision_interval),
            plain("F1"): "-" if s.f1 is None else plain("{f1:.2f}", f1=s.f1),
        }
        for s in scores
    ]
    st.dataframe(rows, hide_index=True)
    st.caption(
        tr("In brackets: 95\u00a0% confidence intervals. **F1**: recall and precision in one number, 1 is best.")
    )
    explain("confusion", "recall", "precision")


def _share(share: float | None, interval: tuple[float, float] | None) -> str:
    return "-" if share is None or interval is None else f"{percent(share)}  ({share_range(interval)})"


def _one_cell(
    run: FinishedRun, clicked: tuple[str, str] | None, mistakes: list[tuple[str, str]], many: dict[tuple[str, str], int]
) -> None:
    """The examples of one cell: the one that was clicked, or chosen from the list of mistakes."""
    cells = mistakes if clicked is None or clicked in many else [clicked, *mistakes]
    if not cells:
        st.markdown(tr("Every prediction was right. Click a number to see the examples behind it."))
        return
    truth, said = st.selectbox(
        tr("Show the examples behind a number (or click it above)"), cells,
        index=cells.index(clicked) if clicked else 0, key=f"cell-{clicked}",
        format_func=lambda cell: plain("actual {truth}, predicted {said}: {n}", truth=cell[0], said=cell[1],
                                       n=sum((a.truth, a.label) == cell for a in run.answers)),
    )  # fmt: skip
    shown = [a for a in run.calibrated_answers if (a.truth, a.label) == (truth, said)]
    captions = [Message("confidence {p:percent}", p=a.confidence) for a in shown[:_SHOWN]]
    show_examples(run.dataset, [run.place[a.example] for a in shown[:_SHOWN]], captions)
    if len(shown) > _SHOWN:
        st.caption(tr("{n} more", n=len(shown) - _SHOWN))


# --- examples ---

MOST = 12


def show_hard_examples(run: FinishedRun) -> None:
    errors = Errors(run)
    _most_wrong(run, errors.mistakes)
    _least_confident(run, errors.least_confident)
    _mislabelled(run, errors.label_errors)


def _most_wrong(run: FinishedRun, wrong: list[Answer]) -> None:
    st.subheader(tr("Most confident mistakes"))
    if not wrong:
        st.markdown(tr("None: every prediction was right."))
        return
    st.caption(
        tr("Wrong predictions, the most confident first: {n} in all. Look for what they have in common.", n=len(wrong))
    )
    _show(run, wrong)
    _look_closer(run, wrong[:MOST])


def _look_closer(run: FinishedRun, answers: list[Answer]) -> None:
    """Why one of them was answered so."""
    names = {a.example: run.dataset.examples[run.place[a.example]].name for a in answers}
    one = st.selectbox(
        tr("Look closer at one"), answers, key="closer",
        format_func=lambda a: plain("{name}: actual {truth}, predicted {said}", name=names[a.example], truth=a.truth,
                                 said=a.label),
    )  # fmt: skip
    show_why(run.folder, {"example": one.example}, one.label, run.classes, f"wrong-{one.example}")


def _least_confident(run: FinishedRun, answers: list[Answer]) -> None:
    st.subheader(tr("Least confident"))
    st.caption(
        tr("Right or wrong, the least confident first. More training examples like the first of them would help most.")
    )
    _show(run, answers)


def _show(run: FinishedRun, answers: list[Answer]) -> None:
    shown = answers[:MOST]
    captions = [
        Message("actual {truth}, predicted {said} ({p:percent})", truth=a.truth, said=a.label, p=a.confidence)
        for a in shown
    ]
    show_examples(run.dataset, [run.place[a.example] for a in shown], captions)


def _mislabelled(run: FinishedRun, suspects: list[tuple[int, str]]) -> None:
    """What the data check suspects, and what the model contradicts; each can be given another class at once."""
    st.subheader(tr("Possible label errors"))
    if not suspects:
        st.markdown(tr("None that stands out."))
        return
    st.caption(tr("The model is very confident of another class, or the data check found them odd. Decide yourself."))
    for at, says in suspects[:MOST]:
        example = run.dataset.examples[at]
        key = example.key
        with st.container(border=True):
            show_examples(run.dataset, [at])
            with st.container(horizontal=True, vertical_alignment="bottom"):
                label = st.selectbox(tr("It is"), run.classes, index=run.classes.index(says), key=f"relabel-{key}")
                if st.button(tr("Change its class"), key=f"change-{key}", disabled=label == example.label):
                    _relabel(run, key, label)
    link(DATA, Message("All that the data check found"), dataset=run.dataset_id)


def _relabel(run: FinishedRun, key: str, label: str) -> None:
    """A new version of the dataset, on which one can train again; this run keeps the version it learnt from."""
    try:
        made = change_set(run.dataset_id, [Change("relabel", examples=(key,), label=label)], workspace())
    except UserError as error:
        st.error(error_text(error))
        return
    st.success(tr("Changed in a new version of the dataset, where it can be undone. This run stays as it is."))
    link(TRAIN, Message("Train on the new version"), dataset=made.id)


# --- subgroups, and near-duplicates of training examples ---

_PAIRS = 8


def show_kinds(run: FinishedRun) -> None:
    """Groups of examples by size, brightness, length and the like, and whether they truly differ."""
    st.subheader(tr("Subgroups (slices)"))
    found = Errors(run).subgroups
    for said in on_subgroups(found):
        if found:
            st.markdown(tr(said))
        else:
            st.caption(tr(said))
    if found:
        st.dataframe([row for one in found for row in _rows(one)], hide_index=True)
        st.caption(tr(on_p_values(found)))


def _rows(one: Slice) -> list[dict[str, object]]:
    return [
        {
            plain("by"): plain(one.name),
            plain("group"): plain(group.name),
            plain("examples"): group.n,
            plain("accuracy"): f"{percent(group.accuracy)}  ({share_range(group.interval)})",
            plain("p-value"): plain("{p:.2f}", p=one.p),
        }
        for group in one.groups
    ]


def show_twins(run: FinishedRun) -> None:
    """The evaluated examples nearest to a training example, and the score without the near-duplicates."""
    st.subheader(tr("Near-duplicates (leakage)"))
    known = Errors(run).near_duplicates
    said = tr(on_near_duplicates(known.found if known else None, run.dataset.kind))
    if known is None:
        st.caption(said)
        return
    found = known.found
    if found.more_than_expected:
        st.warning(said)
    else:
        st.markdown(said)
    if without := without_near_duplicates(found):
        st.markdown(tr(without))
    for pair in found.pairs[:_PAIRS]:
        one, other = known.evaluated[pair.evaluated], known.training[pair.trained]
        labels = [run.dataset.examples[i].label for i in (one, other)]
        show_examples(
            run.dataset, [one, other],
            [Message("evaluated: {label}", label=labels[0]),
             Message("training: {label}, similarity {p:percent}", label=labels[1], p=pair.similarity)
             if labels[0] == labels[1]
             else Message("training: {label}, another class, similarity {p:percent}", label=labels[1],
                          p=pair.similarity)],
        )  # fmt: skip


_VIEWS: dict[str, tuple[Message, Callable[[FinishedRun], None]]] = {
    "classes": (Message("Classes"), show_classes),
    "examples": (Message("Examples"), show_hard_examples),
    "kinds": (Message("Subgroups"), show_kinds),
    "twins": (Message("Near-duplicates"), show_twins),
}


def show_failures(run: FinishedRun) -> None:
    """One view at a time, so that the page stays short."""
    view = st.segmented_control(
        tr("Which errors"), list(_VIEWS), default="classes", required=True, label_visibility="collapsed",
        format_func=lambda name: tr(_VIEWS[name][0]), key="failures-view",
    )  # fmt: skip
    _VIEWS[view][1](run)
