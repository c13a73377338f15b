"""Which classes: who is taken for whom, and how well each class is recognised."""

from __future__ import annotations

import streamlit as st

from core.evaluation.scores import ClassScore, class_scores, clearly_worst, confused, confusion_matrix
from pages.shared.charts import show_confusion
from pages.shared.gallery import show_examples
from pages.shared.words import percent, share_range, tr
from pages.understand.seen import Seen

_SHOWN = 24


def show_classes(seen: Seen) -> None:
    """The confusion matrix, whose cells open, and every class by itself."""
    classes = seen.dataset.classes
    matrix = confusion_matrix([a.label for a in seen.answers], [a.truth for a in seen.answers], classes)
    scores = class_scores(matrix, classes)
    left, right = st.columns([5, 6], gap="medium")
    with left:
        st.subheader(tr("What is taken for what"))
        shares = st.toggle(tr("Shares instead of counts"), key="confusion-shares")
        clicked = show_confusion(matrix, classes, shares=shares, choose=True)
    with right:
        _each_class(scores)
    mistakes = confused(matrix, classes)
    _one_cell(seen, clicked, [(truth, said) for truth, said, _ in mistakes], {(t, s): n for t, s, n in mistakes})


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
    seen: Seen, clicked: tuple[str, str] | None, mistakes: list[tuple[str, str]], many: dict[tuple[str, str], int]
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
                                    n=sum((a.truth, a.label) == cell for a in seen.answers)),
    )  # fmt: skip
    shown = [a for a in seen.corrected if (a.truth, a.label) == (truth, said) and a.example in seen.at]
    captions = [tr("{p:percent} sure", p=a.confidence) for a in shown[:_SHOWN]]
    show_examples(seen.dataset, [seen.at[a.example] for a in shown[:_SHOWN]], captions)
    if len(shown) > _SHOWN:
        st.caption(tr("{n} more", n=len(shown) - _SHOWN))
