"""The map of the examples on paper: who taught, who judged, and which answers were wrong."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from core.evaluation.answers import Answer
from core.report.example_map import ExampleMap
from core.report.frame import Frame, figure, folded, legend, table
from core.report.look import class_colours
from core.report.markup import Html, join, strange, tag, words
from core.results.finished_run import Facts
from core.words import percent, tr

_SHORT = 16
_OTHERS = "#999999"
_LINE, _LETTER = 14.0, 7.0
"""How high and how wide the letters of a name are, about."""


def show_map(facts: Facts, found: ExampleMap) -> Html:
    """The map, what its signs mean, and behind it the middles of the classes and every wrong answer."""
    wrong = sum(answer is not None and not answer.right for answer in found.answers)
    alt = tr("{n} examples as points; {wrong} of them judged the model and were answered wrongly",
             n=len(found.indices), wrong=wrong)  # fmt: skip
    said = words(
        "What lies close together looks alike to the pretrained model, before it was trained here. A flat map shows "
        "{share} of all the differences that it sees, so some things that seem close here are not.",
        share=percent(found.share),
    )
    left_out = words("{n} examples are not drawn.", n=f"{found.left_out:,}") if found.left_out else None
    title = tr("The crosses are wrong answers: look what they lie among") if wrong else tr(
        "What the pretrained model takes for alike")  # fmt: skip
    return join(
        figure(title, _draw(facts, found, alt), _legend(facts, found)),
        tag("p", said, " ", left_out, class_="soft"),
        folded(tr("The map as tables"), _middles(facts, found), _wrong_ones(facts, found)),
    )


def _draw(facts: Facts, found: ExampleMap, alt: str) -> Html:
    low, high = found.places.min(0), found.places.max(0)
    edge = (high - low) * 0.06 + 1e-9
    frame = Frame(*(tuple(map(float, pair)) for pair in zip(low - edge, high + edge, strict=True)), 560.0, 400.0)
    colours = class_colours(found.coloured)
    axes = frame.axes(tr("where they differ most"), tr("second most"), (), ())
    placed = list(zip(found.indices, found.places.tolist(), found.answers, strict=True))
    points = [
        _sign(frame.across(x), frame.up(y), colours.get(facts.dataset.examples[i].label, _OTHERS), answer)
        for i, (x, y), answer in sorted(placed, key=lambda one: facts.dataset.examples[one[0]].label in colours)
    ]
    middles = {
        _short(label): (frame.across(x), frame.up(y))
        for label, (x, y) in _middle_of(facts, found).items()
        if label in colours
    }
    return frame.draw(alt, axes, points, _names(middles), look="map")


def _names(middles: Mapping[str, tuple[float, float]]) -> list[Html]:
    """Names at these places, or a little above or below where another one stands already."""
    taken: list[tuple[float, float, float]] = []
    drawn = []
    for name, (x, wanted) in middles.items():
        half = len(name) * _LETTER / 2
        steps = (wanted + sign * step * _LINE for step in range(len(middles)) for sign in (-1, 1))
        y = next(y for y in steps if all(abs(y - b) >= _LINE or abs(x - a) >= half + other for a, b, other in taken))
        taken.append((x, y, half))
        drawn.append(tag("text", name, x=x, y=y, text_anchor="middle", class_="name"))
    return drawn


def _sign(x: float, y: float, colour: str, answer: Answer | None) -> Html:
    """A square taught, a ring was answered rightly, a cross wrongly."""
    if answer is None:
        return tag("rect", x=x - 3, y=y - 3, width=6, height=6, fill=colour, opacity=0.6)
    if answer.right:
        return tag("circle", cx=x, cy=y, r=3.8, fill="none", stroke=colour, stroke_width=2)
    path = f"M{x - 4:.1f},{y - 4:.1f} l8,8 m0,-8 l-8,8"
    return tag("path", d=path, fill="none", stroke=colour, stroke_width=2.6)


def _legend(facts: Facts, found: ExampleMap) -> Html:
    right, wrong = Answer("", "", "a", {"a": 1.0}), Answer("", "", "b", {"a": 1.0})
    ink = "currentColor"
    shapes = [
        (_sign(8, 6, ink, None), tr("taught")), (_sign(8, 6, ink, right), tr("judged, answered right")),
        (_sign(8, 6, ink, wrong), tr("judged, answered wrong")),
    ]  # fmt: skip
    colours = [(_disc(colour), strange(label, 40)) for label, colour in class_colours(found.coloured).items()]
    if len(found.coloured) < len(facts.dataset.classes):
        colours.append((_disc(_OTHERS), tr("the other classes")))
    return join(legend(shapes), legend(colours))


def _disc(colour: str) -> Html:
    return tag("circle", cx=8, cy=6, r=5, fill=colour)


def _middle_of(facts: Facts, found: ExampleMap) -> dict[str, tuple[float, float]]:
    labels = np.array([facts.dataset.examples[i].label for i in found.indices], dtype=object)
    return {
        label: (float(mean[0]), float(mean[1]))
        for label in facts.dataset.classes if (labels == label).any()
        for mean in (found.places[labels == label].mean(0),)
    }  # fmt: skip


def _middles(facts: Facts, found: ExampleMap) -> Html:
    counts = facts.counts(found.indices)
    rows = [[strange(label), counts[label], f"{x:.2f}", f"{y:.2f}"]
            for label, (x, y) in _middle_of(facts, found).items()]  # fmt: skip
    head = [tr("class"), tr("drawn"), tr("middle, across"), tr("middle, up")]
    return table(head, rows, tr("Where the middles of the classes lie"))


def _wrong_ones(facts: Facts, found: ExampleMap) -> Html:
    rows = [
        [strange(facts.dataset.examples[i].name, 80), strange(answer.truth), strange(answer.label),
         f"{place[0]:.2f}", f"{place[1]:.2f}"]
        for i, answer, place in zip(found.indices, found.answers, found.places, strict=True)
        if answer is not None and not answer.right
    ]  # fmt: skip
    head = [tr("example"), tr("is"), tr("the model said"), tr("across"), tr("up")]
    return table(head, rows, tr("Where the wrong answers lie")) if rows else join()


def _short(label: str) -> str:
    return label if len(label) <= _SHORT else label[: _SHORT - 1] + "…"
