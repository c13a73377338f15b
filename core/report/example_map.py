"""The map of the examples: where they lie to the pretrained model, in the two directions in which they differ most."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.evaluation.answers import Answer
from core.evaluation.projection import flat_map
from core.report.look import COLOURS
from core.results.errors import kept_vectors
from core.results.finished_run import Facts

_MOST = 600
"""So many points can be told apart, and computed in a blink."""
_FEWEST = 8


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
    known = kept_vectors(dataset, facts.recipe, facts.workspace)
    there = [i for i in wanted if dataset.examples[i].id in known]
    if len(there) < max(_FEWEST, len(wanted) // 2):
        return None
    drawn = _thinned(there, judged)
    places, share = flat_map(np.stack([known[dataset.examples[i].id] for i in drawn]))
    return ExampleMap(
        tuple(drawn), tuple(judged.get(i) for i in drawn), places, share, len(wanted) - len(drawn), _coloured(facts)
    )


def _thinned(there: Sequence[int], judged: dict[int, Answer]) -> list[int]:
    """All where there is room; else wrong answers, up to half of it, and of the others every second, third, ... one."""
    wrong = [i for i in there if i in judged and not judged[i].right]
    others = sorted(set(there) - set(wrong))
    if len(there) > _MOST:
        wrong = _some(wrong, max(_MOST // 2, _MOST - len(others)))
        others = _some(others, _MOST - len(wrong))
    return [*others, *wrong]  # the wrong ones are drawn last, on top


def _some(indices: Sequence[int], most: int) -> list[int]:
    at = np.linspace(0, len(indices) - 1, min(most, len(indices))).round().astype(int)
    return [indices[k] for k in at]


def _coloured(facts: Facts) -> tuple[str, ...]:
    """All classes, or those that are mistaken most often."""
    classes = facts.dataset.classes
    if len(classes) <= COLOURS:
        return classes
    missed = facts.matrix.sum(1) - facts.matrix.diagonal()
    order = sorted(range(len(classes)), key=lambda i: (-missed[i], -facts.dataset.counts[classes[i]], i))
    most = order[: COLOURS - 1]  # the last colour is grey, as all others are here
    return tuple(classes[i] for i in sorted(most))
