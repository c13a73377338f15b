"""Folds: everybody judges once, nobody is judged by what its like has taught, and every class has its share."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.evaluation.folds import stratified_folds


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 30)), min_size=12, max_size=60), st.integers(0, 99))
def test_everybody_judges_once_and_what_belongs_together_is_never_divided(examples, seed):
    labels = ["a"] * 4 + [label for label, _ in examples]  # a class with room for all folds
    groups = [f"own {i}" for i in range(4)] + [str(group) for _, group in examples]
    folds = stratified_folds(labels, groups, 4, seed)
    assert sorted(np.concatenate([judge for _, judge in folds])) == list(range(len(labels)))
    for teach, judge in folds:
        assert sorted([*teach, *judge]) == list(range(len(labels)))
        assert not {groups[i] for i in teach} & {groups[i] for i in judge}


@pytest.mark.parametrize("together", [1, 2], ids=["all alone", "in pairs"])
def test_every_class_has_its_share_in_every_fold(together):
    labels = np.repeat(["x", "y", "z"], (40, 24, 8))
    for _, judge in stratified_folds(labels, np.arange(72) // together, 4, seed=3):
        assert [int((labels[judge] == label).sum()) for label in "xyz"] == [10, 6, 2]


@pytest.mark.parametrize("together", [1, 2], ids=["all alone", "in pairs"])
def test_the_seed_decides_and_small_classes_are_passed_over_in_silence(together):
    labels, groups = ["x"] * 20 + ["y"] * 2, np.arange(22) // together

    def judged(seed: int) -> list[list[int]]:
        return [judge.tolist() for _, judge in stratified_folds(labels, groups, 5, seed)]

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert judged(1) == judged(1) != judged(2)
