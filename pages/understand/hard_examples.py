"""Which examples: the surest mistakes, the least sure answers, and labels that may be wrong."""

from __future__ import annotations

import streamlit as st

from core.data.findings import load_findings
from core.data.versions import Change, change_set
from core.errors import UserError
from core.training.answers import Answer
from pages.shared.gallery import show_examples
from pages.shared.pages import DATA, TRAIN
from pages.shared.services import workspace
from pages.shared.why import show_why
from pages.shared.words import escape, tr
from pages.understand.seen import Seen

MOST = 12
_DOUBTFUL = 0.9
"""A wrong answer that is so sure may mean that the label is wrong."""


def show_hard_examples(seen: Seen) -> None:
    _most_wrong(seen)
    _least_sure(seen)
    _mislabelled(seen)


def _most_wrong(seen: Seen) -> None:
    wrong = sorted((a for a in seen.corrected if not a.right), key=lambda a: -a.confidence)
    st.subheader(tr("The most wrong"))
    if not wrong:
        st.markdown(tr("None: every judged example was right."))
        return
    st.caption(tr("Wrong answers, the surest first: {n} in all. Look for what they have in common.", n=len(wrong)))
    _show(seen, wrong)
    near = [a for a in wrong if a.example in seen.at][:MOST]
    if near:
        _look_closer(seen, near)


def _look_closer(seen: Seen, answers: list[Answer]) -> None:
    """Why one of them was answered so."""
    names = {a.example: seen.dataset.examples[seen.at[a.example]].name for a in answers}
    one = st.selectbox(
        tr("Look closer at one"), answers, key="closer",
        format_func=lambda a: tr("{name}: is {truth}, said {said}", name=names[a.example], truth=a.truth, said=a.label),
    )  # fmt: skip
    show_why(seen.run, {"example": one.example}, one.label, seen.dataset.classes, f"wrong-{one.example}")


def _least_sure(seen: Seen) -> None:
    st.subheader(tr("The least sure"))
    st.caption(tr("Right or wrong, here it hardly knew. More examples like these would teach it most."))
    _show(seen, sorted(seen.corrected, key=lambda a: a.confidence))


def _show(seen: Seen, answers: list[Answer]) -> None:
    shown = [a for a in answers if a.example in seen.at][:MOST]
    captions = [tr("is {truth}, said {said} ({p:percent})", truth=a.truth, said=a.label, p=a.confidence) for a in shown]
    show_examples(seen.dataset, [seen.at[a.example] for a in shown], captions)


def _mislabelled(seen: Seen) -> None:
    """What the doctor suspects, and what the model contradicts; each can be given another class at once."""
    st.subheader(tr("Perhaps the label is wrong"))
    suspects = _suspects(seen)
    if not suspects:
        st.markdown(tr("None that stands out."))
        return
    st.caption(tr("The model is very sure of another class, or the look over the set found them odd. Judge yourself."))
    for key, says in suspects[:MOST]:
        at = next(i for i, example in enumerate(seen.dataset.examples) if example.key == key)
        example = seen.dataset.examples[at]
        with st.container(border=True):
            show_examples(seen.dataset, [at], [example.label])
            with st.container(horizontal=True, vertical_alignment="bottom"):
                label = st.selectbox(
                    tr("It is"), seen.dataset.classes, index=seen.dataset.classes.index(says), key=f"relabel-{key}"
                )
                if st.button(tr("Change its class"), key=f"change-{key}", disabled=label == example.label):
                    _relabel(seen, key, label)
    st.page_link(DATA, label=tr("All that was found about the set"), query_params={"dataset": seen.dataset.id})


def _suspects(seen: Seen) -> list[tuple[str, str]]:
    """Keys of examples, and the class that each may belong to."""
    found = {
        seen.dataset.examples[seen.at[a.example]].key: a.label
        for a in sorted(seen.corrected, key=lambda a: -a.confidence)
        if not a.right and a.confidence >= _DOUBTFUL and a.example in seen.at
    }
    known = load_findings(seen.dataset.id, workspace())
    for finding in known.found if known else ():
        for remedy in finding.remedies if finding.kind == "wrong_labels" else ():
            if remedy.action == "relabel" and remedy.label in seen.dataset.classes and len(remedy.examples) == 1:
                found.setdefault(remedy.examples[0], remedy.label)
    here = {example.key for example in seen.dataset.examples}
    return [(key, label) for key, label in found.items() if key in here]


def _relabel(seen: Seen, key: str, label: str) -> None:
    """A new version of the set, on which one can train again; this run keeps the version it learnt from."""
    try:
        made = change_set(seen.dataset.id, [Change("relabel", examples=(key,), label=label)], workspace())
    except UserError as error:
        st.error(escape(str(error)))
        return
    st.success(tr("Changed in a new version of the set, where it can be undone. This run stays as it is."))
    st.page_link(TRAIN, label=tr("Train on the new version"), query_params={"dataset": made.id})
