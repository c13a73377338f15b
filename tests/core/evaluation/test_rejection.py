"""The usual threshold, and what a threshold does."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.evaluation.intervals import wilson
from core.evaluation.rejection import Rejection

SCORES = st.lists(st.floats(0, 1), min_size=1, max_size=200)


@given(SCORES)
def test_the_usual_threshold_keeps_19_of_20_and_could_not_be_a_hundredth_higher(scores):
    refusal = Rejection.of("likeness", scores, [True] * len(scores))
    n, kept = len(scores), np.array(refusal.scores)
    assert refusal.effect(refusal.usual).kept >= 0.95 * n - 1e-9
    assert (kept < refusal.usual + 0.01 + 1e-9).sum() > int(0.05 * n + 1e-9)


def test_the_effect_is_counted():
    refusal = Rejection.of("likeness", [0.1, 0.2, 0.3, 0.4], [False, True, False, True])
    found = refusal.effect(0.3)
    assert (found.n, found.kept, found.refused, found.wrong) == (4, 2, 2, 1)
    assert found.interval == wilson(2, 4)
    assert refusal.effect(0).kept == 4
    assert refusal.effect(1).kept == 0


def test_of_forty_one_two_may_go():
    refusal = Rejection.of("likeness", [i / 100 for i in range(41)], [True] * 41)
    assert refusal.usual == pytest.approx(0.02)
    assert refusal.effect(refusal.usual).refused == 2


def test_without_judging_examples_it_always_answers():
    refusal = Rejection.of("sure", [], [])
    assert refusal.usual == 0
    assert refusal.effect(0.5).interval is None


def test_it_survives_json():
    refusal = Rejection.of("sure", [0.25, 0.5], [True, False])
    data = refusal.to_dict()
    assert Rejection.from_dict({**data, "scores": list(data["scores"]), "right": list(data["right"])}) == refusal


def test_a_threshold_of_whole_hundredths_is_not_lost_to_rounding():
    assert Rejection.of("likeness", [0.29] * 20, [True] * 20).usual == 0.29
