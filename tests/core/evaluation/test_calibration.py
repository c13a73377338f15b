"""Temperature scaling against scipy on logits, worked numbers, and a simulation with a known temperature."""

from __future__ import annotations

import json
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.optimize import minimize
from scipy.special import log_softmax, softmax
from sklearn import metrics
from sklearn.calibration import calibration_curve
from sklearn.metrics import brier_score_loss

from core.evaluation import calibration as module
from core.evaluation.calibration import (
    BOLDEST,
    FEWEST,
    MILDEST,
    brier,
    calibration,
    cross_fitted,
    ece,
    fit_temperature,
    learn_correction,
    log_loss,
    reliability,
    scaled,
)
from core.evaluation.intervals import wilson


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
    assert learn_correction(sure, np.zeros(50, int)).why_none == "all_right"


def test_a_model_that_is_as_sure_as_it_should_be_is_mostly_left_alone():
    """And on answers that nobody has seen, corrections learnt by this rule do more good than harm."""
    alone, gains = 0, []
    for seed in range(60):
        logits, truth = drawn(80, 1.0, seed)
        found = learn_correction(softmax(logits, axis=1), truth)
        alone += found.why_none == "no_better"
        assert (found.temperature == 1) == bool(found.why_none)
        more, truths = drawn(1000, 1.0, 1000 + seed)
        fresh = softmax(more, axis=1)
        gains.append(log_loss(fresh, truths) - log_loss(scaled(fresh, found.temperature), truths))
    assert alone >= 42
    assert np.mean(gains) > -0.01


# Reliability, ECE and Brier against scikit-learn, plain loops and worked numbers; the verdict by simulation.


def drawn_answers(n: int, too_sure: float, seed: int, classes: int = 4) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities (n, classes) and the truth; honest where `too_sure` is 1."""
    rng = np.random.default_rng(seed)
    honest = rng.normal(0, 2, (n, classes))
    truth = (honest + rng.gumbel(size=honest.shape)).argmax(axis=1)
    return softmax(too_sure * honest, axis=1), truth


def test_ece_of_a_worked_example():
    """Two bins: (0.5, 0.6] with 1 of 2 right at 0.55 on average, (0.9, 1] with 2 of 3 right at 0.95.

    2/5 |0.5 - 0.55| + 3/5 |2/3 - 0.95| = 0.02 + 0.17 = 0.19.
    """
    confidence = np.array([0.52, 0.58, 0.92, 0.95, 0.98])
    right = np.array([True, False, True, True, False])
    assert ece(confidence, right) == pytest.approx(0.19)
    low, high = reliability(confidence, right)
    assert (low.low, low.high, low.n, low.right) == (0.5, 0.6, 2, 1)
    assert (high.n, high.right, high.confidence, high.interval) == (3, 2, pytest.approx(0.95), wilson(2, 3))
    assert high.gap == pytest.approx(0.95 - 2 / 3)


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=60))
def test_ece_is_what_a_plain_loop_over_the_bins_gives(answers):
    confidence, right = np.array([c for c, _ in answers]), np.array([r for _, r in answers])
    total = 0.0
    edges = np.linspace(0, 1, 11)
    for low, high in pairwise(edges):
        inside = [(c, r) for c, r in answers if low < c <= high or (low == 0 and c == 0)]
        if inside:
            total += abs(sum(r for _, r in inside) - sum(c for c, _ in inside)) / len(answers)
    assert ece(confidence, right) == pytest.approx(total, abs=1e-9)
    bins = reliability(confidence, right)
    assert sum(one.n for one in bins) == len(answers)
    assert sum(one.right for one in bins) == right.sum()


def test_the_diagram_is_that_of_scikit_learn():
    probabilities, truth = drawn_answers(500, 1.8, 0)
    confidence, right = probabilities.max(axis=1), probabilities.argmax(axis=1) == truth
    shares, means = calibration_curve(right, confidence, n_bins=10, strategy="uniform")
    bins = reliability(confidence, right)
    np.testing.assert_allclose([one.accuracy for one in bins], shares)
    np.testing.assert_allclose([one.confidence for one in bins], means)


def test_an_edge_belongs_to_the_bin_below_it():
    assert [one.high for one in reliability(np.array([0.9, 0.90001, 1.0]), np.ones(3, bool))] == [0.9, 1.0]


def test_brier_is_that_of_scikit_learn_and_brier_himself():
    """Brier (1950): twice 0.1^2 for a forecast of 0.9 that came true, twice 0.8^2 for one of 0.8 that did not."""
    probabilities, truth = drawn_answers(300, 1.3, 1)
    expected = brier_score_loss(truth, probabilities, labels=range(4), scale_by_half=False)
    assert brier(probabilities, truth) == pytest.approx(expected)
    assert brier(np.array([[0.9, 0.1], [0.8, 0.2]]), np.array([0, 1])) == pytest.approx((0.02 + 1.28) / 2)


@given(arrays(float, st.tuples(st.integers(1, 30), st.integers(2, 5)), elements=st.floats(-20, 20)), st.data())
def test_all_figures_stay_within_their_bounds(logits, data):
    n, classes = logits.shape
    truth = np.array(data.draw(st.lists(st.integers(0, classes - 1), min_size=n, max_size=n)))
    found = calibration(softmax(logits, axis=1), truth)
    assert 0 <= found.ece <= 1
    assert all(0 <= end <= 1 for end in found.chance)
    assert 0 <= found.brier <= 2
    assert found.log_loss >= 0
    assert found.telling in found.bins
    assert (found.verdict == "few") == (n < FEWEST)
    json.dumps(found.to_dict())


@pytest.mark.parametrize("n", [40, 400])
def test_a_model_as_sure_as_it_should_be_shows_the_error_that_is_put_down_to_chance(n):
    """Small sets have large errors by luck alone; and the alarm is false about once in twenty times."""
    found = [calibration(*drawn_answers(n, 1.0, seed)) for seed in range(100)]
    chances = np.mean([one.chance[0] for one in found])
    assert np.mean([one.ece for one in found]) == pytest.approx(chances, rel=0.1)
    assert np.mean([one.ece > one.chance[1] for one in found]) <= 0.07
    assert np.mean([one.verdict != "calibrated" for one in found]) <= 0.1


def test_chance_shrinks_with_more_answers():
    few, many = calibration(*drawn_answers(40, 1.0, 0)), calibration(*drawn_answers(4000, 1.0, 0))
    assert few.chance[0] > 0.05 > 0.02 > many.chance[0]


@pytest.mark.parametrize(("too_sure", "verdict"), [(3.0, "overconfident"), (0.35, "underconfident")])
def test_the_verdict_names_the_direction(too_sure, verdict):
    found = [calibration(*drawn_answers(200, too_sure, seed)) for seed in range(40)]
    assert [one.verdict for one in found] == [verdict] * 40
    sign = 1 if verdict == "overconfident" else -1
    assert all(sign * one.telling.gap > 0 for one in found)


def test_right_on_average_and_wrong_everywhere_is_uneven():
    """Right in 6 of 10 whatever it says: 0.9 or 0.3 of 0.3."""
    confidence = np.repeat([0.9, 0.3], 200)
    probabilities = np.column_stack([confidence, *[(1 - confidence) / 4] * 4])
    truth = np.where(np.arange(400) % 10 < 6, 0, 1)
    found = calibration(probabilities, truth)
    assert (found.verdict, found.telling.n) == ("uneven", 200)
    assert abs(found.telling.gap) == pytest.approx(0.3)


def test_many_answers_are_drawn_in_lots_and_no_draw_is_lost(monkeypatch):
    answers = drawn_answers(900, 1.0, 2)
    at_once = calibration(*answers)
    monkeypatch.setattr(module, "_AT_ONCE", 7 * 900)  # 1,000 is no multiple of 7
    in_lots = calibration(*answers)
    assert in_lots.chance == pytest.approx(at_once.chance, rel=1e-12)
    assert in_lots.verdict == at_once.verdict


def test_no_answers_are_a_mistake():
    with pytest.raises(ValueError, match="no answers"):
        calibration(np.empty((0, 3)), np.empty(0, int))
