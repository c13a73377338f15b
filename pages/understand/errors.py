"""The errors of a run: by example, by class, by subgroup, and on near-duplicates of training examples."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence

import plotly.graph_objects as go
import streamlit as st

from core.data.versions import Change, change_set
from core.errors import UserError
from core.evaluation.answers import Answer
from core.evaluation.scores import ClassScore, clearly_worst
from core.evaluation.slices import Slice
from core.messages import Message
from core.results.errors import Errors, on_near_duplicates, on_p_values, on_subgroups, without_near_duplicates
from core.results.finished_run import FinishedRun
from pages.shared.current import is_worked
from pages.shared.dialogs import open_dialog
from pages.shared.examples import a_page_of, show_examples, view_of
from pages.shared.figures import BASELINE, TRAINING, WRONG, lines, show_chart, show_confusion, verbatim
from pages.shared.glossary import explain
from pages.shared.pages import DATA, TRAIN, link
from pages.shared.services import workspace
from pages.shared.why import show_explanation
from pages.shared.words import error_text, percent, plain, share_range, tr

# --- examples ---

MOST = 12


def show_mistakes(run: FinishedRun) -> None:
    """The mistakes, the most confident first; below them the least confident answers, and labels that may be wrong."""
    errors = Errors(run)
    if errors.mistakes:
        if len(errors.mistakes) > MOST:
            st.caption(
                tr("{n} mistakes, the most confident first. Look for what they have in common.",
                   n=len(errors.mistakes))
            )  # fmt: skip
        _show(run, errors.mistakes, "mistake")
    else:
        st.markdown(tr("None: every prediction was right."))
    with st.expander(tr("Least confident")):
        st.caption(
            tr("Right or wrong, the least confident first. More training examples like the first of them would help "
               "most.")
        )  # fmt: skip
        _show(run, errors.least_confident, "least")
    if not is_worked(run.workspace):
        _mislabelled(run, errors.label_errors)


def _show(run: FinishedRun, answers: Sequence[Answer], key: str) -> None:
    """Some answers, each with a button that says why it was given, where the originals are here to be asked about."""
    place = st.container()
    shown = a_page_of(answers, MOST, f"{key}-{run.id}")

    def ask(at: int, name: str) -> None:
        says = tr("Why? {name}", name=name) if name else tr("Why?")
        if not run.dataset.reduced and st.button(
            says, key=f"{key}-{shown[at].example}-{at}", type="tertiary", icon=":material/visibility:"
        ):
            _explain(run, shown[at])

    with place:
        view_of(run.dataset.modality).answered(run.dataset, [run.place[a.example] for a in shown], shown, ask)


def _explain(run: FinishedRun, answer: Answer) -> None:
    """What influenced an answer, in front of the page."""
    title = plain("{said} instead of {truth}", said=answer.label, truth=answer.truth)
    if answer.right:
        title = plain("{said}, which is right", said=answer.label)
    key = f"{run.id}-{answer.example}"
    open_dialog(
        title, show_explanation, run.folder, {"example": answer.example}, answer.label, run.classes, key,
        width="large", icon=":material/visibility:",
    )  # fmt: skip


def _mislabelled(run: FinishedRun, suspects: Sequence[tuple[int, str]]) -> None:
    """What the data check suspects, and what the model contradicts; each can be given another class at once."""
    with st.expander(tr("Possible label errors ({n})", n=len(suspects))):
        if not suspects:
            st.markdown(tr("None that stands out."))
            return
        st.caption(
            tr("The model is very confident of another class, or the data check found them odd. Decide yourself.")
        )
        places = st.container()
        for at, says in a_page_of(suspects, MOST, f"suspects-{run.id}"):
            example = run.dataset.examples[at]
            key = example.key
            with places.container(border=True):
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


# --- classes ---

_SHOWN = 24


def show_classes(run: FinishedRun) -> None:
    """The confusion matrix, beside it the examples of the cell that was clicked, and every class by itself."""
    errors = Errors(run)
    left, right = st.columns([5, 6], gap="medium")
    with left:
        shares = st.toggle(tr("Percentages instead of counts"), key="confusion-shares")
        clicked = show_confusion(errors.confusion, run.classes, shares=shares, choose=True)
    with right:
        _one_cell(run, errors, clicked)
    worst = clearly_worst(errors.by_class)
    if worst:
        st.markdown(
            tr("**{label}** is recognised clearly less often than the other classes: more than chance.",
               label=worst.label)
        )  # fmt: skip
    with st.expander(tr("By class: recall, precision and F1")):
        _each_class(errors.by_class)


def _each_class(scores: list[ClassScore]) -> None:
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


def _one_cell(run: FinishedRun, errors: Errors, clicked: tuple[str, str] | None) -> None:
    """The examples of one cell: the one that was clicked, or chosen from the list of mistakes."""
    mistakes = [(truth, said) for truth, said, _ in errors.confused]
    cells = mistakes if clicked is None or clicked in mistakes else [clicked, *mistakes]
    if not cells:
        st.markdown(tr("Every prediction was right. Click a number to see the examples behind it."))
        return
    truth, said = st.selectbox(
        tr("Examples behind a number (click one in the matrix)"), cells,
        index=cells.index(clicked) if clicked else 0, key=f"cell-{clicked}",
        format_func=lambda cell: plain("actual {truth}, predicted {said}: {n}", truth=cell[0], said=cell[1],
                                       n=sum((a.truth, a.label) == cell for a in run.answers)),
    )  # fmt: skip
    shown = [a for a in run.calibrated_answers if (a.truth, a.label) == (truth, said)]
    place, few = st.container(), a_page_of(shown, _SHOWN, f"cell-{run.id}-{truth}-{said}")
    with place:
        captions = [Message("confidence {p:percent}", p=a.confidence) for a in few]
        show_examples(run.dataset, [run.place[a.example] for a in few], captions)


# --- subgroups, and near-duplicates of training examples ---

_PAIRS, _PAIR = 8, 230
"""So many pairs on a page; pixels of one at least, where pictures stand side by side."""


def show_kinds(run: FinishedRun) -> None:
    """Groups of examples by size, brightness, length and the like, and whether they truly differ."""
    found = Errors(run).subgroups
    for said in on_subgroups(found):
        if found:
            st.markdown(tr(said))
        else:
            st.caption(tr(said))
    if found:
        _bars(run, found)
        with st.expander(tr("Show data")):
            st.dataframe([row for one in found for row in _rows(one)], hide_index=True)
            st.caption(tr(on_p_values(found)))


_MOST_GROUPS, _LETTERS = 12, 30


def _bars(run: FinishedRun, found: Sequence[Slice]) -> None:
    """The accuracy of each group with its interval, the worst on top, against that of all; groups that are clearly
    worse in another colour."""
    groups = sorted(((one, group) for one in found for group in one.groups), key=lambda pair: pair[1].accuracy)
    shown = list(reversed(groups[:_MOST_GROUPS]))
    accuracies = [group.accuracy for _, group in shown]
    names = [plain("{property}: {group}", property=one.name, group=group.name) for one, group in shown]
    figure = go.Figure(
        go.Bar(
            x=accuracies, y=list(range(len(shown))), orientation="h", width=0.6,
            marker={"color": [WRONG if one.clear and group is one.worst else TRAINING for one, group in shown],
                    "opacity": 0.6},
            error_x={
                "type": "data", "symmetric": False, "color": BASELINE, "thickness": 2,
                "array": [group.interval[1] - group.accuracy for _, group in shown],
                "arrayminus": [group.accuracy - group.interval[0] for _, group in shown],
            },
            customdata=[[verbatim(name), f"{percent(group.accuracy)} ({share_range(group.interval)})", group.n]
                        for name, (_, group) in zip(names, shown, strict=True)],
            hovertemplate="%{customdata[0]}<br>%{customdata[1]}, n = %{customdata[2]}<extra></extra>",
        )
    )  # fmt: skip
    right = sum(answer.right for answer in run.answers) / len(run.answers)
    figure.add_vline(right, line={"color": BASELINE, "dash": "dot", "width": 2})
    figure.add_annotation(
        x=right, y=1, yref="paper", yanchor="bottom", showarrow=False, text=plain("all: {share:percent}", share=right)
    )
    figure.update_layout(
        height=100 + 34 * len(shown), margin={"l": 8, "r": 16, "t": 28, "b": 8},
        xaxis={"title": plain("accuracy"), "range": [0, 1.02], "tickformat": ".0%"},
        yaxis={"tickvals": list(range(len(shown))), "automargin": True,
               "ticktext": ["<br>".join(map(verbatim, lines(name, _LETTERS))) for name in names]},
    )  # fmt: skip
    worst, alone = groups[0]
    alt = plain("Lowest: {property}, {group}, {share:percent}", property=worst.name, group=alone.name,
                share=alone.accuracy)  # fmt: skip
    show_chart(figure, key=f"subgroups-{run.id}", alt=alt)
    if len(groups) > len(shown):
        st.caption(
            tr("The {n} groups with the lowest accuracy are shown, of {total}.", n=len(shown), total=len(groups))
        )
    st.caption(tr("The thin lines are 95\u00a0% confidence intervals."))


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
    view, place = view_of(run.dataset.modality), st.container()
    shown = a_page_of(found.pairs, _PAIRS, f"pairs-{run.id}")
    with place, contextlib.nullcontext() if view.wide else st.grid(min_column_width=_PAIR):
        for pair in shown:
            one, other = known.evaluated[pair.evaluated], known.training[pair.trained]
            labels = [run.dataset.examples[i].label for i in (one, other)]
            training = {"label": labels[1], "p": pair.similarity}
            other_side = Message("training: {label}, similarity {p:percent}", **training)
            if labels[0] != labels[1]:
                other_side = Message("training: {label}, another class, similarity {p:percent}", **training)
            show_examples(run.dataset, [one, other], [Message("evaluated: {label}", label=labels[0]), other_side])
