"""Paired comparisons against the binomial distribution summed by hand, published examples, scipy and simulation."""

from __future__ import annotations

from functools import cache
from itertools import product
from math import comb

import numpy as np
import pytest
from scipy.optimize import brentq, minimize_scalar
from scipy.stats import bootstrap

from core.evaluation.paired import compare, holm, mcnemar, score_interval


def answers(both: int, first: int, second: int, neither: int) -> tuple[np.ndarray, np.ndarray]:
    a = np.repeat([True, True, False, False], (both, first, second, neither))
    b = np.repeat([True, False, True, False], (both, first, second, neither))
    return a, b


BENTUR = answers(1, 1, 7, 12)
"""Airway hyper-responsiveness before and after transplantation (Bentur et al. 2009), the worked example of Fagerland,
Lydersen & Laake 2014, "Recommended tests and confidence intervals for paired binomial proportions"."""


@pytest.mark.parametrize(("first", "second"), [(0, 1), (3, 9), (10, 2), (7, 7), (25, 4)])
def test_it_is_a_fair_coin_thrown_for_each_example_that_one_alone_gets_right(first, second):
    n, few = first + second, min(first, second)
    tail = sum(comb(n, k) for k in range(few + 1)) / 2**n
    found = mcnemar(*answers(50, first, second, 5))
    assert (found.only_first, found.only_second) == (first, second)
    assert found.p == pytest.approx(min(1.0, 2 * tail))


def test_models_that_never_differ_are_not_told_apart():
    assert mcnemar(*answers(30, 0, 0, 4)).p == 1.0


def test_answers_to_other_examples_cannot_be_compared():
    with pytest.raises(ValueError, match="same examples"):
        mcnemar([True, False], [True])
    with pytest.raises(ValueError, match="same examples"):
        mcnemar([True, False], [True, True], clusters=["a"])
    with pytest.raises(ValueError, match="at least one"):
        compare([], [])


def test_a_published_example():
    found = compare(*BENTUR)
    assert found.paired.p == pytest.approx(0.0703, abs=5e-5)
    assert found.difference == pytest.approx(-0.286, abs=5e-4)
    assert score_interval(1, 7, 21) == pytest.approx((-0.517, -0.026), abs=5e-4)
    # The exact test is the more careful of the two, and a page must not say both "p = 0.07" and "surely better".
    assert found.interval == pytest.approx((-0.517, 0.0), abs=5e-4)
    assert found.winner is None


@pytest.mark.parametrize(("first", "second", "n"), [(5, 0, 40), (12, 2, 50), (0, 1, 44), (0, 0, 20), (9, 9, 60)])
def test_the_score_interval_holds_the_differences_that_a_score_test_does_not_rule_out(first, second, n):
    def likelihood(share: float, delta: float) -> float:  # of the trinomial (share + delta, share, rest)
        shares, counts = (share + delta, share, 1 - 2 * share - delta), (first, second, n - first - second)
        return -sum(c * np.log(max(s, 1e-300)) for s, c in zip(shares, counts, strict=True) if c)

    def surprise(delta: float) -> float:  # chi-square minus its 95 % point, the share at its likeliest
        low, high = max(0.0, -delta), (1 - delta) / 2
        share = minimize_scalar(likelihood, (low, high), bounds=(low, high), args=(delta,), options={"xatol": 1e-12}).x
        return (first - second - n * delta) ** 2 / (n * (2 * share + delta - delta**2)) - 3.841458820694124

    at = (first - second) / n
    expected = brentq(surprise, -0.999, at), brentq(surprise, at, 0.999)
    assert score_interval(first, second, n) == pytest.approx(expected, abs=1e-4)


def test_the_bootstrap_is_that_of_scipy():
    a, b = answers(30, 12, 5, 13)
    found = bootstrap(
        (a.astype(float) - b,), np.mean, n_resamples=20_000, method="percentile", rng=np.random.default_rng(3)
    ).confidence_interval
    assert compare(a, b).bootstrap == pytest.approx((found.low, found.high), abs=0.02)
    assert compare(a, b) == compare(a, b)


def test_the_bootstrap_draws_whole_clusters():
    rng = np.random.default_rng(4)
    first, second = rng.random(30) < 0.8, rng.random(30) < 0.6
    sizes = rng.integers(1, 5, 30)
    at = np.repeat(np.arange(30), sizes)
    found = compare(first[at], second[at], at).bootstrap
    sums = sizes * (first.astype(int) - second)
    drawn = rng.integers(0, 30, (20_000, 30))
    expected = np.quantile(sums[drawn].sum(1) / sizes[drawn].sum(1), [0.025, 0.975])
    assert found == pytest.approx(expected, abs=0.02)


def test_nothing_is_certain_where_two_never_differ():
    found = compare(*answers(18, 0, 0, 2))
    assert found.bootstrap == (0.0, 0.0)
    low, high = found.interval
    assert high == pytest.approx(1.959964**2 / (20 + 1.959964**2), rel=1e-6) and low == pytest.approx(-high)
    assert found.enough is None and found.winner is None


def test_clusters_of_one_change_nothing():
    a, b = answers(30, 12, 3, 5)
    assert compare(a, b, list(range(50))) == compare(a, b)


@pytest.mark.parametrize("times", [2, 3])
def test_copies_are_not_more_witnesses(times):
    a, b = answers(30, 6, 1, 3)
    copied = np.repeat(a, times), np.repeat(b, times)
    single, fooled = compare(a, b), compare(*copied)
    honest = compare(*copied, np.repeat(np.arange(40), times))
    assert fooled.paired.p < 0.05 < single.paired.p
    assert honest.paired.p == pytest.approx(single.paired.p) and honest.difference == single.difference
    assert honest.interval == pytest.approx(single.interval, abs=0.01)
    assert honest.units == 40 and honest.n == 40 * times
    assert honest.enough == pytest.approx(times * single.enough, rel=0.05)


def test_clusters_change_sides_together_counted_out():
    sums = (3, -1, 2, 1, 1)  # by cluster: how many more of it the first gets right
    a = np.array([s > 0 for s in sums for _ in range(abs(s))])
    at = [i for i, s in enumerate(sums) for _ in range(abs(s))]
    flips = [abs(sum(sign * s for sign, s in zip(signs, sums, strict=True))) for signs in product((1, -1), repeat=5)]
    assert mcnemar(a, ~a, at).p == pytest.approx(np.mean([flip >= sum(sums) for flip in flips]))


def test_so_many_examples_tell_them_apart_four_times_in_five():
    a, b = answers(70, 14, 8, 8)
    enough = compare(a, b).enough
    rng, found = np.random.default_rng(0), []
    for _ in range(400):
        drawn = rng.integers(0, 100, enough)
        found.append(mcnemar(a[drawn], b[drawn]).p < 0.05)
    assert 0.73 < np.mean(found) < 0.85  # the exact test is a little more careful than the formula


@pytest.mark.parametrize("n", [20, 50, 200])
def test_equal_models_are_hardly_ever_called_different_and_intervals_hold_the_truth(n):
    @cache
    def p(first: int, second: int) -> float:
        return mcnemar(*answers(n - first - second, first, second, 0)).p

    interval = cache(score_interval)
    rng = np.random.default_rng(n)
    equal = rng.multinomial(n, (0.1, 0.1, 0.8), 2000)[:, :2].tolist()
    better = rng.multinomial(n, (0.2, 0.05, 0.75), 2000)[:, :2].tolist()
    assert np.mean([p(*pair) < 0.05 for pair in equal]) <= 0.06
    for pairs, truth in ((equal, 0), (better, 0.15)):
        held = np.mean([low <= truth <= high for low, high in (interval(*pair, n) for pair in pairs)])
        assert 0.93 <= held <= 0.975


def test_alike_members_of_a_cluster_do_not_fool_the_test():
    rng, honest, fooled = np.random.default_rng(1), [], []
    for _ in range(400):
        at = np.repeat(np.arange(25), rng.integers(1, 6, 25))
        first, second = rng.random(25) < 0.7, rng.random(25) < 0.7
        honest.append(mcnemar(first[at], second[at], at).p < 0.05)
        fooled.append(mcnemar(first[at], second[at]).p < 0.05)
    assert np.mean(honest) <= 0.06 < 0.2 < np.mean(fooled)


def test_test_and_interval_never_contradict_each_other():
    for n, second, first in product((20, 60), range(0, 8), range(0, 12)):
        found = compare(*answers(n - first - second, first, second, 0))
        low, high = found.interval
        assert (found.paired.p < 0.05) == (not low <= 0 <= high) == (found.winner is not None)


# Holm's correction.


def test_a_worked_example():
    """Wikipedia, "Holm-Bonferroni method": of 0.01, 0.04, 0.03 and 0.005 the first and the last are findings."""
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])


def test_one_test_needs_no_correction_and_nothing_is_likelier_than_certain():
    assert holm([0.04]) == [0.04] and holm([]) == []
    assert holm([0.5, 0.9, 0.6]) == [1.0, 1.0, 1.0]


def test_of_true_nulls_none_is_called_a_finding_in_19_of_20_cases():
    drawn = np.random.default_rng(0).random((4000, 6))
    assert np.mean([min(holm(row)) < 0.05 for row in drawn]) == pytest.approx(0.05, abs=0.012)
