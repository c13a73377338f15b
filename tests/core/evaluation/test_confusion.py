"""Confusion matrix and class scores, with scikit-learn as the oracle."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics

from core.evaluation.confusion import class_scores, clearly_worst, confused, confusion_matrix
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


@given(judged)
def test_f1_agrees_with_scikit_learn(pairs):
    answers, truths = zip(*pairs, strict=True)
    expected = metrics.f1_score(truths, answers, labels=list(CLASSES), average=None, zero_division=np.nan)
    for found, f1 in zip(class_scores(confusion_matrix(answers, truths, CLASSES), CLASSES), expected, strict=True):
        if found.n:
            assert found.f1 == pytest.approx(f1)
            assert found.precision_interval == (wilson(round(found.precision * found.named), found.named)
                                                if found.named else None)  # fmt: skip


def test_mistakes_are_told_commonest_first():
    assert confused(np.array([[5, 2, 0], [4, 9, 0], [0, 1, 3]]), ("a", "b", "c")) == [
        ("b", "a", 4), ("a", "b", 2), ("c", "b", 1),
    ]  # fmt: skip


def test_a_class_is_called_the_worst_only_where_that_is_warranted():
    clear = class_scores(np.array([[2, 18, 0], [0, 20, 0], [0, 1, 19]]), ("a", "b", "c"))
    assert clearly_worst(clear).label == "a"
    assert clearly_worst(class_scores(np.array([[7, 3], [1, 9]]), ("a", "b"))) is None
