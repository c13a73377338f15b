"""Means over pairs of people."""

from __future__ import annotations

from math import sqrt

import numpy as np
import pytest
from scipy import stats

from core.evaluation.between_people import by_chance, mean_over_people


def test_of_one_who_is_learnt_from_it_is_the_usual_interval_over_those_who_are_asked():
    shares = [0.1, 0.4, 0.2, 0.5, 0.3]
    found = mean_over_people({("me", str(n)): share for n, share in enumerate(shares)}, 10_000)
    low, high = stats.t.interval(0.95, 4, np.mean(shares), stats.sem(shares))
    assert found.interval == pytest.approx((low, high)) and found.repeats == 5
    assert by_chance(found) == pytest.approx(stats.ttest_1samp(shares, 0).pvalue)


def test_it_is_as_wide_as_classes_differ():
    """Each person adds something as the one who is learnt from, and something else as the one who is asked."""
    rng, means, errors = np.random.default_rng(0), [], []
    for _ in range(300):
        learnt, asked = rng.normal(0.3, 0.1, 10), rng.normal(0, 0.1, 10)
        pairs = {(str(i), str(j)): learnt[i] + asked[j] for i in range(10) for j in range(10) if i != j}
        found = mean_over_people(pairs, 10_000)
        means.append(found.mean)
        errors.append(found.error)
        assert found.interval is not None
    assert sqrt(np.mean(np.square(errors))) == pytest.approx(np.std(means), rel=0.12)


def test_all_alike_is_no_certainty_and_two_bound_nothing():
    everybody = {(a, b): 1.0 for a in "abc" for b in "abc" if a != b}
    low, high = mean_over_people(everybody, 30).interval
    assert low < 0.9 and high > 1.0
    two = mean_over_people({("a", "b"): 1.0, ("a", "c"): 0.0}, 30)
    assert two.interval is None and by_chance(two) == 1.0
    with pytest.raises(ValueError, match="at least one"):
        mean_over_people({}, 1)
