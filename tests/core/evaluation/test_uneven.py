"""Balanced accuracy and macro F1, against scikit-learn, and whether their intervals keep what they promise."""

import numpy as np
import pytest
from sklearn.metrics import balanced_accuracy_score, f1_score

from core.evaluation.uneven import are_uneven, balanced


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
    assert not are_uneven(matrix)


def test_all_right_is_not_certain():
    found = balanced(np.diag([10, 10]))
    assert found.balanced_accuracy == found.macro_f1 == 1.0
    assert 0.8 < found.balanced_interval[0] < 0.95
    assert found.balanced_interval[1] == found.macro_f1_interval[1] == 1.0


@pytest.mark.parametrize(
    ("counts", "uneven"), [((10, 10), False), ((15, 10), False), ((16, 10), True), ((3, 2), False)]
)
def test_when_classes_are_uneven(counts, uneven):
    assert are_uneven(np.diag(counts)) is uneven


def test_nothing_judged_is_an_error():
    with pytest.raises(ValueError, match="judged"):
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
