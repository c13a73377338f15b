"""The embedding map: where examples lie to the pretrained model, in the two directions in which they differ most.

A principal component analysis of their embeddings. What is shown is limited to what can be told apart on paper.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from core.evaluation.answers import Answer
from core.evaluation.projection import project_to_plane
from core.report.charts import COLOURS, Plane, Point, class_colours
from core.results.errors import kept_vectors
from core.results.finished_run import FinishedRun

_MOST = 600
"""So many points can be told apart, and computed in a blink."""
_FEWEST = 8
_OTHERS = "#999999"
_SHORT = 16
_LINE, _LETTER = 14.0, 7.0
"""How high and how wide the letters of a name are, about."""


@dataclass(frozen=True, slots=True)
class Placed:
    """One example at (x, y) of the map; `answer` is None for a training example."""

    name: str
    label: str
    x: float
    y: float
    colour: str
    answer: Answer | None

    @property
    def look(self) -> str:
        """ "training", "correct" or "wrong"."""
        return "training" if self.answer is None else "correct" if self.answer.right else "wrong"


@dataclass(frozen=True, slots=True)
class EmbeddingMap:
    """`placed` in the order of drawing. `share` is how much of the variance the map shows; `left_out` so many examples
    are not drawn. `colours` by class: of many classes only some have one of their own, the `others` share a grey."""

    placed: tuple[Placed, ...]
    share: float
    left_out: int
    colours: Mapping[str, str]
    others: str | None

    @property
    def wrong(self) -> list[Placed]:
        return [one for one in self.placed if one.look == "wrong"]

    @property
    def middles(self) -> list[tuple[str, int, float, float]]:
        """The name of each class, how many of its examples are drawn, and the mean of their places."""
        found = []
        for label in dict.fromkeys(sorted(one.label for one in self.placed)):
            xs, ys = zip(*((one.x, one.y) for one in self.placed if one.label == label), strict=True)
            found.append((label, len(xs), float(np.mean(xs)), float(np.mean(ys))))
        return found

    @property
    def plane(self) -> Plane:
        places = np.array([(one.x, one.y) for one in self.placed])
        low, high = places.min(0), places.max(0)
        edge = (high - low) * 0.06 + 1e-9
        (x0, y0), (x1, y1) = (low - edge).tolist(), (high + edge).tolist()
        return Plane((x0, x1), (y0, y1), 560.0, 400.0)

    @property
    def names(self) -> list[tuple[str, Point]]:
        """Names of the coloured classes and where they stand on paper: in the middle of their examples, or a little
        above or below where another one stands already."""
        plane = self.plane
        taken: list[tuple[float, float, float]] = []
        found: list[tuple[str, Point]] = []
        middles = [(label, x, y) for label, _, x, y in self.middles if label in self.colours]
        for label, right, up in middles:
            name = label if len(label) <= _SHORT else label[: _SHORT - 1] + "…"
            x, wanted, half = plane.across(right), plane.up(up), len(name) * _LETTER / 2
            steps = (wanted + sign * step * _LINE for step in range(len(middles)) for sign in (-1, 1))
            free = (y for y in steps if all(abs(y - b) >= _LINE or abs(x - a) >= half + w for a, b, w in taken))
            y = next(free, wanted)
            taken.append((x, y, half))
            found.append((name, (x, y)))
        return found


def embedding_map(run: FinishedRun) -> EmbeddingMap | None:
    """Where the examples of a run lie; None where their embeddings are no longer kept."""
    dataset, answers = run.dataset, {run.place[answer.example]: answer for answer in run.answers}
    wanted = [*answers, *(i for i in run.split.train if i not in answers)]
    known = kept_vectors(dataset, run.recipe, run.workspace)
    there = [i for i in wanted if dataset.examples[i].id in known]
    if len(there) < max(_FEWEST, len(wanted) // 2):
        return None
    drawn = _thinned(there, answers)
    places, share = project_to_plane(np.stack([known[dataset.examples[i].id] for i in drawn]))
    colours = class_colours(_coloured(run))
    placed = [
        Placed(example.name, example.label, float(x), float(y), colours.get(example.label, _OTHERS), answers.get(i))
        for i, (x, y) in zip(drawn, places, strict=True)
        for example in (dataset.examples[i],)
    ]
    placed.sort(key=lambda one: one.label in colours)  # grey ones first, so that they hide nothing
    others = _OTHERS if len(colours) < len(dataset.classes) else None
    return EmbeddingMap(tuple(placed), share, len(wanted) - len(drawn), colours, others)


def _thinned(there: Sequence[int], answers: Mapping[int, Answer]) -> list[int]:
    """All where there is room; else wrong answers, up to half of it, and of the others every second, third, ... one."""
    wrong = [i for i in there if i in answers and not answers[i].right]
    others = sorted(set(there) - set(wrong))
    if len(there) > _MOST:
        wrong = _some(wrong, max(_MOST // 2, _MOST - len(others)))
        others = _some(others, _MOST - len(wrong))
    return [*others, *wrong]  # the wrong ones are drawn last, on top


def _some(indices: Sequence[int], most: int) -> list[int]:
    at = np.linspace(0, len(indices) - 1, min(most, len(indices))).round().astype(int)
    return [indices[k] for k in at]


def _coloured(run: FinishedRun) -> tuple[str, ...]:
    """All classes, or those that are mistaken most often."""
    classes = run.dataset.classes
    if len(classes) <= COLOURS:
        return classes
    missed, counts = Counter(answer.truth for answer in run.answers if not answer.right), run.dataset.counts
    order = sorted(classes, key=lambda label: (-missed[label], -counts[label]))
    most = set(order[: COLOURS - 1])  # the last colour is grey, as all others are here
    return tuple(label for label in classes if label in most)
