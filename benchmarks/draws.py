"""A public set as one dataset, and draws of it: a few examples of each class to learn from, and others to judge by."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.sets import BenchmarkSet

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np

    from core.data.dataset import Dataset
    from core.data.splits import Split
    from core.evaluation.repeated_splits import EvaluatedSplit
    from core.workspace import Workspace

JUDGES = 500
"""At most so many examples judge a draw."""
MOST = 1000
"""At most so many are learnt from where all are taken."""


def whole(one: BenchmarkSet, data: Path, workspace: Workspace) -> Dataset:
    """The set as one dataset. Where its files are divided its examples say so, and of the classes that are used (see
    `BenchmarkSet.classes`) it has no others."""
    import numpy as np

    read = one.read(data, workspace)
    names = list(read[0].classes)
    if one.classes is not None:
        names = [names[i] for i in np.random.default_rng(0).permutation(len(names))[: one.classes]]
    parts = ("train", "test") if len(read) > 1 else (None,)
    examples = tuple(
        replace(example, split=part)
        for dataset, part in zip(read, parts, strict=True)
        for example in dataset.examples
        if example.label in set(names)
    )
    return replace(read[0], examples=examples)


def draw(dataset: Dataset, shots: int | None, seed: int) -> Split:
    """So many examples of each class, or with None three quarters of all, at most `MOST`; and who judges, as "test".

    Copies, speakers and recordings are never on both sides. DataError where a class is too small.
    """
    from core.data.splits import Split, make_split
    from core.messages import NOTHING

    made = make_split(dataset, seed=seed, shots=shots)
    learnt = made.train if shots else _some(made.train, MOST, seed)
    return Split(learnt, (), _some((*made.validation, *made.test), JUDGES, seed), NOTHING)


def gain(splits: Sequence[EvaluatedSplit], right: Sequence[np.ndarray], plain: Sequence[np.ndarray]) -> str:
    """ "+1.8 (+0.7 to +2.8)": by how many points of accuracy one way is better than another on the same draws, with its
    95 % interval. Both are who was right, draw by draw."""
    from core.evaluation.repeated_splits import two_way_mean

    found = two_way_mean(splits, [one - other for one, other in zip(right, plain, strict=True)])
    low, high = found.interval or (float("nan"),) * 2
    return f"{100 * found.mean:+.1f} ({100 * low:+.1f} to {100 * high:+.1f})"


def _some(indices: Sequence[int], most: int, seed: int) -> tuple[int, ...]:
    import numpy as np

    drawn = np.random.default_rng(seed).permutation(np.array(indices, dtype=int))[:most]
    return tuple(sorted(int(i) for i in drawn))
