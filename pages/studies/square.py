"""The square of the transfer study as four bars: from scratch and pretrained, each without and with getting more out of
the same examples; an arrow says what the pretraining gave."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import streamlit as st

from core.evaluation.repeated_splits import Estimate
from core.messages import Message
from core.results.cells import signed
from core.studies.splits import FEWEST_SPLITS
from core.studies.transfer.table import TransferTable
from pages.shared.figures import BASELINE, RIGHT, TRAINING, WRONG, lines
from pages.shared.live_chart import show_live
from pages.shared.words import percent, plain, tr
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
_APART_BARS = 0.38
"""Half the width of a bar."""
_HIGHEST = 1.16
"""Room for what the arrow says above bars that reach 100 %."""
_MARGIN = 0.4
"""Room for the name of the baseline, to the right of the bars."""


def show_square(shown: Shown, told: Collection[str] | None = None) -> None:
    """Four bars, and an arrow for what the pretraining gave. Where not all is `told` yet, the bars of these methods
    only, in their places."""
    table: TransferTable = shown.table
    asked = {f"{start}/{method}" for start, methods in table.design.methods().items() for method in methods}
    there = [bar for bar in _BARS if bar[0] in asked]
    found = {method: table.accuracy(method) if told is None or method in told else None for method, _, _ in there}
    says = _gained(table) if told is None else Message("Accuracy on new examples")
    traces = [_bar(place, found[method], colour, name) for place, (method, colour, name) in enumerate(there)]
    places = [method for method, _, _ in there]
    annotations, end = _arrow(table, found, places), len(there) - 0.5 + _MARGIN
    guess = _most_frequent(shown)
    if guess is not None:
        span = [-0.5, end]
        line = {
            "x": span, "y": [guess, guess], "mode": "lines", "name": plain("baseline"),
            "line": {"color": BASELINE, "dash": "dot"}, "hovertemplate": "%{y:.0%}",
        }  # fmt: skip
        traces.append(line)
        annotations.append(
            {"x": span[1], "y": guess, "xanchor": "right", "yanchor": "bottom", "showarrow": False,
             "align": "right", "text": f"{plain('baseline')}<br>{percent(guess)}"}
        )  # fmt: skip
    chart = {
        "title": "", "alt": plain(says), "traces": traces, "tick": ".0%", "rem": 21, "yRange": [0, _HIGHEST],
        "xRange": [-0.5, end],
        "xAxis": {
            "tickvals": list(range(len(there))), "showgrid": False,
            "ticktext": ["<br>".join(lines(plain(name), 24)) for _, _, name in there],
        },
        "yAxis": {"title": {"text": plain("accuracy")}, "dtick": 0.2},
        "layout": {"annotations": annotations, "showlegend": False},
    }  # fmt: skip
    if told is None:
        st.markdown(f"#### {tr(says)}")
    show_live(f"square-{shown.key}", [chart], "")


def _bar(place: int, found: Estimate | None, colour: str, name: Message) -> dict[str, Any]:
    """A bar with its number at its foot, so that the interval at its head covers nothing; none before it is known."""
    bar: dict[str, Any] = {
        "type": "bar", "x": [place] if found else [], "y": [found.mean] if found else [], "name": plain(name),
        "showlegend": False, "line": {"color": colour}, "marker": {"color": colour}, "width": 2 * _APART_BARS,
        "text": [percent(found.mean)] if found else [], "textposition": "inside", "insidetextanchor": "start",
        "insidetextfont": {"color": "#FFFFFF", "size": 26}, "textangle": 0, "hovertemplate": "%{y:.0%}",
    }  # fmt: skip
    if found and found.interval:
        low, high = found.interval
        bar["error_y"] = {
            "type": "data", "symmetric": False, "array": [high - found.mean], "arrayminus": [found.mean - low],
            "color": BASELINE, "thickness": 2, "width": 8,
        }  # fmt: skip
    return bar


def _arrow(table: TransferTable, found: Mapping[str, Estimate | None], places: Sequence[str]) -> list[dict[str, Any]]:
    """From the bar without pretraining to the one with it, and how much that is; none while nothing can be told."""
    begin, end, gain = found[SCRATCH], found[PRETRAINED], table.effects()["transfer"]
    if begin is None or end is None or gain is None or gain.interval is None:
        return []
    colour = RIGHT if gain.sign > 0 else WRONG if gain.sign < 0 else BASELINE
    foot, head = places.index(SCRATCH) + _APART_BARS, places.index(PRETRAINED) - _APART_BARS
    shaft = {
        "x": head, "y": end.mean, "ax": foot, "ay": begin.mean, "xref": "x", "yref": "y", "axref": "x", "ayref": "y",
        "text": "", "showarrow": True, "arrowhead": 2, "arrowsize": 1.2, "arrowwidth": 3, "arrowcolor": colour,
    }  # fmt: skip
    low, high = gain.interval
    text = plain("{d} percentage points", d=signed(gain.mean))
    ends = plain("({low} to {high})", low=signed(low), high=signed(high))
    word = {
        "x": (foot + head) / 2, "y": max(begin.mean, end.mean) + 0.02, "yanchor": "bottom",
        "text": f"<b>{text}</b><br>{ends}", "showarrow": False, "font": {"size": 16, "color": colour},
    }  # fmt: skip
    return [shaft, word]


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
