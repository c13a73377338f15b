"""Holm's correction."""

from __future__ import annotations

import numpy as np
import pytest

from core.evaluation.holm import holm


def test_a_worked_example():
    """Wikipedia, "Holm-Bonferroni method": of 0.01, 0.04, 0.03 and 0.005 the first and the last are findings."""
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])


def test_one_test_needs_no_correction_and_nothing_is_likelier_than_certain():
    assert holm([0.04]) == [0.04] and holm([]) == []
    assert holm([0.5, 0.9, 0.6]) == [1.0, 1.0, 1.0]


def test_of_true_nulls_none_is_called_a_finding_in_19_of_20_cases():
    drawn = np.random.default_rng(0).random((4000, 6))
    assert np.mean([min(holm(row)) < 0.05 for row in drawn]) == pytest.approx(0.05, abs=0.012)
