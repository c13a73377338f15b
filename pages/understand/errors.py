"""Where it fails: which classes, which examples, what kinds of them, and which are too much like those that taught."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from core.data.findings import load_findings
from core.data.versions import Change, change_set
from core.errors import UserError
from core.evaluation.answers import Answer
from core.evaluation.scores import ClassScore, class_scores, clearly_worst, confused, confusion_matrix
from core.evaluation.slices import LEAST, Slice
from core.results.errors import (
    across_the_split,
    failing_kinds,
    on_near_duplicates,
    on_p_values,
    on_subgroups,
    without_near_duplicates,
)
from core.results.finished_run import FinishedRun
from pages.shared.figures import show_confusion, show_examples
from pages.shared.pages import DATA, TRAIN
from pages.shared.services import workspace
from pages.shared.why import show_why
from pages.shared.words import escape, percent, share_range, tr

# Which classes: who is taken for whom, and how well each class is recognised.

_SHOWN = 24


def show_classes(run: FinishedRun) -> None:
    """The confusion matrix, whose cells open, and every class by itself."""
    classes = run.dataset.classes
    matrix = confusion_matrix([a.label for a in run.answers], [a.truth for a in run.answers], classes)
    scores = class_scores(matrix, classes)
    left, right = st.columns([5, 6], gap="medium")
    with left:
        st.subheader(tr("What is taken for what"))
        shares = st.toggle(tr("Shares instead of counts"), key="confusion-shares")
        clicked = show_confusion(matrix, classes, shares=shares, choose=True)
    with right:
        _each_class(scores)
    mistakes = confused(matrix, classes)
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
    shown = [a for a in run.calibrated_answers if (a.truth, a.label) == (truth, said) and a.example in run.place]
    captions = [tr("{p:percent} sure", p=a.confidence) for a in shown[:_SHOWN]]
    show_examples(run.dataset, [run.place[a.example] for a in shown[:_SHOWN]], captions)
    if len(shown) > _SHOWN:
        st.caption(tr("{n} more", n=len(shown) - _SHOWN))


# Which examples: the surest mistakes, the least sure answers, and labels that may be wrong.

MOST = 12
_DOUBTFUL = 0.9
"""A wrong answer that is so sure may mean that the label is wrong."""


def show_hard_examples(run: FinishedRun) -> None:
    _most_wrong(run)
    _least_sure(run)
    _mislabelled(run)


def _most_wrong(run: FinishedRun) -> None:
    wrong = sorted((a for a in run.calibrated_answers if not a.right), key=lambda a: -a.confidence)
    st.subheader(tr("The most wrong"))
    if not wrong:
        st.markdown(tr("None: every judged example was right."))
        return
    st.caption(tr("Wrong answers, the surest first: {n} in all. Look for what they have in common.", n=len(wrong)))
    _show(run, wrong)
    near = [a for a in wrong if a.example in run.place][:MOST]
    if near:
        _look_closer(run, near)


def _look_closer(run: FinishedRun, answers: list[Answer]) -> None:
    """Why one of them was answered so."""
    names = {a.example: run.dataset.examples[run.place[a.example]].name for a in answers}
    one = st.selectbox(
        tr("Look closer at one"), answers, key="closer",
        format_func=lambda a: tr("{name}: is {truth}, said {said}", name=names[a.example], truth=a.truth, said=a.label),
    )  # fmt: skip
    show_why(run.folder, {"example": one.example}, one.label, run.dataset.classes, f"wrong-{one.example}")


def _least_sure(run: FinishedRun) -> None:
    st.subheader(tr("The least sure"))
    st.caption(tr("Right or wrong, here it hardly knew. More examples like these would teach it most."))
    _show(run, sorted(run.calibrated_answers, key=lambda a: a.confidence))


def _show(run: FinishedRun, answers: list[Answer]) -> None:
    shown = [a for a in answers if a.example in run.place][:MOST]
    captions = [tr("is {truth}, said {said} ({p:percent})", truth=a.truth, said=a.label, p=a.confidence) for a in shown]
    show_examples(run.dataset, [run.place[a.example] for a in shown], captions)


def _mislabelled(run: FinishedRun) -> None:
    """What the doctor suspects, and what the model contradicts; each can be given another class at once."""
    st.subheader(tr("Perhaps the label is wrong"))
    suspects = _suspects(run)
    if not suspects:
        st.markdown(tr("None that stands out."))
        return
    st.caption(tr("The model is very sure of another class, or the look over the set found them odd. Judge yourself."))
    for key, says in suspects[:MOST]:
        at = next(i for i, example in enumerate(run.dataset.examples) if example.key == key)
        example = run.dataset.examples[at]
        with st.container(border=True):
            show_examples(run.dataset, [at], [example.label])
            with st.container(horizontal=True, vertical_alignment="bottom"):
                label = st.selectbox(
                    tr("It is"), run.dataset.classes, index=run.dataset.classes.index(says), key=f"relabel-{key}"
                )
                if st.button(tr("Change its class"), key=f"change-{key}", disabled=label == example.label):
                    _relabel(run, key, label)
    st.page_link(DATA, label=tr("All that was found about the set"), query_params={"dataset": run.dataset.id})


def _suspects(run: FinishedRun) -> list[tuple[str, str]]:
    """Keys of examples, and the class that each may belong to."""
    found = {
        run.dataset.examples[run.place[a.example]].key: a.label
        for a in sorted(run.calibrated_answers, key=lambda a: -a.confidence)
        if not a.right and a.confidence >= _DOUBTFUL and a.example in run.place
    }
    known = load_findings(run.dataset.id, workspace())
    for finding in known.found if known else ():
        for remedy in finding.remedies if finding.kind == "wrong_labels" else ():
            if remedy.action == "relabel" and remedy.label in run.dataset.classes and len(remedy.examples) == 1:
                found.setdefault(remedy.examples[0], remedy.label)
    here = {example.key for example in run.dataset.examples}
    return [(key, label) for key, label in found.items() if key in here]


def _relabel(run: FinishedRun, key: str, label: str) -> None:
    """A new version of the set, on which one can train again; this run keeps the version it learnt from."""
    try:
        made = change_set(run.dataset.id, [Change("relabel", examples=(key,), label=label)], workspace())
    except UserError as error:
        st.error(escape(str(error)))
        return
    st.success(tr("Changed in a new version of the set, where it can be undone. This run stays as it is."))
    st.page_link(TRAIN, label=tr("Train on the new version"), query_params={"dataset": made.id})


# Which subgroups it fails on, and which evaluated examples are nearly the same as a training example.

_PAIRS = 8


def show_kinds(run: FinishedRun) -> None:
    """Groups of examples by size, brightness, length and the like, and whether they truly differ."""
    st.subheader(tr("Subgroups (slices)"))
    enough = len(run.answers) >= LEAST
    found = failing_kinds(run.dataset, run.answers, workspace()) if enough else None
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
            tr("by"): tr(one.name),
            tr("group"): group.name,
            tr("examples"): group.n,
            tr("accuracy"): f"{percent(group.accuracy)}  ({share_range(group.interval)})",
            tr("p-value"): f"{one.p:.2f}",
        }
        for group in one.groups
    ]


def show_twins(run: FinishedRun) -> None:
    """The evaluated examples nearest to a training example, and the score without the near-duplicates."""
    st.subheader(tr("Near-duplicates (leakage)"))
    recipe = run.folder.request["recipe"]
    known = across_the_split(run.dataset, run.split.train, run.answers, recipe, workspace())
    said = tr(on_near_duplicates(known[0] if known else None, run.dataset.kind))
    if known is None:
        st.caption(said)
        return
    found, evaluated, training = known
    if found.more_than_expected:
        st.warning(said)
    else:
        st.markdown(said)
    if without := without_near_duplicates(found):
        st.markdown(tr(without))
    for pair in found.pairs[:_PAIRS]:
        one, other = evaluated[pair.evaluated], training[pair.trained]
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
