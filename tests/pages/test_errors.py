"""The Errors of a result."""

import numpy as np
import streamlit as st

from core.evaluation.scores import class_scores
from pages.understand.errors import _each_class


def test_a_class_without_validation_examples_has_no_scores(monkeypatch):
    """Its F1 was shown as "None"."""
    shown = []
    monkeypatch.setattr(st, "dataframe", lambda rows, **options: shown.extend(rows))
    _each_class(class_scores(np.array([[1, 1, 0], [0, 1, 0], [0, 0, 0]]), ["cat", "dog", "owl"]))
    assert [row["F1"] for row in shown] == ["0.67", "0.67", "-"]
    assert (shown[2]["recall"], shown[2]["precision"]) == ("-", "-")
