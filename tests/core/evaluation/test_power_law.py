"""The fitted power law: exact curves come back, and its least squares are scipy's."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import curve_fit

from core.evaluation.power_law import EXPONENTS, fit_power_laws

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
