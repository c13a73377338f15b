"""What kinds of examples it fails on, and which of those that judged are nearly the same as one that taught."""

from __future__ import annotations

import streamlit as st

from core.evaluation.slices import LEAST, Slice
from core.evaluation.validity import LEAST_TRAINING
from core.insight import said
from core.insight.failures import across_the_split, failing_kinds
from pages.shared.gallery import show_examples
from pages.shared.services import workspace
from pages.shared.words import escape, percent, share_range, things, tr
from pages.understand.seen import Seen

_PAIRS = 8


def show_kinds(seen: Seen) -> None:
    """Groups of examples by size, brightness, length and the like, and whether they truly differ."""
    st.subheader(tr("Does it fail more on some kinds?"))
    if len(seen.answers) < LEAST:
        st.caption(tr(said.FEW_JUDGED, n=LEAST))
        return
    found = failing_kinds(seen.dataset, seen.answers, workspace())
    if not found:
        st.caption(tr(said.ALL_ALIKE))
        return
    clear = [one for one in found if one.clear]
    if not clear:
        st.markdown(tr(said.NO_KIND_FAILS))
    for one in clear:
        st.markdown(
            tr(said.KIND_FAILS, name=escape(tr(one.name)), share=percent(one.worst.accuracy),
               group=escape(one.worst.name))
        )  # fmt: skip
    st.dataframe([row for one in found for row in _rows(one)], hide_index=True)
    st.caption(tr(said.BY_CHANCE, n=len(found)))


def _rows(one: Slice) -> list[dict[str, object]]:
    return [
        {
            tr("by"): tr(one.name),
            tr("group"): group.name,
            tr("judged"): group.n,
            tr("right"): f"{percent(group.accuracy)}  ({share_range(group.interval)})",
            tr("by chance"): percent(one.p),
        }
        for group in one.groups
    ]


def show_twins(seen: Seen) -> None:
    """The judging examples nearest to one that taught, and the score without the twins."""
    st.subheader(tr("Too much like what it learnt from?"))
    recipe = seen.run.request["recipe"]
    found = across_the_split(seen.dataset, seen.taught, seen.answers, recipe, workspace())
    if found is None:
        st.caption(tr(said.NO_TWINS_KNOWN, n=LEAST_TRAINING))
        return
    twins, judged, teachers = found
    many = things(seen.dataset.modality, twins.count)
    if twins.more_than_expected:
        st.warning(tr(said.MANY_TWINS, many=many))
    else:
        st.markdown(tr(said.USUAL_TWINS, many=many))
    right, n, interval = twins.others
    if interval:
        st.markdown(
            tr(said.WITHOUT_TWINS, right=right, n=n, share=percent(right / n), range=share_range(interval))
        )  # fmt: skip
    for pair in twins.pairs[:_PAIRS]:
        one, other = judged[pair.evaluated], teachers[pair.trained]
        labels = [seen.dataset.examples[i].label for i in (one, other)]
        show_examples(
            seen.dataset, [one, other],
            [tr("judged: {label}", label=labels[0]),
             tr("taught: {label}, likeness {p:percent}", label=labels[1], p=pair.similarity)
             + (tr(", another class") if labels[0] != labels[1] else "")],
        )  # fmt: skip
