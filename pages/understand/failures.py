"""Where it fails."""

from __future__ import annotations

import streamlit as st

from core.evaluation.confusion import ClassScore, class_scores, confusion_matrix
from pages.shared.charts import show_confusion
from pages.shared.gallery import show_examples
from pages.shared.words import percent, share_range, tr
from pages.understand.seen import Seen

MOST_WRONG = 12


def show_failures(seen: Seen) -> None:
    """Who is taken for whom, class by class, and the most wrong."""
    dataset, answers = seen.dataset, seen.answers
    said, truth = [a.label for a in answers], [a.truth for a in answers]
    matrix = confusion_matrix(said, truth, dataset.classes)
    left, right = st.columns([5, 6], gap="medium")
    with left:
        st.subheader(tr("What is taken for what"))
        show_confusion(matrix, dataset.classes)
    with right:
        st.subheader(tr("Class by class"))
        rows = [
            {
                tr("class"): s.label,
                tr("judged"): s.n,
                tr("found"): _found(s),
                tr("right if said"): percent(s.precision) if s.precision is not None else "-",
            }
            for s in class_scores(matrix, dataset.classes)
        ]
        st.dataframe(rows, hide_index=True)
        st.caption(
            tr("“Found”: of the examples of this class, the share it recognised (in brackets: where that "
                "may really lie). “Right if said”: of its answers "
               "naming this class, the share that was right.")
        )  # fmt: skip
    _most_wrong(seen)


def _found(scored: ClassScore) -> str:
    if scored.recall is None or scored.recall_interval is None:
        return "-"
    return f"{percent(scored.recall)}  ({share_range(scored.recall_interval)})"


def _most_wrong(seen: Seen) -> None:
    wrong = sorted((a for a in seen.answers if not a.right), key=lambda a: -a.confidence)
    st.subheader(tr("The most wrong"))
    if not wrong:
        st.markdown(tr("None: every judged example was right."))
        return
    st.caption(tr("Wrong answers, the surest first: {n} in all. Look for what they have in common.", n=len(wrong)))
    shown = [a for a in wrong if a.example in seen.at][:MOST_WRONG]
    captions = [
        tr("is {truth}, said {said} ({p})", truth=a.truth, said=a.label, p=percent(a.confidence)) for a in shown
    ]
    show_examples(seen.dataset, [seen.at[a.example] for a in shown], captions)
