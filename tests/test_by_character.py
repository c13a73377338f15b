"""Two models compared over characters: one that is asked often counts no more than one that is asked seldom."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import permutation_test, ttest_1samp

from benchmarks.by_character import by_character


def answers(seed: int, better: float, characters: int = 40, each: int = 30):
    """Hard and easy characters; the first model is better by so much on each."""
    rng = np.random.default_rng(seed)
    hard = np.repeat(rng.uniform(0.2, 0.5, characters), each)
    names = [f"c{number // each}" for number in range(characters * each)]
    return rng.random(len(hard)) > hard - better, rng.random(len(hard)) > hard, names


def test_it_is_a_test_of_the_mean_difference_of_each_character():
    first, second, names = answers(1, 0.04)
    found = by_character(first, second, names)
    apart = [(first[rows].mean() - second[rows].mean()) for name in dict.fromkeys(names)
             for rows in [np.array(names) == name]]  # fmt: skip
    oracle = ttest_1samp(apart, 0)
    interval = oracle.confidence_interval(0.95)
    assert (found["characters"], found["questions"]) == (40, 1200)
    assert found["better_by"] == pytest.approx(np.mean(apart))
    assert (found["low"], found["high"]) == pytest.approx((interval.low, interval.high))
    flipped = permutation_test((apart,), np.mean, permutation_type="samples", n_resamples=20_000, rng=3)
    assert found["p"] == pytest.approx(flipped.pvalue, abs=0.01)


def test_characters_count_the_same_however_often_they_are_asked():
    names = ["a"] * 100 + ["b"] * 2
    first, second = np.array([True] * 100 + [False] * 2), np.array([False] * 100 + [True] * 2)
    assert by_character(first, second, names)["better_by"] == 0.0


def test_equals_are_called_different_about_one_time_in_twenty():
    called = [by_character(*answers(seed, 0.0))["p"] < 0.05 for seed in range(60)]
    assert sum(called) <= 8
