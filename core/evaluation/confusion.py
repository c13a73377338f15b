"""Who is taken for whom, and how well each class is recognised."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.evaluation.intervals import wilson


@dataclass(frozen=True, slots=True)
class ClassScore:
    """One class: of its `n` examples `recall` were found; of the `named` answers naming it `precision` were right.

    Intervals are Wilson's (95 %). `f1` is the harmonic mean of the two. None where there is nothing to divide by.
    """

    label: str
    n: int
    recall: float | None
    recall_interval: tuple[float, float] | None
    named: int
    precision: float | None
    precision_interval: tuple[float, float] | None
    f1: float | None


def confusion_matrix(answers: Sequence[str], truths: Sequence[str], classes: Sequence[str]) -> np.ndarray:
    """Counts (classes, classes): row = truth, column = answer."""
    at = {label: i for i, label in enumerate(classes)}
    matrix = np.zeros((len(classes), len(classes)), dtype=int)
    for answer, truth in zip(answers, truths, strict=True):
        matrix[at[truth], at[answer]] += 1
    return matrix


def class_scores(matrix: np.ndarray, classes: Sequence[str]) -> list[ClassScore]:
    """Recall, precision and F1 of every class from a confusion matrix."""
    scores = []
    for i, label in enumerate(classes):
        right, n, named = int(matrix[i, i]), int(matrix[i].sum()), int(matrix[:, i].sum())
        f1 = 2 * right / (n + named) if n else None
        scores.append(ClassScore(label, n, *_share(right, n), named, *_share(right, named), f1))
    return scores


def confused(matrix: np.ndarray, classes: Sequence[str]) -> list[tuple[str, str, int]]:
    """(truth, answer, how often) of every mistake that was made, the commonest first."""
    rows, columns = np.nonzero(matrix - np.diag(np.diag(matrix)))
    found = [(classes[r], classes[c], int(matrix[r, c])) for r, c in zip(rows, columns, strict=True)]
    return sorted(found, key=lambda mistake: -mistake[2])


def clearly_worst(scores: Sequence[ClassScore]) -> ClassScore | None:
    """The class that is found least often, if all its interval lies below what is found of the others together."""
    judged = [score for score in scores if score.n]
    if len(judged) < 2:
        return None
    worst = min(judged, key=lambda score: score.recall or 0.0)
    others = [score for score in judged if score is not worst]
    n = sum(score.n for score in others)
    low, _ = wilson(sum(round((score.recall or 0.0) * score.n) for score in others), n)
    return worst if worst.recall_interval and worst.recall_interval[1] < low else None


def _share(right: int, n: int) -> tuple[float | None, tuple[float, float] | None]:
    return (right / n, wilson(right, n)) if n else (None, None)
