"""The rows of a few-shot text task: the same for every method."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from core.data.dataset import Dataset, Example

TEST_ROWS = 1000
"""At most so many test rows judge, drawn once."""


@dataclass(frozen=True, slots=True)
class FewShot:
    """Who teaches, who judges, and the classes in the order of their numbers."""

    teach: tuple[Example, ...]
    judge: tuple[Example, ...]
    classes: tuple[str, ...]


def draw(
    train: Dataset, test: Dataset, shots: int, seed: int, classes: int | None = None, rows: int = TEST_ROWS
) -> FewShot:
    """`shots` of each class of `train`, drawn with `seed`; `classes` and the test rows are drawn once for all seeds."""
    import numpy as np

    from core.data.splits import draw_shots

    names = list(train.classes)
    if classes is not None:
        names = [names[i] for i in sorted(np.random.default_rng(0).permutation(len(names))[:classes])]
    known = _of(train.examples, names)
    taught = draw_shots(replace(train, examples=tuple(known)), range(len(known)), shots, seed)
    judging = _of(test.examples, names)
    if len(judging) > rows:
        judging = [judging[i] for i in sorted(np.random.default_rng(0).permutation(len(judging))[:rows])]
    return FewShot(tuple(replace(known[i], split=None) for i in taught), tuple(judging), tuple(names))


def _of(examples: Sequence[Example], names: Sequence[str]) -> list[Example]:
    return [example for example in examples if example.label in set(names)]
