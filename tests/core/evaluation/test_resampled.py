"""The corrected resampled interval of Nadeau & Bengio 2003."""

import math

import numpy as np
import pytest
from scipy.stats import t, ttest_1samp

from core.evaluation.resampled import accuracy_over_splits, difference_over_splits


def test_the_formula_written_out():
    """t = mean / sqrt((1 / J + n2 / n1) S^2), as in section 3 of the paper, with J = 10 and a tenth for testing."""
    differences = [0.02, -0.01, 0.05, 0.03, 0.00, 0.04, 0.01, 0.06, -0.02, 0.02]
    found = difference_over_splits(differences, n_judge=1000, n_teach=9000)
    spread = float(np.var(differences, ddof=1))
    error = math.sqrt((1 / 10 + 1 / 9) * spread)
    reach = t.ppf(0.975, 9) * error
    assert found.mean == pytest.approx(0.02)
    assert found.error == pytest.approx(error)
    assert found.interval == pytest.approx((0.02 - reach, 0.02 + reach))


def test_without_common_teachers_it_is_students_t():
    accuracies = [0.6, 0.72, 0.66, 0.81, 0.58]
    expected = ttest_1samp(accuracies, 0.5).confidence_interval(0.95)
    found = accuracy_over_splits(accuracies, n_judge=10_000, n_teach=1e12)
    assert found.interval == pytest.approx((expected.low, expected.high), abs=1e-6)


def test_splits_that_agree_are_not_certain():
    all_right = accuracy_over_splits([1.0] * 5, n_judge=8, n_teach=32)
    assert all_right.interval[1] == 1.0
    assert all_right.interval[0] < 0.85
    same = difference_over_splits([0.1] * 5, n_judge=10, n_teach=40)
    assert not same.clear


@pytest.mark.parametrize("accuracies", [[0.0, 0.1, 0.0], [1.0, 0.9, 1.0]])
def test_an_accuracy_stays_one(accuracies):
    low, high = accuracy_over_splits(accuracies, n_judge=5, n_teach=20).interval
    assert 0 <= low <= high <= 1


def test_two_equal_ways_are_seldom_called_different():
    """Five-fold cross-validation of a rule that learns a mean, against one that learns from half: equal by symmetry."""
    rng = np.random.default_rng(0)
    clear = 0
    for _ in range(400):
        x = rng.normal(size=(60, 2)) + 0.5 * (label := rng.integers(0, 2, 60))[:, None]
        folds = np.array_split(rng.permutation(60), 5)
        differences = []
        for fold in folds:
            teach = np.setdiff1d(np.arange(60), fold)
            right = []
            for feature in (0, 1):  # either feature tells as much
                column = x[:, feature]
                cut = (column[teach][label[teach] == 0].mean() + column[teach][label[teach] == 1].mean()) / 2
                right.append(((column[fold] > cut) == label[fold]).mean())
            differences.append(right[0] - right[1])
        clear += difference_over_splits(differences, 12, 48).clear
    assert clear / 400 <= 0.06
