"""The map of the examples: what the pretrained model made of them, on paper, with the wrong answers marked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.cache import CACHE_VIEW, VectorCache
from core.errors import UserError
from core.fewshot.flat_map import flat_map
from core.models.catalog import get_card
from core.report.facts import Facts
from core.report.frame import Frame, figure, folded, legend, table
from core.report.look import COLOURS, class_colours
from core.report.markup import Html, join, strange, tag, words
from core.training.answers import Answer
from core.words import percent, tr

_MOST = 600
"""So many points can be told apart, and computed in a blink."""
_FEWEST = 8
_SHORT = 16
_OTHERS = "#999999"


@dataclass(frozen=True)
class ExampleMap:
    """`places` (n, 2) of the examples drawn, by index in the set; `answers` are None for those that taught. `share`
    is how much of all differences the map shows; `left_out` so many examples are not drawn. Of many classes only the
    `coloured` ones have a colour of their own."""

    indices: tuple[int, ...]
    answers: tuple[Answer | None, ...]
    places: np.ndarray
    share: float
    left_out: int
    coloured: tuple[str, ...]


def make_map(facts: Facts) -> ExampleMap | None:
    """Where the examples lie; None where what the model made of them is no longer kept."""
    dataset, judged = facts.dataset, facts.answer_of
    wanted = [*judged, *(i for i in facts.taught if i not in judged)]
    known = _kept_vectors(facts, wanted)
    there = [i for i in wanted if dataset.examples[i].id in known]
    if len(there) < max(_FEWEST, len(wanted) // 2):
        return None
    drawn = _thinned(there, judged)
    places, share = flat_map(np.stack([known[dataset.examples[i].id] for i in drawn]))
    return ExampleMap(
        tuple(drawn), tuple(judged.get(i) for i in drawn), places, share, len(wanted) - len(drawn), _coloured(facts)
    )


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
    title = words("The crosses are the {n} wrong answers: look what they lie among", n=wrong) if wrong else words(
        "What the pretrained model takes for alike")  # fmt: skip
    return join(
        figure(title, _draw(facts, found, alt), _legend(facts, found)),
        tag("p", said, " ", left_out, class_="soft"),
        folded(tr("The map as tables"), _middles(facts, found), _wrong_ones(facts, found)),
    )


def _kept_vectors(facts: Facts, wanted: Sequence[int]) -> dict[str, np.ndarray]:
    try:
        card = get_card(facts.recipe["model"], facts.workspace)
    except UserError:  # the run it began with was deleted
        return {}
    cache = VectorCache(facts.workspace, card.identity, facts.recipe.get("image_size") or card.input_size, CACHE_VIEW)
    return cache.get(list({facts.dataset.examples[i].id for i in wanted}))


def _thinned(there: Sequence[int], judged: dict[int, Answer]) -> list[int]:
    """Every wrong answer as far as there is room, and of the others every second, third, ... one."""
    first = [i for i in there if i in judged and not judged[i].right][:_MOST]
    others = sorted(set(there) - set(first))
    at = np.linspace(0, len(others) - 1, min(_MOST - len(first), len(others))).round().astype(int)
    return [*(others[k] for k in at), *first]  # the wrong ones are drawn last, on top


def _coloured(facts: Facts) -> tuple[str, ...]:
    """All classes, or those that are mistaken most often."""
    classes = facts.dataset.classes
    if len(classes) <= COLOURS:
        return classes
    missed = facts.matrix.sum(1) - facts.matrix.diagonal()
    most = sorted(range(len(classes)), key=lambda i: (-missed[i], -facts.dataset.counts[classes[i]], i))[:COLOURS]
    return tuple(classes[i] for i in sorted(most))


def _draw(facts: Facts, found: ExampleMap, alt: str) -> Html:
    low, high = found.places.min(0), found.places.max(0)
    edge = (high - low) * 0.06 + 1e-9
    frame = Frame(*(tuple(map(float, pair)) for pair in zip(low - edge, high + edge, strict=True)), 560.0, 400.0)
    colours = class_colours(found.coloured)
    axes = frame.axes(tr("where they differ most"), tr("second most"), (), ())
    points = [
        _sign(frame.across(x), frame.up(y), colours.get(facts.dataset.examples[i].label, _OTHERS), answer)
        for i, (x, y), answer in zip(found.indices, found.places.tolist(), found.answers, strict=True)
    ]
    names = [
        tag("text", _short(label), x=frame.across(x), y=frame.up(y), text_anchor="middle", class_="name")
        for label, (x, y) in _middle_of(facts, found).items() if label in colours
    ]  # fmt: skip
    return frame.draw(alt, axes, points, names, look="map")


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
