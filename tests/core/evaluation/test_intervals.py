"""Intervals for shares, against the literature and against SciPy."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest, t

from core.evaluation.intervals import difference_interval, mean_interval, wilson

counts = st.integers(1, 5000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@pytest.mark.parametrize(
    ("successes", "n", "low", "high"),
    [
        # Newcombe 1998, "Two-sided confidence intervals for the single proportion", table I, method 3
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
        # worked out by hand: z^2 = 3.841459; 10 / (10 + z^2)
        (10, 10, 0.7225, 1.0),
        (33, 36, 0.7817, 0.9713),
    ],
)
def test_published_values(successes, n, low, high):
    assert wilson(successes, n) == pytest.approx((low, high), abs=5e-5)


@given(counts)
def test_it_agrees_with_scipy(count):
    expected = binomtest(*count).proportion_ci(0.95, method="wilson")
    assert wilson(*count) == pytest.approx((expected.low, expected.high), abs=1e-9)


@given(counts)
def test_it_lies_between_zero_and_one_and_holds_the_share(count):
    low, high = wilson(*count)
    assert 0.0 <= low <= count[0] / count[1] <= high <= 1.0
    assert low < high


@given(counts)
def test_it_treats_right_and_wrong_alike(count):
    successes, n = count
    low, high = wilson(successes, n)
    assert wilson(n - successes, n) == pytest.approx((1 - high, 1 - low), abs=1e-12)


def test_more_examples_make_it_narrower():
    widths = [high - low for low, high in (wilson(8 * k, 10 * k) for k in (1, 2, 10, 100))]
    assert widths == sorted(widths, reverse=True)


@pytest.mark.parametrize(("successes", "n"), [(0, 0), (1, 0), (-1, 5), (6, 5)])
def test_impossible_counts_are_a_value_error(successes, n):
    with pytest.raises(ValueError, match="need 0 <= successes <= n"):
        wilson(successes, n)


def test_successes_need_not_be_whole():
    low, high = wilson(7.5, 10)
    assert wilson(7, 10)[0] < low < wilson(8, 10)[0]
    assert wilson(7, 10)[1] < high < wilson(8, 10)[1]


def test_the_interval_of_a_mean_is_students():
    values = np.array([0.5, 0.6, 0.55, 0.7, 0.45])
    expected = t.interval(0.95, 4, loc=values.mean(), scale=values.std(ddof=1) / np.sqrt(5))
    assert mean_interval(values) == pytest.approx(expected)


def test_the_interval_of_a_mean_is_cut_off_at_the_ends():
    assert mean_interval([1.0, 1.0, 0.9])[1] == 1.0
    assert mean_interval([0.0, 0.0, 0.1])[0] == 0.0


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_values_that_are_all_the_same_do_not_make_one_certain(share):
    assert mean_interval([share] * 20) == pytest.approx(wilson(share * 20, 20))


@pytest.mark.parametrize("few", [[0.5], [0.5, 0.9]])
def test_one_or_two_values_bound_no_mean(few):
    assert mean_interval(few) is None
    assert mean_interval([*few, 0.6, 0.7]) is not None


@pytest.mark.parametrize("n", [20, 50, 200])
def test_the_interval_holds_the_truth_in_95_of_100_experiments(n):
    rng = np.random.default_rng(n)
    truths = rng.uniform(0.5, 1.0, 2000)  # from guessing between two to always right
    ends = np.array([wilson(int(right), n) for right in rng.binomial(n, truths)])
    held = ((ends[:, 0] <= truths) & (truths <= ends[:, 1])).mean()
    assert 0.93 <= held <= 0.97


@pytest.mark.parametrize(
    ("one", "other", "low", "high"),
    [((56, 70), (48, 80), 0.0524, 0.3339), ((9, 10), (3, 10), 0.1705, 0.8090)],
    ids=str,
)
def test_the_interval_of_a_difference_has_the_published_values(one, other, low, high):
    """Newcombe 1998, table II, method 10, cases (a) and (b)."""
    assert difference_interval(*one, *other) == pytest.approx((low, high), abs=5e-5)


def test_a_difference_the_other_way_round_is_its_negative():
    low, high = difference_interval(7, 20, 50, 60)
    assert difference_interval(50, 60, 7, 20) == pytest.approx((-high, -low))
