"""What kinds of examples it fails on, and which of those that judged are nearly the same as one that taught."""

from __future__ import annotations

import streamlit as st

from core.evaluation.slices import LEAST, Slice
from core.evaluation.twins import LEAST_TAUGHT
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
        st.caption(tr("Fewer than {n} examples judged: too few to divide.", n=LEAST))
        return
    found = failing_kinds(seen.dataset, seen.answers, workspace())
    if not found:
        st.caption(tr("The examples that judged do not differ in anything that could be looked at."))
        return
    clear = [one for one in found if one.clear]
    if not clear:
        st.markdown(tr("**No kind of example clearly fails more.** The differences below may all be chance."))
    for one in clear:
        st.markdown(
            tr("**By {name}:** it is right on {share} of those with {group}, which is worse than the others, and more "
               "than chance.", name=escape(tr(one.name)), share=percent(one.worst.accuracy),
               group=escape(one.worst.name))
        )  # fmt: skip
    st.dataframe([row for one in found for row in _rows(one)], hide_index=True)
    st.caption(
        tr("In brackets: where the share may really lie (95\u00a0% sure). “By chance”: how often shuffling who was "
           "right would make the groups differ as much, corrected for having looked at {n} properties.", n=len(found))
    )  # fmt: skip


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
        st.caption(
            tr("This cannot be told: fewer than {n} examples taught, or what a network made of them is not kept.",
               n=LEAST_TAUGHT)
        )  # fmt: skip
        return
    twins, judged, teachers = found
    many = things(seen.dataset.modality, twins.count)
    if twins.more_than_usual:
        st.warning(
            tr("**{many} that judged are nearly twins of one that taught**, more than chance would give. The score "
               "is likely too kind: new examples will not have a twin.", many=many)
        )  # fmt: skip
    else:
        st.markdown(
            tr("**No more twins than chance gives.** {many} that judged are as much like one that taught as one in "
               "twenty of those that taught are like each other.", many=many)
        )  # fmt: skip
    right, n, interval = twins.without
    if interval:
        st.markdown(
            tr("Without these twins it is right on {right} of {n}: **{share}** ({range}).", right=right, n=n,
               share=percent(right / n), range=share_range(interval))
        )  # fmt: skip
    for pair in twins.pairs[:_PAIRS]:
        one, other = judged[pair.judged], teachers[pair.taught]
        labels = [seen.dataset.examples[i].label for i in (one, other)]
        show_examples(
            seen.dataset, [one, other],
            [tr("judged: {label}", label=labels[0]),
             tr("taught: {label}, likeness {p}", label=labels[1], p=percent(pair.likeness))
             + (tr(", another class") if labels[0] != labels[1] else "")],
        )  # fmt: skip
