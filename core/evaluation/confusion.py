"""Who is taken for whom, and how well each class is recognised."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.evaluation.intervals import wilson


@dataclass(frozen=True, slots=True)
class ClassScore:
    """One class: of its `n` examples `recall` were found; of the answers naming it `precision` were right.

    `recall_interval` is the 95 % Wilson interval. A value is None where there is nothing to divide by.
    """

    label: str
    n: int
    recall: float | None
    recall_interval: tuple[float, float] | None
    precision: float | None


def confusion_matrix(answers: Sequence[str], truths: Sequence[str], classes: Sequence[str]) -> np.ndarray:
    """Counts (classes, classes): row = truth, column = answer."""
    at = {label: i for i, label in enumerate(classes)}
    matrix = np.zeros((len(classes), len(classes)), dtype=int)
    for answer, truth in zip(answers, truths, strict=True):
        matrix[at[truth], at[answer]] += 1
    return matrix


def class_scores(matrix: np.ndarray, classes: Sequence[str]) -> list[ClassScore]:
    """Recall and precision of every class from a confusion matrix."""
    scores = []
    for i, label in enumerate(classes):
        right, n, named = int(matrix[i, i]), int(matrix[i].sum()), int(matrix[:, i].sum())
        recall, interval = (right / n, wilson(right, n)) if n else (None, None)
        scores.append(ClassScore(label, n, recall, interval, right / named if named else None))
    return scores
