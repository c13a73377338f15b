"""Temperature scaling against scipy on logits, worked numbers, and a simulation with a known temperature."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.optimize import minimize
from scipy.special import log_softmax, softmax
from sklearn import metrics

from core.evaluation.temperature import (
    BOLDEST,
    FEWEST,
    MILDEST,
    cross_fitted,
    fit_temperature,
    learn_correction,
    log_loss,
    scaled,
)


def drawn(n: int, too_sure: float, seed: int, classes: int = 4) -> tuple[np.ndarray, np.ndarray]:
    """Logits (n, classes) that are `too_sure` times as large as those that the truth (n,) is drawn by."""
    rng = np.random.default_rng(seed)
    honest = rng.normal(0, 2, (n, classes))
    return too_sure * honest, (honest + rng.gumbel(size=honest.shape)).argmax(axis=1)


LOGITS = arrays(float, st.tuples(st.integers(1, 12), st.integers(2, 6)), elements=st.floats(-30, 30, width=32))
TEMPERATURES = st.floats(BOLDEST, MILDEST)


@given(LOGITS, TEMPERATURES)
def test_from_probabilities_alone_it_is_the_softmax_of_smaller_logits(logits, temperature):
    expected = softmax(logits / temperature, axis=1)
    np.testing.assert_allclose(scaled(softmax(logits, axis=1), temperature), expected, rtol=1e-9, atol=1e-12)


def test_a_worked_example():
    """sqrt(0.81) : sqrt(0.09) : sqrt(0.09) : sqrt(0.01) = 9 : 3 : 3 : 1."""
    np.testing.assert_allclose(scaled(np.array([[0.81, 0.09, 0.09, 0.01]]), 2), [[9 / 16, 3 / 16, 3 / 16, 1 / 16]])


@given(
    arrays(float, st.tuples(st.integers(1, 8), st.integers(2, 6)), elements=st.floats(0, 1, width=32)).map(
        lambda rows: rows + np.eye(rows.shape[1])[rows.argmax(axis=1)]
    ),
    TEMPERATURES,
)
def test_no_temperature_changes_an_answer_or_leaves_what_is_no_probability(rows, temperature):
    """Rows with zeros in them too: a network can be so sure that nothing is left for the others."""
    probabilities = rows / rows.sum(axis=1, keepdims=True)
    made = scaled(probabilities, temperature)
    assert (made.argmax(axis=1) == probabilities.argmax(axis=1)).all()
    assert (made >= 0).all()
    np.testing.assert_allclose(made.sum(axis=1), 1)


@pytest.mark.parametrize("close", [1e-6, 1e-9])
def test_two_classes_that_all_but_tie_do_not_change_places(close):
    row = np.array([[0.5 - close, 0.5 + close, 0.0]])
    for temperature in (BOLDEST, 1.0, MILDEST):
        assert scaled(row, temperature).argmax() == 1


@pytest.mark.parametrize(("too_sure", "n", "seed"), [(2.5, 80, 0), (0.4, 150, 1), (1.0, 400, 2)])
def test_it_is_the_minimum_that_scipy_finds_on_logits(too_sure, n, seed):
    logits, truth = drawn(n, too_sure, seed)

    def loss(log_temperature: np.ndarray) -> float:
        return -log_softmax(logits / np.exp(log_temperature[0]), axis=1)[np.arange(n), truth].mean()

    expected = np.exp(minimize(loss, [0.0], method="BFGS", options={"gtol": 1e-9}).x[0])
    assert fit_temperature(softmax(logits, axis=1), truth) == pytest.approx(expected, rel=1e-5)


def test_a_known_temperature_is_found_again_within_its_error():
    """200 sets of 400 answers; the spread of the estimates is that of maximum likelihood, 1/sqrt(information)."""
    known, n = 2.5, 400
    errors = []
    for seed in range(200):
        logits, truth = drawn(n, known, seed)
        p = softmax(logits / known, axis=1)
        varies = (p * logits**2).sum(axis=1) - (p * logits).sum(axis=1) ** 2  # information about 1/T
        found = fit_temperature(softmax(logits, axis=1), truth)
        errors.append((1 / found - 1 / known) * np.sqrt(varies.sum()))
    assert np.mean(errors) == pytest.approx(0, abs=0.3)
    assert np.std(errors) == pytest.approx(1, abs=0.15)
    assert np.mean(np.abs(errors) < 1.96) == pytest.approx(0.95, abs=0.04)


def test_where_more_is_always_better_it_stops_at_the_end():
    sure = np.full((40, 2), [0.9, 0.1])
    assert fit_temperature(sure, np.zeros(40, int)) == BOLDEST
    assert fit_temperature(sure, np.ones(40, int)) == MILDEST


def test_log_loss_is_that_of_scikit_learn():
    logits, truth = drawn(60, 1.5, 3)
    probabilities = softmax(logits, axis=1)
    expected = metrics.log_loss(truth, probabilities, labels=range(4))
    assert log_loss(probabilities, truth) == pytest.approx(expected, rel=1e-12)


def test_being_certain_and_wrong_costs_much_but_not_everything():
    found = log_loss(np.array([[1.0, 0.0]]), np.array([1]))
    assert 100 < found < 110  # -log of the smallest number that a network can say: 2^-149
    assert found == pytest.approx(149 * np.log(2))


def test_each_answer_is_corrected_by_what_the_others_say():
    logits, truth = drawn(50, 3.0, 4)
    probabilities = softmax(logits, axis=1)
    made = cross_fitted(probabilities, truth)
    for i in (0, 17, 49):  # whatever an answer's own truth, its correction stays the same
        changed = truth.copy()
        changed[i] = (truth[i] + 1) % 4
        np.testing.assert_array_equal(cross_fitted(probabilities, changed)[i], made[i])
    assert log_loss(scaled(probabilities, fit_temperature(probabilities, truth)), truth) < log_loss(made, truth)


def test_a_model_that_is_too_sure_becomes_milder_and_a_timid_one_bolder():
    for too_sure in (3.0, 0.4):
        logits, truth = drawn(200, too_sure, 5)
        found = learn_correction(softmax(logits, axis=1), truth)
        assert (found.n, found.why_none) == (200, "")
        assert found.temperature == fit_temperature(softmax(logits, axis=1), truth)
        assert found.temperature == pytest.approx(too_sure, rel=0.3)


def test_why_there_is_no_correction():
    logits, truth = drawn(FEWEST - 1, 5.0, 6)
    few = learn_correction(softmax(logits, axis=1), truth)
    assert (few.temperature, few.n, few.why_none) == (1.0, FEWEST - 1, "few")
    sure = softmax(np.tile([3.0, 0.0], (50, 1)), axis=1)
    assert learn_correction(sure, np.zeros(50, int)).why_none == "all right"


def test_a_model_that_is_as_sure_as_it_should_be_is_mostly_left_alone():
    """And on answers that nobody has seen, corrections learnt by this rule do more good than harm."""
    alone, gains = 0, []
    for seed in range(60):
        logits, truth = drawn(80, 1.0, seed)
        found = learn_correction(softmax(logits, axis=1), truth)
        alone += found.why_none == "no better"
        assert (found.temperature == 1) == bool(found.why_none)
        more, truths = drawn(1000, 1.0, 1000 + seed)
        fresh = softmax(more, axis=1)
        gains.append(log_loss(fresh, truths) - log_loss(scaled(fresh, found.temperature), truths))
    assert alone >= 42
    assert np.mean(gains) > -0.01
