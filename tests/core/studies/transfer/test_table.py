"""Events become scores and differences, as far as they have come."""

from __future__ import annotations

import numpy as np
import pytest

from core.studies.events import MethodEvaluated, SplitDrawn
from core.studies.transfer.design import TransferDesign
from core.studies.transfer.table import TransferTable
from tests.core.studies.making import events, square

SQUARE = square(0.3, 0.5, 0.7, 0.75)


def table_of(told):
    return TransferTable(TransferDesign("m"), told)


def rights(told, way) -> np.ndarray:
    return np.array(
        [[c == "1" for c in e.right] for e in told if isinstance(e, MethodEvaluated) and e.method == way], float
    )


def test_scores_and_differences_are_means_over_draws():
    told = events(SQUARE)
    table = table_of(told)
    a, b = rights(told, "transferred/plain"), rights(told, "scratch/plain")
    assert table.accuracy("transferred/plain").mean == pytest.approx(a.mean())
    assert table.effects()["transfer"].mean == pytest.approx(a.mean() - b.mean())
    low, high = table.effects()["transfer"].interval
    assert low < 0.4 < high and high - low < 0.2


def test_the_interaction_is_the_difference_of_differences():
    told = events(SQUARE)
    s, sh, t, th = (rights(told, way).mean() for way in SQUARE)
    found = table_of(told).effects()["interaction"]
    assert found.mean == pytest.approx((th - t) - (sh - s))
    assert found.sign == -1


def test_an_interval_holds_nothing_that_accuracies_cannot_differ_by():
    told = []
    for number, way, right in [(n, way, n < 1 or way[0] == "t") for n in range(3) for way in SQUARE]:
        told += [SplitDrawn(number, 1, (90 + number,), (number,)), MethodEvaluated(number, 1, way, "01"[right], 0.0)]
    effects = table_of(told).effects()
    assert effects["transfer"].mean == pytest.approx(2 / 3)
    assert effects["transfer"].interval[1] == 1.0
    assert effects["interaction"].interval[1] <= 2.0


def test_paired_differences_are_surer_than_scores():
    table = table_of(events(square(0.6, 0.6, 0.65, 0.65), noise=0.0))
    score, difference = table.accuracy("scratch/plain").interval, table.effects()["transfer"].interval
    assert difference[1] - difference[0] < score[1] - score[0]


def test_what_is_not_judged_yet_is_not_told():
    table = table_of(events({"nearest/plain": 0.5}, splits=2))
    assert table.accuracy("scratch/plain") is None
    assert set(table.effects().values()) == {None}
    assert table_of([]).accuracy("scratch/plain") is None


def test_a_comparison_is_made_on_the_draws_that_both_have():
    told = events(SQUARE, splits=4)
    cut = [e for e in told if not (isinstance(e, MethodEvaluated) and e.method == "scratch/plain" and e.split == 3)]
    table = table_of(cut)
    expected = rights(told, "transferred/plain")[:3].mean() - rights(told, "scratch/plain")[:3].mean()
    assert table.effects()["transfer"].mean == pytest.approx(expected)
    assert table.effects()["transfer"].repeats == 3
    assert table.means("transferred/plain", "scratch/plain")[0] == pytest.approx(
        rights(told, "transferred/plain")[:3].mean()
    )


def test_each_part_is_compared_with_the_plain_way():
    told = events({"nearest/plain": 0.5, "nearest/views": 0.6})
    parts = table_of(told).parts()
    expected = rights(told, "nearest/views").mean() - rights(told, "nearest/plain").mean()
    assert parts["nearest"]["views"].mean == pytest.approx(expected)
    assert parts["scratch"]["views"] is None


def test_plain_data_hold_every_score_with_its_interval_and_size():
    data = table_of(events(SQUARE)).to_dict()
    assert set(data["scores"]) == set(SQUARE)
    for score in data["scores"].values():
        assert score["interval"][0] <= score["mean"] <= score["interval"][1]
        assert (score["draws"], score["judged"]) == (5, 200)
