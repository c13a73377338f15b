"""The exact McNemar test, against the binomial distribution summed by hand and a published example."""

from __future__ import annotations

from math import comb

import numpy as np
import pytest

from core.evaluation.paired import mcnemar


def answers(both: int, first: int, second: int, neither: int) -> tuple[np.ndarray, np.ndarray]:
    a = np.repeat([True, True, False, False], (both, first, second, neither))
    b = np.repeat([True, False, True, False], (both, first, second, neither))
    return a, b


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
