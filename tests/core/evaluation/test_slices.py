"""Kinds of examples on which a model fails more often."""

import numpy as np
import pytest
from scipy.stats import chi2_contingency

from core.evaluation.intervals import wilson
from core.evaluation.slices import Property, slices, thirds


def by(name: str, groups: list[str]) -> Property:
    return Property(name, groups, tuple(dict.fromkeys(groups)))


def test_a_kind_that_fails_is_found_and_one_that_does_not_is_not():
    rng = np.random.default_rng(0)
    right = np.array([True] * 36 + [False] * 4 + [True] * 12 + [False] * 28)
    small = ["large"] * 40 + ["small"] * 40
    other = [str(n) for n in rng.integers(0, 2, 80)]
    found = slices([by("coin", other), by("size", small)], right)
    assert [one.name for one in found] == ["size", "coin"]
    assert found[0].clear and not found[1].clear
    worst = found[0].worst
    assert (worst.name, worst.n, worst.right, worst.interval) == ("small", 40, 12, wilson(12, 40))


def test_chance_is_about_that_of_the_chi_square_test():
    right = np.array([True] * 40 + [False] * 20 + [True] * 28 + [False] * 32)
    groups = ["a"] * 60 + ["b"] * 60
    expected = chi2_contingency([[40, 20], [28, 32]], correction=False).pvalue
    assert slices([by("one", groups)], right)[0].p == pytest.approx(expected, abs=0.015)


def test_equal_groups_are_seldom_called_different():
    rng = np.random.default_rng(1)
    clear = 0
    for _ in range(150):
        right = rng.random(45) < 0.8
        groups = [by("a", [str(k) for k in rng.integers(0, 3, 45)]), by("b", [str(k) for k in rng.integers(0, 2, 45)])]
        clear += any(one.clear for one in slices(groups, right))
    assert clear / 150 <= 0.09


def test_small_groups_and_small_sets_say_nothing():
    assert slices([by("one", ["a"] * 17 + ["b"] * 4)], [True] * 21) == []
    assert slices([by("one", ["a"] * 10 + ["b"] * 9)], [True] * 19) == []


def test_thirds_never_divide_equal_values():
    part, cuts = thirds([1, 1, 1, 2, 2, 2, 3, 3, 3])
    assert part.tolist() == [0, 0, 0, 1, 1, 1, 2, 2, 2]
    assert cuts[0] < 2 <= cuts[1] < 3
    assert thirds([5, 5, 5, 5, 5, 7]) is None
