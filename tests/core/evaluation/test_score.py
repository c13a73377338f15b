"""Accuracy beside an honest baseline."""

from __future__ import annotations

import pytest

from core.evaluation.intervals import wilson
from core.evaluation.score import majority_label, score


def test_accuracy_is_right_answers_divided_by_examples():
    found = score(["a", "b", "a", "c"], ["a", "b", "b", "b"], ["a", "b"])
    assert found.accuracy == 0.5
    assert found.n == 4
    assert found.interval == wilson(2, 4)


def test_the_baseline_names_the_majority_of_the_training_examples():
    """Three quarters of the judging examples are "a", but in training "b" is the commonest."""
    truths = ["a", "a", "a", "b"]
    assert score(truths, truths, ["b", "b", "a"]).baseline == 0.25


def test_a_majority_that_never_comes_up_is_worth_nothing():
    assert score(["a"], ["a"], ["b"]).baseline == 0.0


def test_of_equally_common_labels_the_first_in_the_alphabet_counts_whatever_the_order():
    assert majority_label(["b", "a", "c", "a", "b"]) == majority_label(["a", "b", "b", "a", "c"]) == "a"
    assert majority_label(["b", "a", "b"]) == "b"


def test_scoring_nothing_is_a_value_error():
    with pytest.raises(ValueError, match="need"):
        score([], [], ["a"])


def test_answers_and_truths_must_pair_up():
    with pytest.raises(ValueError, match="zip"):
        score(["a"], ["a", "b"], ["a"])
