"""Reliability, ECE and Brier against scikit-learn, plain loops and worked numbers; the verdict by simulation."""

from __future__ import annotations

import json
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.special import softmax
from sklearn.calibration import calibration_curve
from sklearn.metrics import brier_score_loss

from core.evaluation import calibration as module
from core.evaluation.calibration import brier, calibration, ece, reliability
from core.evaluation.intervals import wilson
from core.evaluation.temperature import FEWEST


def drawn(n: int, too_sure: float, seed: int, classes: int = 4) -> tuple[np.ndarray, np.ndarray]:
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
    probabilities, truth = drawn(500, 1.8, 0)
    confidence, right = probabilities.max(axis=1), probabilities.argmax(axis=1) == truth
    shares, means = calibration_curve(right, confidence, n_bins=10, strategy="uniform")
    bins = reliability(confidence, right)
    np.testing.assert_allclose([one.accuracy for one in bins], shares)
    np.testing.assert_allclose([one.confidence for one in bins], means)


def test_an_edge_belongs_to_the_bin_below_it():
    assert [one.high for one in reliability(np.array([0.9, 0.90001, 1.0]), np.ones(3, bool))] == [0.9, 1.0]


def test_brier_is_that_of_scikit_learn_and_brier_himself():
    """Brier (1950): twice 0.1^2 for a forecast of 0.9 that came true, twice 0.8^2 for one of 0.8 that did not."""
    probabilities, truth = drawn(300, 1.3, 1)
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
    found = [calibration(*drawn(n, 1.0, seed)) for seed in range(100)]
    chances = np.mean([one.chance[0] for one in found])
    assert np.mean([one.ece for one in found]) == pytest.approx(chances, rel=0.1)
    assert np.mean([one.ece > one.chance[1] for one in found]) <= 0.07
    assert np.mean([one.verdict != "as sure as right" for one in found]) <= 0.1


def test_chance_shrinks_with_more_answers():
    few, many = calibration(*drawn(40, 1.0, 0)), calibration(*drawn(4000, 1.0, 0))
    assert few.chance[0] > 0.05 > 0.02 > many.chance[0]


@pytest.mark.parametrize(("too_sure", "verdict"), [(3.0, "too sure"), (0.35, "not sure enough")])
def test_the_verdict_names_the_direction(too_sure, verdict):
    found = [calibration(*drawn(200, too_sure, seed)) for seed in range(40)]
    assert [one.verdict for one in found] == [verdict] * 40
    sign = 1 if verdict == "too sure" else -1
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
    answers = drawn(900, 1.0, 2)
    at_once = calibration(*answers)
    monkeypatch.setattr(module, "_AT_ONCE", 7 * 900)  # 1,000 is no multiple of 7
    in_lots = calibration(*answers)
    assert in_lots.chance == pytest.approx(at_once.chance, rel=1e-12)
    assert in_lots.verdict == at_once.verdict


def test_no_answers_are_a_mistake():
    with pytest.raises(ValueError, match="no answers"):
        calibration(np.empty((0, 3)), np.empty(0, int))
