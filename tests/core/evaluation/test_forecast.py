"""The fitted power law: exact curves come back, and its least squares are scipy's."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from scipy.optimize import curve_fit
from scipy.stats import beta

from core.evaluation.forecast import EXPONENTS, Forecast, fit_power_laws
from core.evaluation.repeated_splits import EvaluatedSplit

SIZES = [1, 2, 5, 10, 20, 50]


@pytest.mark.parametrize(("a", "b", "c"), [(0.1, 0.5, EXPONENTS[30]), (0.0, 0.7, EXPONENTS[10]), (0.3, 0.0, 1.0)])
def test_an_exact_curve_comes_back(a, b, c):
    errors = a + b * np.array(SIZES, dtype=float) ** -c
    found = fit_power_laws(SIZES, errors[None])
    assert found.error(200)[0] == pytest.approx(a + b * 200**-c, abs=1e-6)
    assert (found.a[0], found.b[0]) == pytest.approx((a, b), abs=1e-6)


def test_it_is_the_weighted_least_squares_fit():
    rng = np.random.default_rng(0)
    n = np.array(SIZES, dtype=float)
    errors = 0.1 + 0.5 * n**-0.6 + rng.normal(0, 0.01, len(n))
    weights = np.arange(1, len(n) + 1)
    expected, _ = curve_fit(
        lambda n, a, b, c: a + b * n**-c, n, errors, p0=(0.1, 0.5, 0.5), sigma=1 / np.sqrt(weights),
        bounds=([0, 0, 0.1], [1, 2, 2]),
    )  # fmt: skip
    found = fit_power_laws(SIZES, errors[None])
    assert (found.a[0], found.b[0]) == pytest.approx(tuple(expected[:2]), abs=0.02)
    assert found.error(100)[0] == pytest.approx(expected[0] + expected[1] * 100 ** -expected[2], abs=0.003)


def test_neither_part_is_ever_negative():
    rng = np.random.default_rng(1)
    rising = np.linspace(0.2, 0.5, len(SIZES))
    steep = np.array(SIZES, dtype=float) ** -2.5
    found = fit_power_laws(SIZES, np.stack([rising, steep, *rng.random((50, len(SIZES)))]))
    assert (found.a >= 0).all() and (found.b >= 0).all()
    assert found.b[0] == 0


def test_how_many_it_takes_is_where_the_curve_comes_down_to_it():
    found = fit_power_laws(SIZES, (0.1 + 0.5 * np.array(SIZES, dtype=float) ** -EXPONENTS[30])[None])
    needed = found.needed(0.15)[0]
    assert found.error(needed)[0] == pytest.approx(0.15)
    assert np.isinf(found.needed(0.1)[0]) and np.isinf(found.needed(0.05)[0])


# How many more examples? On curves whose truth is known, and on those where nothing can be said.

MEASURED = [1, 2, 5, 10, 20, 50]


def measured(error, rng, draws=6, judges=200, sizes=MEASURED):
    """A forecast from a simulated curve: `error` is a function of n; draws and judges differ as they do."""
    ease = rng.random(judges)
    curves = []
    for _ in range(draws):
        wrong = np.clip(np.array([error(n) for n in sizes]) * np.exp(rng.normal(0, 0.1)), 1e-3, 1 - 1e-3)[:, None]
        curves.append(rng.random((len(sizes), judges)) < beta.ppf(ease, (1 - wrong) * 3, wrong * 3))
    made = [
        [EvaluatedSplit(tuple(range(1000 * j, 1000 * j + n)), tuple(range(judges))) for j in range(draws)]
        for n in sizes
    ]
    return Forecast(sizes, made, curves)


@pytest.mark.parametrize(("a", "b", "c"), [(0.05, 0.6, 0.5), (0.0, 0.7, 0.4), (0.1, 0.5, 0.7)])
def test_what_is_said_is_true_nineteen_times_in_twenty(a, b, c):
    """A target that truly takes 80 of each class, after 50 were tried; and what 100 of each would give."""
    rng = np.random.default_rng(0)

    def error(n):
        return a + b * n**-c

    wrong, covered, kinds = 0, 0, Counter()
    for _ in range(60):
        forecast = measured(error, rng)
        needed = forecast.needed(1 - error(80))
        kinds[needed.kind] += 1
        wrong += needed.kind == "levels_off"
        wrong += needed.low is not None and needed.low > 80
        wrong += needed.high is not None and needed.high < 80
        low, high = forecast.accuracy(100)[1]
        covered += low <= 1 - error(100) <= high
    assert wrong <= 6, kinds
    assert covered >= 54
    assert kinds["cannot_say"] <= 15, kinds


def test_a_number_comes_with_both_its_ends():
    needed = measured(lambda n: 0.7 * n**-0.4, np.random.default_rng(1), draws=10, judges=300).needed(0.87)
    assert needed.kind == "about"
    assert needed.low < needed.middle < needed.high
    assert needed.low < (0.7 / 0.13) ** (1 / 0.4) < needed.high  # 67 of each class


def test_too_few_points_or_draws_say_nothing():
    rng = np.random.default_rng(2)
    assert measured(lambda n: 0.6 * n**-0.5, rng, sizes=[1, 2, 5]).refusal == "sizes"
    few = measured(lambda n: 0.6 * n**-0.5, rng, draws=2)
    assert few.refusal == "draws" and few.needed(0.9).kind == "cannot_say"


def test_a_flat_curve_says_nothing():
    refusals = [measured(lambda n: 0.4, np.random.default_rng(seed)).refusal for seed in range(20)]
    assert refusals.count("flat") >= 18


def test_a_curve_of_another_shape_says_nothing():
    """Nothing is learnt up to 20 of each class, and then nearly everything at once."""
    forecast = measured(lambda n: 0.5 - 0.005 * n if n <= 20 else 0.02, np.random.default_rng(3))
    assert forecast.refusal == "shape"
    assert forecast.needed(0.99).kind == "cannot_say"


def test_a_curve_that_levels_off_never_gets_there():
    needed = measured(lambda n: 0.3 + 0.5 * n**-1.5, np.random.default_rng(4), draws=10, judges=300).needed(0.95)
    assert needed.kind == "levels_off"
    assert needed.low is None


def test_what_is_far_beyond_the_measured_is_not_said():
    forecast = measured(lambda n: 0.6 * n**-0.15, np.random.default_rng(5), draws=10)
    assert forecast.needed(0.99).kind in ("cannot_say", "levels_off")


def test_the_same_curve_says_the_same():
    one, other = (measured(lambda n: 0.6 * n**-0.5, np.random.default_rng(6)).needed(0.9) for _ in range(2))
    assert one == other


def test_draws_that_share_teachers_make_it_less_sure():
    rng = np.random.default_rng(7)
    curves = [
        (rng.random((6, 400)) < np.array([0.4, 0.5, 0.6, 0.7, 0.78, 0.84])[:, None] + shift)
        for shift in (-0.05, -0.03, 0, 0.03, 0.05)
    ]
    judges = tuple(range(400))
    apart = [[EvaluatedSplit(tuple(range(100 * j, 100 * j + n)), judges) for j in range(5)] for n in MEASURED]
    alike = [[EvaluatedSplit((*range(3 * n), 1000 * j + 1, *range(9000 + j, 9000 + j + n)), judges) for j in range(5)]
             for n in MEASURED]  # fmt: skip
    wide, narrow = (Forecast(MEASURED, draws, curves).accuracy(100)[1] for draws in (alike, apart))
    assert wide[1] - wide[0] > 1.3 * (narrow[1] - narrow[0])
