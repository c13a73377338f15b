"""Means over draws: against a direct computation, and against simulations in which the truth is known."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import t, ttest_1samp
from scipy.stats import t as student

from core.evaluation.intervals import wilson
from core.evaluation.repeated_splits import (
    EvaluatedSplit,
    accuracy_over_repeats,
    accuracy_sentence,
    difference_over_repeats,
    training_overlap,
    two_way_accuracy,
    two_way_mean,
)


def split(train, test) -> EvaluatedSplit:
    return EvaluatedSplit(tuple(train), tuple(test))


def test_with_the_same_judges_it_is_the_two_way_formula():
    """Written out for four draws that share no teacher and judge by the same sixty examples, easy and hard."""
    rng = np.random.default_rng(3)
    values = (rng.random((4, 60)) < np.repeat([0.15, 0.95], 30)).astype(float)
    draws = [split([10 * j], range(60)) for j in range(4)]
    mean, between = values.mean(), values.mean(1).var(ddof=1) / 4
    residuals = (values - mean) / 240
    items = (residuals.sum(0) ** 2).sum() * 60 / 59 - (residuals**2).sum()
    freedom = (between + items) ** 2 / (between**2 / 3 + items**2 / 59)
    reach = student.ppf(0.975, freedom) * np.sqrt(between + items)
    assert items > between  # where only draws are looked at, this is overlooked

    found = two_way_mean(draws, list(values))

    assert found.mean == pytest.approx(mean)
    assert found.interval == pytest.approx((mean - reach, mean + reach), rel=1e-6)
    assert (found.repeats, found.tested) == (4, 60)


def test_with_different_judges_it_is_students_t():
    """No judge and no teacher in common: what is left is the interval of the textbook, but for its floor."""
    rng = np.random.default_rng(0)
    values = [(rng.random(2000) < share).astype(float) for share in (0.6, 0.7, 0.8, 0.9)]
    draws = [split([j], range(2000 * j, 2000 * (j + 1))) for j in range(4)]
    means = [value.mean() for value in values]
    reach = student.ppf(0.975, 3) * np.std(means, ddof=1) / 2
    low, high = two_way_mean(draws, values).interval
    assert (low, high) == pytest.approx((np.mean(means) - reach, np.mean(means) + reach), abs=2e-3)


def test_all_right_is_wilsons_interval():
    draws = [split([j], range(36)) for j in range(5)]
    found = two_way_accuracy(draws, [np.ones(36)] * 5)
    assert found.interval == pytest.approx(wilson(36, 36), abs=0.005)


def test_one_draw_and_draws_that_teach_the_same_tell_no_interval():
    assert two_way_mean([split([1], [2, 3])], [np.array([1.0, 0.0])]).interval is None
    same = [split([1, 2], [3, 4])] * 3
    assert two_way_mean(same, [np.array([1.0, 0.0])] * 3).interval is None
    assert two_way_mean(same, [np.array([1.0, 0.0])] * 3).sign == 0


def test_copies_of_a_judge_count_as_one_example():
    values = [np.array([1.0, 1.0, 0.0, 1.0])] * 3
    apart = two_way_mean([split([j], [0, 1, 2, 3]) for j in range(3)], values)
    copies = two_way_mean([split([j], [0, 0, 2, 2]) for j in range(3)], values)
    assert (apart.tested, copies.tested) == (4, 2)
    assert copies.interval[1] - copies.interval[0] > apart.interval[1] - apart.interval[0]


def test_what_draws_have_in_common_is_measured_over_pairs():
    draws = [split(taught, [9]) for taught in ([1, 2, 3, 4], [3, 4, 5, 6], [7, 8, 9, 10])]
    assert training_overlap(draws) == pytest.approx((0.5 + 0 + 0) / 3)


def test_the_sign_is_that_of_an_interval_on_one_side_of_zero():
    rng = np.random.default_rng(1)
    draws = [split([j], range(100)) for j in range(5)]
    better = [(rng.random(100) < 0.3).astype(float) for _ in draws]
    nothing = [rng.choice([-1.0, 1.0], 100) for _ in draws]
    assert two_way_mean(draws, better).sign == 1
    assert two_way_mean(draws, [-value for value in better]).sign == -1
    assert two_way_mean(draws, nothing).sign == 0


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
            made.append(split(taught, judged))
            values.append((rng.random(judges) < chance).astype(float))
        low, high = two_way_mean(made, values).interval
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
    found = difference_over_repeats(differences, n_test=1000, n_train=9000)
    spread = float(np.var(differences, ddof=1))
    error = math.sqrt((1 / 10 + 1 / 9) * spread)
    reach = t.ppf(0.975, 9) * error
    assert found.mean == pytest.approx(0.02)
    assert found.error == pytest.approx(error)
    assert found.interval == pytest.approx((0.02 - reach, 0.02 + reach))


def test_without_common_trainers_it_is_students_t():
    accuracies = [0.6, 0.72, 0.66, 0.81, 0.58]
    expected = ttest_1samp(accuracies, 0.5).confidence_interval(0.95)
    found = accuracy_over_repeats(accuracies, n_test=10_000, n_train=1e12)
    assert found.interval == pytest.approx((expected.low, expected.high), abs=1e-6)


def test_splits_that_agree_are_not_certain():
    all_right = accuracy_over_repeats([1.0] * 5, n_test=8, n_train=32)
    assert all_right.interval[1] == 1.0
    assert all_right.interval[0] < 0.85
    same = difference_over_repeats([0.1] * 5, n_test=10, n_train=40)
    assert not same.sign


@pytest.mark.parametrize("accuracies", [[0.0, 0.1, 0.0], [1.0, 0.9, 1.0]])
def test_an_accuracy_stays_one(accuracies):
    low, high = accuracy_over_repeats(accuracies, n_test=5, n_train=20).interval
    assert 0 <= low <= high <= 1


def test_two_repeats_have_a_spread_and_bound_nothing():
    two = accuracy_over_repeats([0.8, 0.9], n_test=40, n_train=120)
    assert two.interval is None and two.sign == 0
    assert (two.mean, two.lowest, two.highest, two.repeats) == (pytest.approx(0.85), 0.8, 0.9, 2)
    assert two.error == pytest.approx(math.sqrt((1 / 2 + 40 / 120) * 0.005))
    assert str(accuracy_sentence(two)) == (
        "85\u00a0% on average over 2 repeats (seeds), between 80\u00a0% and 90\u00a0%. So few cannot bound the "
        "mean: at least 3 can."
    )
    assert difference_over_repeats([0.1, 0.1], n_test=40, n_train=120).interval is None
    splits = [split([1, 2], [5, 6]), split([2, 3], [6, 7])]
    both = two_way_accuracy(splits, [np.array([1.0, 0.0]), np.array([1.0, 1.0])])
    assert both.interval is None and (both.lowest, both.highest, both.tested) == (0.5, 1.0, 3)


def test_from_three_repeats_on_students_t_bounds_the_mean():
    three = accuracy_over_repeats([0.8, 0.9, 0.85], n_test=40, n_train=120)
    shrunk = (0.85 * 40 + 2) / 44  # more than the accuracies vary among themselves
    reach = t.ppf(0.975, 2) * math.sqrt((1 / 3 + 40 / 120) * shrunk * (1 - shrunk) / 40)
    assert three.interval == pytest.approx((max(0.0, 0.85 - reach), min(1.0, 0.85 + reach)))
    assert "over 3 repeats (seeds), 95\u00a0% confidence interval" in str(accuracy_sentence(three))


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
        clear += difference_over_repeats(differences, 12, 48).sign != 0
    assert clear / 400 <= 0.06
