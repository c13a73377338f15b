"""Invented tables, and a pretraining that goes on where it was; what the benchmarks of tables draw."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from benchmarks.few_rows import draws
from benchmarks.pretrain_tables import Pretraining, shape_of
from benchmarks.table_chains import few_of
from benchmarks.table_prior import MOST_CLASSES, TablePrior
from tests.helpers import row_dataset


@pytest.mark.parametrize(("tables", "known", "asked", "columns"), [(4, 6, 16, 2), (3, 40, 20, 60), (1, 120, 16, 7)])
def test_invented_tables_can_be_learnt_from(tables, known, asked, columns):
    rows, labels = TablePrior(3).draw(tables, known, asked, columns)
    assert rows.shape == (tables, known + asked, columns) and rows.isfinite().all()
    told, questions = labels[:, :known], labels[:, known:]
    assert told.min() >= 0 and labels.max() < MOST_CLASSES
    for one, other in zip(told, questions, strict=True):
        assert {*other.tolist()} <= {-1, *one.tolist()}
    again = TablePrior(3).draw(tables, known, asked, columns)
    assert torch.equal(again[0], rows) and torch.equal(again[1], labels)
    assert not torch.equal(TablePrior(4).draw(tables, known, asked, columns)[0], rows)


def test_invented_rows_are_prepared_as_the_program_prepares_them():
    rows, _ = TablePrior(5).draw(8, 40, 24, 12)
    known = rows[:, :40]
    whole = ((rows == 0) | (rows == 1)).all(1)
    assert whole.any() and not whole.all() and rows.abs().max() <= 5
    assert known.mean(1)[~whole].abs().max() < 0.5 and known.std(1)[~whole].max() < 1.3
    assert (rows[:, 40:].std(1)[known.std(1) == 0] == 0).all()


def test_steps_have_few_cells():
    for number in range(300):
        tables, known, asked, columns = shape_of(np.random.default_rng(number), 50_000)
        assert tables >= 1 and known >= 7 and asked >= 24 and 2 <= columns <= 100
        assert tables == 1 or tables * (known + asked) * (columns + 1) <= 50_000
    assert shape_of(np.random.default_rng(1), 10**9)[0] * sum(shape_of(np.random.default_rng(1), 10**9)[1:3]) < 65536


def test_it_begins_as_logistic_regression_and_goes_on_where_it_was(tmp_path):
    first = Pretraining(tmp_path, cells=200)
    loss, right, linear_loss, linear_right = first.step().tolist()
    assert np.isfinite(loss) and (loss, right) == pytest.approx((linear_loss, linear_right))
    first.keep()
    second = Pretraining(tmp_path, cells=200)
    assert (second.steps, second.tables) == (1, first.tables)
    for kept, own in zip(second.asking.parameters(), first.asking.parameters(), strict=True):
        assert torch.equal(kept, own)


def test_draws_label_every_class_and_ask_about_others(workspace):
    dataset = row_dataset(workspace, each=10)
    splits = [*draws(dataset, 4, 3), few_of(dataset, 2, 0)]
    for split in splits:
        assert {dataset.examples[i].label for i in split.train} == set(dataset.classes)
        assert not set(split.train) & set(split.test)
    assert [len(split.train) for split in splits] == [4, 4, 4, 6] and splits[0] != splits[1]
    assert not list(draws(dataset, 2, 3))
