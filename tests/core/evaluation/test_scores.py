"""Accuracy beside an honest baseline."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics
from sklearn.metrics import balanced_accuracy_score, f1_score

from core.evaluation.intervals import wilson
from core.evaluation.scores import (
    are_imbalanced,
    balanced,
    class_scores,
    clearly_worst,
    confused,
    confusion_matrix,
    majority_label,
    score,
)


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


# Confusion matrix and class scores, with scikit-learn as the oracle.

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


# Balanced accuracy and macro F1, against scikit-learn, and whether their intervals keep what they promise.


def as_labels(matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    truth, said = np.indices(matrix.shape)
    return np.repeat(truth.ravel(), matrix.ravel()), np.repeat(said.ravel(), matrix.ravel())


@pytest.mark.parametrize("seed", range(5))
def test_scores_are_those_of_scikit_learn(seed):
    rng = np.random.default_rng(seed)
    matrix = rng.integers(0, 6, (4, 4)) + np.diag(rng.integers(1, 30, 4))
    truth, said = as_labels(matrix)
    found = balanced(matrix)
    assert found.balanced_accuracy == pytest.approx(balanced_accuracy_score(truth, said))
    assert found.macro_f1 == pytest.approx(f1_score(truth, said, average="macro"))
    for share, (low, high) in (
        (found.balanced_accuracy, found.balanced_interval),
        (found.macro_f1, found.macro_f1_interval),
    ):
        assert 0 <= low < share < high <= 1


def test_classes_that_nobody_judged_are_left_out():
    matrix = np.array([[8, 2, 0], [1, 9, 0], [0, 0, 0]])
    found = balanced(matrix)
    assert found.classes == 2
    assert found.balanced_accuracy == pytest.approx((0.8 + 0.9) / 2)
    assert not are_imbalanced(matrix)


def test_all_right_is_not_certain():
    found = balanced(np.diag([10, 10]))
    assert found.balanced_accuracy == found.macro_f1 == 1.0
    assert 0.8 < found.balanced_interval[0] < 0.95
    assert found.balanced_interval[1] == found.macro_f1_interval[1] == 1.0


@pytest.mark.parametrize(
    ("counts", "uneven"), [((10, 10), False), ((15, 10), False), ((16, 10), True), ((3, 2), False)]
)
def test_when_classes_are_uneven(counts, uneven):
    assert are_imbalanced(np.diag(counts)) is uneven


def test_nothing_judged_is_an_error():
    with pytest.raises(ValueError, match="no examples"):
        balanced(np.zeros((2, 2), dtype=int))


@pytest.mark.slow
@pytest.mark.parametrize("sizes", [(8, 8, 20), (30, 10, 10, 10), (60, 20), (40, 20, 10, 10, 10, 30)])
def test_intervals_hold_the_truth(sizes):
    rng = np.random.default_rng(0)
    held = np.zeros(2)
    experiments = 400
    for number in range(experiments):
        mistakes = 0.3 if number % 2 else 0.1
        shares = mistakes * rng.dirichlet(np.full(len(sizes), 0.3), len(sizes)) + (1 - mistakes) * np.eye(len(sizes))
        expected = shares * np.array(sizes)[:, None]
        recall = np.diag(shares).mean()
        f1 = (2 * np.diag(expected) / (expected.sum(0) + expected.sum(1))).mean()
        found = balanced(np.array([rng.multinomial(n, row) for n, row in zip(sizes, shares, strict=True)]))
        held += [
            found.balanced_interval[0] <= recall <= found.balanced_interval[1],
            found.macro_f1_interval[0] <= f1 <= found.macro_f1_interval[1],
        ]
    assert ((held / experiments >= 0.93) & (held / experiments <= 0.99)).all(), held / experiments
