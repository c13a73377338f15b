"""Where it fails: which classes, which examples, what kinds of them, and which are too much like those that taught."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from core.data.versions import Change, change_set
from core.errors import UserError
from core.evaluation.answers import Answer
from core.evaluation.scores import ClassScore, clearly_worst
from core.evaluation.slices import Slice
from core.results.errors import Errors, on_near_duplicates, on_p_values, on_subgroups, without_near_duplicates
from core.results.finished_run import FinishedRun
from pages.shared.examples import show_examples
from pages.shared.figures import show_confusion
from pages.shared.pages import DATA, TRAIN
from pages.shared.services import workspace
from pages.shared.why import show_why
from pages.shared.words import percent, plain, share_range, tr

# Which classes: who is taken for whom, and how well each class is recognised.

_SHOWN = 24


def show_classes(run: FinishedRun) -> None:
    """The confusion matrix, whose cells open, and every class by itself."""
    errors = Errors(run)
    left, right = st.columns([5, 6], gap="medium")
    with left:
        st.subheader(tr("What is taken for what"))
        shares = st.toggle(tr("Shares instead of counts"), key="confusion-shares")
        clicked = show_confusion(errors.confusion, run.classes, shares=shares, choose=True)
    with right:
        _each_class(errors.by_class)
    mistakes = errors.confused
    _one_cell(run, clicked, [(truth, said) for truth, said, _ in mistakes], {(t, s): n for t, s, n in mistakes})


def _each_class(scores: list[ClassScore]) -> None:
    st.subheader(tr("Class by class"))
    worst = clearly_worst(scores)
    if worst:
        st.markdown(
            tr("**{label}** is recognised less often than the other classes, and that is more than chance.",
               label=worst.label)
        )  # fmt: skip
    rows = [
        {
            tr("class"): s.label,
            tr("judged"): s.n,
            tr("found"): _share(s.recall, s.recall_interval),
            tr("right if said"): _share(s.precision, s.precision_interval),
            tr("both (F1)"): s.f1,
        }
        for s in scores
    ]
    st.dataframe(rows, hide_index=True, column_config={tr("both (F1)"): st.column_config.NumberColumn(format="%.2f")})
    st.caption(
        tr("“Found”: of the examples of this class, the share it recognised. “Right if said”: of its answers naming "
           "this class, the share that was right. In brackets: where these may really lie (95\u00a0% sure). “Both”: "
           "the two in one number, 1 is best.")
    )  # fmt: skip


def _share(share: float | None, interval: tuple[float, float] | None) -> str:
    return "-" if share is None or interval is None else f"{percent(share)}  ({share_range(interval)})"


def _one_cell(
    run: FinishedRun, clicked: tuple[str, str] | None, mistakes: list[tuple[str, str]], many: dict[tuple[str, str], int]
) -> None:
    """The examples of one cell: the one that was clicked, or chosen from the list of mistakes."""
    cells = mistakes if clicked is None or clicked in many else [clicked, *mistakes]
    if not cells:
        st.markdown(tr("Every judged example was right. Click a number to see the examples behind it."))
        return
    truth, said = st.selectbox(
        tr("Show the examples behind a number (or click it above)"), cells,
        index=cells.index(clicked) if clicked else 0, key=f"cell-{clicked}",
        format_func=lambda cell: tr("is {truth}, taken for {said}: {n}", truth=cell[0], said=cell[1],
                                    n=sum((a.truth, a.label) == cell for a in run.answers)),
    )  # fmt: skip
    shown = [a for a in run.calibrated_answers if (a.truth, a.label) == (truth, said)]
    captions = [tr("{p:percent} sure", p=a.confidence) for a in shown[:_SHOWN]]
    show_examples(run.dataset, [run.place[a.example] for a in shown[:_SHOWN]], captions)
    if len(shown) > _SHOWN:
        st.caption(tr("{n} more", n=len(shown) - _SHOWN))


# Which examples: the surest mistakes, the least sure answers, and labels that may be wrong.

MOST = 12


def show_hard_examples(run: FinishedRun) -> None:
    errors = Errors(run)
    _most_wrong(run, errors.mistakes)
    _least_sure(run, errors.least_confident)
    _mislabelled(run, errors.label_errors)


def _most_wrong(run: FinishedRun, wrong: list[Answer]) -> None:
    st.subheader(tr("The most wrong"))
    if not wrong:
        st.markdown(tr("None: every judged example was right."))
        return
    st.caption(tr("Wrong answers, the surest first: {n} in all. Look for what they have in common.", n=len(wrong)))
    _show(run, wrong)
    _look_closer(run, wrong[:MOST])


def _look_closer(run: FinishedRun, answers: list[Answer]) -> None:
    """Why one of them was answered so."""
    names = {a.example: run.dataset.examples[run.place[a.example]].name for a in answers}
    one = st.selectbox(
        tr("Look closer at one"), answers, key="closer",
        format_func=lambda a: tr("{name}: is {truth}, said {said}", name=names[a.example], truth=a.truth, said=a.label),
    )  # fmt: skip
    show_why(run.folder, {"example": one.example}, one.label, run.classes, f"wrong-{one.example}")


def _least_sure(run: FinishedRun, answers: list[Answer]) -> None:
    st.subheader(tr("The least sure"))
    st.caption(tr("Right or wrong, here it hardly knew. More examples like these would teach it most."))
    _show(run, answers)


def _show(run: FinishedRun, answers: list[Answer]) -> None:
    shown = answers[:MOST]
    captions = [tr("is {truth}, said {said} ({p:percent})", truth=a.truth, said=a.label, p=a.confidence) for a in shown]
    show_examples(run.dataset, [run.place[a.example] for a in shown], captions)


def _mislabelled(run: FinishedRun, suspects: list[tuple[int, str]]) -> None:
    """What the doctor suspects, and what the model contradicts; each can be given another class at once."""
    st.subheader(tr("Perhaps the label is wrong"))
    if not suspects:
        st.markdown(tr("None that stands out."))
        return
    st.caption(tr("The model is very sure of another class, or the look over the set found them odd. Judge yourself."))
    for at, says in suspects[:MOST]:
        example = run.dataset.examples[at]
        key = example.key
        with st.container(border=True):
            show_examples(run.dataset, [at], [example.label])
            with st.container(horizontal=True, vertical_alignment="bottom"):
                label = st.selectbox(tr("It is"), run.classes, index=run.classes.index(says), key=f"relabel-{key}")
                if st.button(tr("Change its class"), key=f"change-{key}", disabled=label == example.label):
                    _relabel(run, key, label)
    st.page_link(DATA, label=tr("All that was found about the set"), query_params={"dataset": run.dataset_id})


def _relabel(run: FinishedRun, key: str, label: str) -> None:
    """A new version of the set, on which one can train again; this run keeps the version it learnt from."""
    try:
        made = change_set(run.dataset_id, [Change("relabel", examples=(key,), label=label)], workspace())
    except UserError as error:
        st.error(tr(error.message))
        return
    st.success(tr("Changed in a new version of the set, where it can be undone. This run stays as it is."))
    st.page_link(TRAIN, label=tr("Train on the new version"), query_params={"dataset": made.id})


# Which subgroups it fails on, and which evaluated examples are nearly the same as a training example.

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
            tr("by"): plain(one.name),
            tr("group"): plain(group.name),
            tr("examples"): group.n,
            tr("accuracy"): f"{percent(group.accuracy)}  ({share_range(group.interval)})",
            tr("p-value"): f"{one.p:.2f}",
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
            [tr("evaluated: {label}", label=labels[0]),
             tr("training: {label}, similarity {p:percent}", label=labels[1], p=pair.similarity)
             + (tr(", another class") if labels[0] != labels[1] else "")],
        )  # fmt: skip


_VIEWS: dict[str, tuple[str, Callable[[FinishedRun], None]]] = {
    "classes": ("Which classes", show_classes),
    "examples": ("Which examples", show_hard_examples),
    "kinds": ("Subgroups", show_kinds),
    "twins": ("Near-duplicates", show_twins),
}


def show_failures(run: FinishedRun) -> None:
    """One view at a time, so that the page stays short."""
    view = st.segmented_control(
        tr("Which failures"), list(_VIEWS), default="classes", required=True, label_visibility="collapsed",
        format_func=lambda name: tr(_VIEWS[name][0]), key="failures-view",
    )  # fmt: skip
    _VIEWS[view][1](run)
