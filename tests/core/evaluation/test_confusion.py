"""Confusion matrix and class scores, with scikit-learn as the oracle."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics

from core.evaluation.confusion import class_scores, confusion_matrix
from core.evaluation.intervals import wilson

CLASSES = ("b", "a", "c/d", "🙂")  # deliberately not in alphabetical order
judged = st.lists(st.tuples(st.sampled_from(CLASSES), st.sampled_from(CLASSES)), min_size=1, max_size=40)


@given(judged)
def test_rows_are_truths_and_columns_answers_as_in_scikit_learn(pairs):
    answers, truths = zip(*pairs, strict=True)
    matrix = confusion_matrix(answers, truths, CLASSES)
    assert np.array_equal(matrix, metrics.confusion_matrix(truths, answers, labels=list(CLASSES)))


@given(judged)
def test_recall_and_precision_agree_with_scikit_learn(pairs):
    answers, truths = zip(*pairs, strict=True)
    options = {"labels": list(CLASSES), "average": None, "zero_division": np.nan}
    recalls = metrics.recall_score(truths, answers, **options)
    precisions = metrics.precision_score(truths, answers, **options)
    for found, recall, precision in zip(
        class_scores(confusion_matrix(answers, truths, CLASSES), CLASSES), recalls, precisions, strict=True
    ):
        assert found.recall == (None if np.isnan(recall) else pytest.approx(recall))
        assert found.precision == (None if np.isnan(precision) else pytest.approx(precision))
        assert found.n == truths.count(found.label)


def test_the_interval_is_that_of_the_recall():
    scores = class_scores(np.array([[7, 3], [0, 5]]), ("a", "b"))
    assert scores[0].recall_interval == wilson(7, 10)
    assert scores[1].recall_interval == wilson(5, 5)


def test_a_class_that_was_never_judged_or_never_named_has_no_score():
    scores = class_scores(np.array([[2, 0, 1], [0, 0, 0], [1, 0, 0]]), ("a", "b", "c"))
    assert (scores[1].n, scores[1].recall, scores[1].recall_interval, scores[1].precision) == (0, None, None, None)
    assert (scores[2].recall, scores[2].precision) == (0.0, 0.0)
