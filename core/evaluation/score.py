"""Accuracy with its interval and its baseline."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from core.evaluation.intervals import wilson
from core.events import Score


def majority_label(labels: Sequence[str]) -> str:
    """The commonest label; the first in alphabetical order where several are equally common."""
    counts = Counter(labels)
    return min(counts, key=lambda label: (-counts[label], label))


def score(answers: Sequence[str], truths: Sequence[str], training_labels: Sequence[str]) -> Score:
    """How many `answers` equal their `truths`, beside always naming the commonest of `training_labels`.

    ValueError when nothing was scored.
    """
    n = len(truths)
    right = sum(answer == truth for answer, truth in zip(answers, truths, strict=True))
    guess = majority_label(training_labels)
    baseline = sum(truth == guess for truth in truths) / n if n else 0.0
    low, high = wilson(right, n)
    return Score(right / n, (low, high), n, baseline)
