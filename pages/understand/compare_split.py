"""Examples on which two runs part: one is right, the other is wrong."""

from __future__ import annotations

import streamlit as st

from core.data.dataset import Dataset
from core.errors import UserError
from core.evaluation.answers import Answer
from core.studies.comparison.table import Compared
from pages.shared.current import load_dataset
from pages.shared.examples import show_examples
from pages.shared.words import escape, tr

MOST_SHOWN = 12


def show_split(found: Compared) -> None:
    """Both directions, with what the wrong one said instead."""
    st.subheader(tr("Where they part"))
    first, second = _pair(found)
    one, other = found.runs[first], found.runs[second]
    both = list(zip(one.answers, other.answers, strict=True))
    right = sum(a.right and b.right for a, b in both)
    wrong = sum(not a.right and not b.right for a, b in both)
    st.caption(
        tr("Of {n} examples both get {right} right and {wrong} wrong. On the others they part: what have those in "
           "common?", n=len(both), right=right, wrong=wrong)
    )  # fmt: skip
    try:
        dataset = load_dataset(one.dataset if found.judged_on in ("own", "shared") else found.judged_on)
    except UserError as error:
        st.info(escape(str(error)))
        return
    one_name, other_name = (escape(found.names[number]) for number in (first, second))
    _direction(one_name, other_name, [b for a, b in both if a.right and not b.right], dataset)
    _direction(other_name, one_name, [a for a, b in both if b.right and not a.right], dataset)


def _pair(found: Compared) -> tuple[int, int]:
    """The numbers of the two that are looked at: all there are, or those that the person picks."""
    pairs = [(pair.first, pair.second) for pair in found.pairs]
    if len(pairs) == 1:
        return pairs[0]
    said = {pair: tr("{a} and {b}", a=found.names[pair[0]], b=found.names[pair[1]]) for pair in pairs}
    return st.selectbox(tr("Which two"), pairs, format_func=said.__getitem__)


def _direction(right: str, wrong: str, mistakes: list[Answer], dataset: Dataset) -> None:
    """`mistakes` are the answers of the one that is wrong."""
    st.markdown(tr("**“{right}” is right and “{wrong}” is wrong: {n}**", right=right, wrong=wrong, n=len(mistakes)))
    at = {example.id: i for i, example in reversed(list(enumerate(dataset.examples)))}
    shown = sorted((a for a in mistakes if a.example in at), key=lambda a: -a.confidence)[:MOST_SHOWN]
    captions = [tr("is {truth}, taken for {said}", truth=a.truth, said=a.label) for a in shown]
    if shown:
        show_examples(dataset, [at[a.example] for a in shown], captions)
    if len(mistakes) > len(shown):
        st.caption(tr("The {n} surest mistakes are shown.", n=len(shown)))
