"""The learning rate's rise and fall."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.training.engine.fit import warmup_cosine

# 2 steps of warm-up, then (1 + cos(pi k / 8)) / 2 for k = 0..7, with cos from a table
GOLDEN = [1 / 3, 2 / 3, 1.0, 0.961940, 0.853553, 0.691342, 0.5, 0.308658, 0.146447, 0.038060]


@pytest.mark.parametrize(("step", "factor"), list(enumerate(GOLDEN)))
def test_golden_values(step, factor):
    assert warmup_cosine(step, 10, 2) == pytest.approx(factor, abs=1e-6)


def test_without_warm_up_it_starts_at_the_peak_and_ends_at_zero():
    assert warmup_cosine(0, 10, 0) == 1.0
    assert warmup_cosine(5, 10, 0) == pytest.approx(0.5)
    assert warmup_cosine(10, 10, 0) == pytest.approx(0.0)


@given(st.integers(1, 1000).flatmap(lambda total: st.tuples(st.just(total), st.integers(0, total))))
def test_it_rises_then_falls_and_never_leaves_zero_to_one(case):
    total, warmup = case
    factors = [warmup_cosine(step, total, warmup) for step in range(total)]
    assert all(0 < factor <= 1 for factor in factors)
    assert factors[:warmup] == sorted(factors[:warmup])
    assert factors[warmup:] == sorted(factors[warmup:], reverse=True)


@pytest.mark.parametrize(("total", "warmup"), [(1, 0), (1, 1), (0, 0), (3, 3)])
def test_the_shortest_training_has_a_learning_rate(total, warmup):
    assert 0 < warmup_cosine(0, total, warmup) <= 1
