"""A large chart of a few bars that a whole room can read: accuracies with their intervals, and an arrow from one to
another that says what was gained."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from core.evaluation.repeated_splits import Estimate
from core.messages import Message
from core.results.cells import signed
from pages.shared.figures import BASELINE, RIGHT, WRONG, lines
from pages.shared.words import percent, plain

APART = 0.38
"""Half the width of a bar."""
_HIGHEST = 1.16
"""Room for what the arrow says above bars that reach 100 %."""
_MARGIN = 0.4
"""Room for the name of the baseline, to the right of the bars."""


def bar(place: int, found: Estimate | None, colour: str, name: Message) -> dict[str, Any]:
    """A bar with its number at its foot, so that the interval at its head covers nothing; none before it is known."""
    drawn: dict[str, Any] = {
        "type": "bar", "x": [place] if found else [], "y": [found.mean] if found else [], "name": plain(name),
        "showlegend": False, "line": {"color": colour}, "marker": {"color": colour}, "width": 2 * APART,
        "text": [percent(found.mean)] if found else [], "textposition": "inside", "insidetextanchor": "start",
        "insidetextfont": {"color": "#FFFFFF", "size": 26}, "textangle": 0, "hovertemplate": "%{y:.0%}",
    }  # fmt: skip
    if found and found.interval:
        low, high = found.interval
        drawn["error_y"] = {
            "type": "data", "symmetric": False, "array": [high - found.mean], "arrayminus": [found.mean - low],
            "color": BASELINE, "thickness": 2, "width": 8,
        }  # fmt: skip
    return drawn


def gained(
    bars: tuple[Estimate | None, Estimate | None], gain: Estimate | None, places: tuple[int, int], *,
    arrow: bool = True, above: float = 0.0,
) -> list[dict[str, Any]]:  # fmt: skip
    """How much more the second of two bars is, in words between them and `above` what else stands there, with an arrow
    from one to the other unless something else leads there; none while nothing can be told."""
    begin, end = bars
    if begin is None or end is None or gain is None or gain.interval is None:
        return []
    colour = RIGHT if gain.sign > 0 else WRONG if gain.sign < 0 else BASELINE
    foot, head = places[0] + APART, places[1] - APART
    shaft = {
        "x": head, "y": end.mean, "ax": foot, "ay": begin.mean, "xref": "x", "yref": "y", "axref": "x", "ayref": "y",
        "text": "", "showarrow": True, "arrowhead": 2, "arrowsize": 1.2, "arrowwidth": 3, "arrowcolor": colour,
    }  # fmt: skip
    low, high = gain.interval
    text = plain("{d} percentage points", d=signed(gain.mean))
    ends = plain("({low} to {high})", low=signed(low), high=signed(high))
    word = {
        "x": (foot + head) / 2, "y": max(begin.mean, end.mean, above) + 0.02, "yanchor": "bottom",
        "text": f"<b>{text}</b><br>{ends}", "showarrow": False, "font": {"size": 16, "color": colour},
    }  # fmt: skip
    return [shaft, word] if arrow else [word]


def bar_chart(
    says: Message, traces: Sequence[dict[str, Any]], annotations: Sequence[dict[str, Any]], names: Sequence[Message],
    baseline: float | None,
) -> dict[str, Any]:  # fmt: skip
    """The chart for `show_live`: `names` below the bars, and a dotted line at the `baseline` where that is known."""
    end = len(names) - 0.5 + _MARGIN
    dotted, words = [], []
    if baseline is not None:
        dotted.append(
            {"x": [-0.5, end], "y": [baseline, baseline], "mode": "lines", "name": plain("baseline"),
             "line": {"color": BASELINE, "dash": "dot"}, "hovertemplate": "%{y:.0%}"}
        )  # fmt: skip
        words.append(
            {"x": end, "y": baseline, "xanchor": "right", "yanchor": "bottom", "showarrow": False,
             "align": "right", "text": f"{plain('baseline')}<br>{percent(baseline)}"}
        )  # fmt: skip
    return {
        "title": "", "alt": plain(says), "traces": [*traces, *dotted], "tick": ".0%", "rem": 21,
        "yRange": [0, _HIGHEST], "xRange": [-0.5, end],
        "xAxis": {
            "tickvals": list(range(len(names))), "showgrid": False,
            "ticktext": ["<br>".join(lines(plain(name), 24)) for name in names],
        },
        "yAxis": {"title": {"text": plain("accuracy")}, "dtick": 0.2},
        "layout": {"annotations": [*annotations, *words], "showlegend": False},
    }  # fmt: skip
