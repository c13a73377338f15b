"""The square of the transfer study as four bars: from scratch and pretrained, each without and with getting more out of
the same examples; an arrow says what the pretraining gave."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection

import streamlit as st

from core.messages import Message
from core.studies.splits import FEWEST_SPLITS
from core.studies.transfer.table import TransferTable
from pages.shared.figures import TRAINING, WRONG
from pages.shared.live_chart import show_live
from pages.shared.words import tr
from pages.studies.bars import bar, bar_chart, gained
from pages.studies.study import Shown

SCRATCH, PRETRAINED = "scratch/plain", "transferred/plain"
_BARS = (
    (SCRATCH, WRONG, Message("From scratch")),
    ("scratch/harder", "#A04600", Message("From scratch, with augmentation and ensembling")),
    (PRETRAINED, TRAINING, Message("Pretrained")),
    ("transferred/harder", "#00517F", Message("Pretrained, with augmentation and ensembling")),
)
"""Methods with their colours, darker where more is made of the same examples; both can bear white letters."""
ALL = tuple(method for method, _, _ in _BARS)


def show_square(shown: Shown, told: Collection[str] | None = None) -> None:
    """Four bars, and an arrow for what the pretraining gave. Where not all is `told` yet, the bars of these methods
    only, in their places."""
    table: TransferTable = shown.table
    asked = {f"{start}/{method}" for start, methods in table.design.methods().items() for method in methods}
    there = [bar for bar in _BARS if bar[0] in asked]
    found = {method: table.accuracy(method) if told is None or method in told else None for method, _, _ in there}
    says = _gained(table) if told is None else Message("Accuracy on new examples")
    traces = [bar(place, found[method], colour, name) for place, (method, colour, name) in enumerate(there)]
    places = [method for method, _, _ in there]
    ends = places.index(SCRATCH), places.index(PRETRAINED)
    annotations = gained((found[SCRATCH], found[PRETRAINED]), table.effects()["transfer"], ends)
    chart = bar_chart(says, traces, annotations, [name for _, _, name in there], _most_frequent(shown))
    if told is None:
        st.markdown(f"#### {tr(says)}")
    show_live(f"square-{shown.key}", [chart], "")


def _gained(table: TransferTable) -> Message:
    """What the pretraining gave, in a line."""
    gain = table.effects()["transfer"]
    if gain is None or gain.interval is None or gain.repeats < FEWEST_SPLITS:
        return Message("With and without pretraining")
    t, s = table.means(PRETRAINED, SCRATCH)
    if gain.sign > 0:
        return Message("Pretraining made the difference: from {s:percent} to {t:percent}", s=s, t=t)
    if gain.sign < 0:
        return Message("Pretraining was in the way: {t:percent}, and {s:percent} from scratch", s=s, t=t)
    return Message("Pretraining made no clear difference: {t:percent}, and {s:percent} from scratch", s=s, t=t)


def _most_frequent(shown: Shown) -> float | None:
    """What always naming the most frequent class of the validation examples gets; None without the dataset."""
    dataset = shown.dataset
    if dataset is None or not shown.table.draws:
        return None
    told = Counter(dataset.examples[i].label for draw in shown.table.draws.values() for i in draw.test)
    return max(told.values()) / told.total()
