"""Where a run fails: the answers that judged it, by class, by kind of example, and by likeness to what taught it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from core.data.dataset import Dataset
from core.evaluation.slices import Slice, slices
from core.evaluation.validity import Leakage, leakage
from core.insight.kinds import kinds_of
from core.insight.vectors import kept_vectors
from core.training.answers import Answer
from core.workspace import Workspace


def failing_kinds(dataset: Dataset, answers: Sequence[Answer], workspace: Workspace) -> list[Slice]:
    """Whether some kinds of examples are answered wrongly more often than others, the clearest first."""
    at = places(dataset)
    known = [answer for answer in answers if answer.example in at]
    kinds = kinds_of(dataset, [at[answer.example] for answer in known], workspace)
    return slices(kinds, [answer.right for answer in known])


def across_the_split(
    dataset: Dataset, taught: Sequence[int], answers: Sequence[Answer], recipe: dict[str, Any], workspace: Workspace
) -> tuple[Leakage, list[int], list[int]] | None:
    """The judging examples and those that taught (indices of the set), which are nearest to each other.

    Gives the twins, and the indices that their places stand for: of those that judged, and of those that taught. None
    where what the network made of the examples is not kept, or too few taught.
    """
    vectors, at = kept_vectors(dataset, recipe, workspace, or_usual=True), places(dataset)
    known = [answer for answer in answers if answer.example in at and answer.example in vectors]
    teachers = [i for i in taught if dataset.examples[i].id in vectors]
    if not known or len(known) < len(answers) / 2:
        return None
    judged = [at[answer.example] for answer in known]
    found = leakage(
        _rows(dataset, teachers, vectors), _rows(dataset, judged, vectors), [dataset.clusters[i] for i in teachers],
        [answer.right for answer in known],
    )  # fmt: skip
    return (found, judged, teachers) if found else None


def places(dataset: Dataset) -> dict[str, int]:
    """Where an example stands in the set, by its id; the first of several copies."""
    return {example.id: i for i, example in reversed(list(enumerate(dataset.examples)))}


def _rows(dataset: Dataset, indices: Sequence[int], vectors: dict[str, np.ndarray]) -> np.ndarray:
    return np.array([vectors[dataset.examples[i].id] for i in indices], dtype=np.float64).reshape(len(indices), -1)
