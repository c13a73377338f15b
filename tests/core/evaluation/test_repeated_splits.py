"""Means over draws: against a direct computation, and against simulations in which the truth is known."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import t, ttest_1samp
from scipy.stats import t as student

from core.evaluation.intervals import wilson
from core.evaluation.repeated_splits import (
    Draw,
    accuracy_over_draws,
    accuracy_over_splits,
    difference_over_splits,
    over_draws,
    shared_teachers,
)


def draw(taught, judged) -> Draw:
    return Draw(tuple(taught), tuple(judged))


def test_with_the_same_judges_it_is_the_two_way_formula():
    """Written out for four draws that share no teacher and judge by the same sixty examples, easy and hard."""
    rng = np.random.default_rng(3)
    values = (rng.random((4, 60)) < np.repeat([0.15, 0.95], 30)).astype(float)
    draws = [draw([10 * j], range(60)) for j in range(4)]
    mean, between = values.mean(), values.mean(1).var(ddof=1) / 4
    residuals = (values - mean) / 240
    items = (residuals.sum(0) ** 2).sum() * 60 / 59 - (residuals**2).sum()
    freedom = (between + items) ** 2 / (between**2 / 3 + items**2 / 59)
    reach = student.ppf(0.975, freedom) * np.sqrt(between + items)
    assert items > between  # where only draws are looked at, this is overlooked

    found = over_draws(draws, list(values))

    assert found.mean == pytest.approx(mean)
    assert found.interval == pytest.approx((mean - reach, mean + reach), rel=1e-6)
    assert (found.draws, found.judged) == (4, 60)


def test_with_different_judges_it_is_students_t():
    """No judge and no teacher in common: what is left is the interval of the textbook, but for its floor."""
    rng = np.random.default_rng(0)
    values = [(rng.random(2000) < share).astype(float) for share in (0.6, 0.7, 0.8, 0.9)]
    draws = [draw([j], range(2000 * j, 2000 * (j + 1))) for j in range(4)]
    means = [value.mean() for value in values]
    reach = student.ppf(0.975, 3) * np.std(means, ddof=1) / 2
    low, high = over_draws(draws, values).interval
    assert (low, high) == pytest.approx((np.mean(means) - reach, np.mean(means) + reach), abs=2e-3)


def test_all_right_is_wilsons_interval():
    draws = [draw([j], range(36)) for j in range(5)]
    found = accuracy_over_draws(draws, [np.ones(36)] * 5)
    assert found.interval == pytest.approx(wilson(36, 36), abs=0.005)


def test_one_draw_and_draws_that_teach_the_same_tell_no_interval():
    assert over_draws([draw([1], [2, 3])], [np.array([1.0, 0.0])]).interval is None
    same = [draw([1, 2], [3, 4])] * 3
    assert over_draws(same, [np.array([1.0, 0.0])] * 3).interval is None
    assert over_draws(same, [np.array([1.0, 0.0])] * 3).sign == 0


def test_copies_of_a_judge_count_as_one_example():
    values = [np.array([1.0, 1.0, 0.0, 1.0])] * 3
    apart = over_draws([draw([j], [0, 1, 2, 3]) for j in range(3)], values)
    copies = over_draws([draw([j], [0, 0, 2, 2]) for j in range(3)], values)
    assert (apart.judged, copies.judged) == (4, 2)
    assert copies.interval[1] - copies.interval[0] > apart.interval[1] - apart.interval[0]


def test_what_draws_have_in_common_is_measured_over_pairs():
    draws = [draw(taught, [9]) for taught in ([1, 2, 3, 4], [3, 4, 5, 6], [7, 8, 9, 10])]
    assert shared_teachers(draws) == pytest.approx((0.5 + 0 + 0) / 3)


def test_the_sign_is_that_of_an_interval_on_one_side_of_zero():
    rng = np.random.default_rng(1)
    draws = [draw([j], range(100)) for j in range(5)]
    better = [(rng.random(100) < 0.3).astype(float) for _ in draws]
    nothing = [rng.choice([-1.0, 1.0], 100) for _ in draws]
    assert over_draws(draws, better).sign == 1
    assert over_draws(draws, [-value for value in better]).sign == -1
    assert over_draws(draws, nothing).sign == 0


@pytest.mark.parametrize(
    ("draws", "pool", "teachers", "judges", "teacher_luck"),
    [(3, 1000, 20, 100, 0.3), (5, 1000, 50, 300, 0.1), (5, 1000, 50, 300, 0.4), (5, 40, 30, 50, 0.4)],
)
def test_the_interval_covers_the_truth(draws, pool, teachers, judges, teacher_luck):
    """Teachers and judges drawn from a pool that was itself drawn: of 400 such experiments about 95 % are right.

    Student's t over the draws alone covers fewer: that the judges are the same every time is no news to it.
    """
    rng = np.random.default_rng(2)
    covered = narrow = 0
    for _ in range(400):
        worth, difficulty = rng.normal(0, teacher_luck, pool), rng.normal(0, 0.2, judges + 20)
        made, values = [], []
        for _ in range(draws):
            taught, judged = rng.permutation(pool)[:teachers], rng.permutation(judges + 20)[:judges]
            chance = 0.6 + worth[taught].mean() + difficulty[judged]
            made.append(draw(taught, judged))
            values.append((rng.random(judges) < chance).astype(float))
        low, high = over_draws(made, values).interval
        covered += low <= 0.6 <= high
        means = [value.mean() for value in values]
        reach = student.ppf(0.975, draws - 1) * np.std(means, ddof=1) / np.sqrt(draws)
        narrow += abs(np.mean(means) - 0.6) <= reach
    assert 0.9 <= covered / 400 <= 0.995
    assert covered >= narrow


# The corrected resampled interval of Nadeau & Bengio 2003.


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
