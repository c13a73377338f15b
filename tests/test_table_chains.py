"""Chains of tables: what the benchmark draws from its target."""

from __future__ import annotations

from benchmarks.table_chains import few_of
from tests.helpers import row_dataset


def test_few_of_each_class_are_labelled_and_others_asked_about(workspace):
    dataset = row_dataset(workspace, each=10)
    split = few_of(dataset, 2, 0)
    assert sorted(dataset.examples[i].label for i in split.train) == sorted(2 * dataset.classes)
    assert len(split.test) == 24 and not set(split.train) & set(split.test)
    assert few_of(dataset, 2, 0) == split != few_of(dataset, 2, 1)
