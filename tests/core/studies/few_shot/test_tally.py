"""Counting answers, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from core.evaluation.intervals import wilson
from core.studies.few_shot.episodes import Episode, Shape
from core.studies.few_shot.tally import Tally


@pytest.fixture
def tally():
    """Two episodes of two classes out of three, two questions about each."""
    counted = Tally(("a", "b", "c"), Shape(2, 1, 2))
    counted.add([Episode(("a", "c"), (0, 8), (1, 2, 9, 10))], np.array([[0, 1, 1, 1]]))
    counted.add([Episode(("b", "c"), (4, 8), (5, 6, 9, 11))], np.array([[1, 1, 0, 1]]))
    return counted


def test_each_episode_has_its_share(tally):
    assert tally.episodes == 2
    assert tally.shares.tolist() == [0.75, 0.25]
    assert tally.accuracy == 0.5


def test_each_class_has_its_share_and_what_it_is_taken_for(tally):
    rows = [(c.label, c.episodes, c.n, c.examples, c.accuracy, c.taken_for, c.taken_share) for c in tally.classes()]
    assert rows == [
        ("a", 1, 2, 2, 0.5, "c", 0.5),
        ("b", 1, 2, 2, 0.0, "c", 1.0),
        ("c", 2, 4, 3, 0.75, "b", 0.25),  # three different examples, one of them asked about twice
    ]
    assert tally.classes()[2].interval == wilson(0.75 * 3, 3)


def test_a_class_without_a_mistake_is_taken_for_nothing():
    counted = Tally(("a", "b"), Shape(2, 1, 1))
    counted.add([Episode(("a", "b"), (0, 2), (1, 3))], np.array([[0, 1]]))
    assert [(c.taken_for, c.taken_share) for c in counted.classes()] == [(None, 0.0), (None, 0.0)]
    assert counted.interval is None
