"""Sharing time out: equal shares for those who need more than that, nobody too little."""

from __future__ import annotations

import math

import pytest

from core.data.dataset import Dataset
from core.events import drain
from core.hardware import note_speed
from core.messages import Message
from core.studies.benchmark.candidates import Candidate, checked
from core.studies.benchmark.cost import (
    Cost,
    costs_of,
    rounds_of,
    schedule,
    share_out,
    shared_seconds,
    survivors,
)
from core.studies.benchmark.cost import (
    test_seconds as seconds_for_test,
)
from core.studies.benchmark.design import BenchmarkDesign
from core.studies.benchmark.test_set import HeldBack
from tests.helpers import picture_dataset

QUICK, SLOW = Cost(1, 0, 3, False), Cost(100, 4, 3, True)


def test_who_fits_is_left_as_it_is():
    assert share_out([QUICK, SLOW], 303) == [math.inf, math.inf]


def test_slow_ones_share_equally_what_the_others_do_not_need():
    """3 + 3 x 20 are needed by the quick ones; 237 are left for two at three runs each."""
    middling = Cost(20, 1, 3, True)
    assert share_out([QUICK, middling, SLOW, Cost(400, 4, 3, True)], 300) == pytest.approx(
        [math.inf, math.inf, 39.5, 39.5]
    )


def test_a_share_that_is_too_little_leaves_the_slowest_out():
    costs = [QUICK, Cost(50, 1, 3, True), Cost(90, 20, 3, True)]
    assert share_out(costs, 63) == [math.inf, 20.0, None]  # the third needs 2 + 5 + 20 seconds for each of three runs
    assert share_out(costs, 10) == [math.inf, None, None]
    assert share_out(costs, 1) == [None, None, None]


def test_one_that_cannot_be_shrunk_fits_as_a_whole_or_not_at_all():
    assert share_out([QUICK, Cost(30, 0, 3, False)], 50) == [math.inf, None]


def test_half_of_what_differs_in_what_is_searched_goes_on():
    assert [survivors(n) for n in (1, 2, 3, 4, 5, 8, 9)] == [1, 2, 2, 2, 3, 4, 5]
    assert rounds_of(8, 3) == (8 + 4 + 2) / 8 and rounds_of(2, 3) == rounds_of(1, 3) == 3


@pytest.fixture
def lined_up(workspace, tiny_models) -> tuple[Dataset, list]:
    for work, speed in (("embed", 100.0), ("probe-top", 50.0), ("probe-full", 20.0)):
        note_speed(workspace, "tiny-image", work, speed, 1.0)
    design = BenchmarkDesign(("tiny-image",), ("nearest", "full", "scratch"), search={"epochs": (3,)})
    held, candidates = checked(picture_dataset(workspace, each=40), design, workspace)
    return held.dataset, candidates


def test_costs_are_those_of_a_run_once_everything_was_looked_at(lined_up, workspace):
    dataset, candidates = lined_up
    by_name = {(one.recipe.strategy, one.recipe.epochs): cost
               for one, cost in zip(candidates, costs_of(candidates, 3, dataset, workspace), strict=True)}  # fmt: skip
    assert by_name["nearest", None].whole == pytest.approx(2.0) and not by_name["nearest", None].shrinks
    full, short = by_name["full", 8], by_name["full", 3]
    # 72 teach, 24 judge (8 each of 32): an epoch is 72 + 24 / 3 examples at 20 a second
    assert full.whole - short.whole == pytest.approx(5 * (72 + 8) / 20)
    assert full.after == pytest.approx(24 / 3 / 20)
    assert full.shrinks and not short.shrinks
    # three steps of 16, then 24 twice and 64 of those that teach once, at a third of a step's price
    assert full.before == pytest.approx((3 * 16 + (2 * 24 + 64) / 3) / 20)
    assert full.rounds == 3


def test_who_needs_more_than_a_share_is_told_how_long_to_train(lined_up, workspace):
    """100 seconds for all: 3 x 2 for nearest; what is left is shared by three runs each of the others."""
    dataset, candidates = lined_up
    (nearest, full, short, scratch, brief), seeds = candidates, (0, 1, 2)
    assert (full.recipe.epochs, short.recipe.epochs, brief.chosen) == (8, 3, {"epochs": 3})
    held = HeldBack(dataset, 24, Message("Held."))
    told: list = []
    grid = drain(schedule(dataset, held, [nearest, full, scratch], seeds, 100.0, workspace, 0.0), told.append)
    assert [one.recipe.time_budget for one in grid.candidates] == [None, *[pytest.approx(94 / 6 - 0.4, abs=0.06)] * 2]
    assert grid.candidates[1].recipe.epochs is None and grid.candidates[1].under(5).seed == 5
    assert grid.expected == {nearest.number: 2.0, **dict.fromkeys((full.number, scratch.number), pytest.approx(94 / 6))}
    (plan,) = told
    assert [Candidate.from_dict(one) for one in plan.candidates] == grid.candidates
    assert (plan.n_test, plan.seeds, plan.held_back) == (24, seeds, Message("Held."))


def test_looking_is_paid_once_for_each_pretrained_model_and_size(lined_up, workspace):
    dataset, candidates = lined_up
    assert shared_seconds(dataset, [one.recipe for one in candidates], workspace) == pytest.approx(96 / 100)
    scratch = [one.recipe for one in candidates if one.recipe.strategy == "scratch"]
    assert shared_seconds(dataset, scratch, workspace) == 0.0


def test_the_final_test_has_its_time(lined_up, workspace):
    dataset, _ = lined_up
    assert seconds_for_test(dataset, 24, {"tiny-image"}, workspace) == pytest.approx(2 * (3 + 24 / 100))
    assert seconds_for_test(dataset, 0, {"tiny-image"}, workspace) == 0.0
