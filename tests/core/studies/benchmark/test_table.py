"""The leaderboard: only seeds that all have finished compare like with like."""

from __future__ import annotations

from statistics import fmean, stdev

import pytest

from core.evaluation.intervals import wilson
from core.studies.events import CandidateStarted
from tests.core.studies.benchmark.making import events, out, table_of

SCORES = {"nearest": (0.70, 0.74, 0.66), "head": (0.80, 0.86, 0.83), "full": (0.90, 0.70, 0.86)}


def test_ranked_by_the_mean_with_the_corrected_interval():
    """Nadeau & Bengio 2003: t(2) = 4.302653, variance (1 / 3 + 100 / 300) s^2."""
    rows = table_of(events(SCORES)).rows()
    assert [row.candidate.recipe.strategy for row in rows] == ["head", "full", "nearest"]
    head, full, nearest = rows
    assert head.mean == pytest.approx(0.83) and head.n == 100 and head.baseline == 0.25
    least = (0.83 * 100 + 2) / 104
    assert stdev(SCORES["head"]) ** 2 < least * (1 - least) / 100  # luck with 100 judges is more than these three show
    reach = 4.30265273 * ((2 / 3) * least * (1 - least) / 100) ** 0.5
    assert head.interval == pytest.approx((0.83 - reach, 0.83 + reach), rel=1e-6)
    reach = 4.30265273 * ((2 / 3) * stdev(SCORES["full"]) ** 2) ** 0.5
    assert full.interval == pytest.approx((0.82 - reach, 1.0), rel=1e-6)
    assert head.lag is None
    differences = [a - b for a, b in zip(SCORES["head"], SCORES["nearest"], strict=True)]
    assert nearest.lag.mean == pytest.approx(fmean(differences)) == pytest.approx(0.13)
    assert nearest.scores == {0: 0.70, 1: 0.74, 2: 0.66}


def test_after_one_seed_the_interval_is_that_of_one_test():
    rows = table_of(events({"nearest": (0.7,), "head": (0.8,)})).rows()
    assert rows[0].interval == pytest.approx(wilson(80, 100))
    assert rows[1].lag is None


def test_two_seeds_say_nothing_about_their_own_spread():
    rows = table_of(events({"nearest": (0.7, 0.72), "head": (0.8, 0.84)})).rows()
    assert rows[0].mean == pytest.approx(0.82) and rows[0].interval is None
    assert rows[1].lag.mean == pytest.approx(0.11) and rows[1].lag.interval is None
    alone = table_of(events({"nearest": (0.7,)})).rows()[0]
    assert alone.interval == pytest.approx(wilson(70, 100))
    (sheet,) = table_of(events({"nearest": (0.7, 0.72), "head": (0.8, 0.84)})).sheets()
    assert [str(row[2]) for row in sheet.rows] == [
        "82\u00a0% (seeds: 80\u00a0% and 84\u00a0%)", "71\u00a0% (seeds: 70\u00a0% and 72\u00a0%)",
    ]  # fmt: skip


def test_a_seed_that_not_all_have_finished_does_not_count_yet():
    told = events({"nearest": (0.7, 0.9), "head": (0.8,)})
    table = table_of(told)
    assert table.common == [0]
    assert table.means() == {0: 0.7, 1: 0.8}
    assert [row.candidate.number for row in table.rows()] == [1, 0]
    assert table.rows()[1].scores == {0: 0.7, 1: 0.9}


def test_one_that_was_left_out_is_shown_below_and_holds_nobody_up():
    told = [*events({"nearest": (0.7, 0.9), "head": (0.99,), "full": ()}), out(1), out(2)]
    table = table_of(told)
    assert table.common == [0, 1] and table.ranking == [0]
    assert [row.candidate.number for row in table.rows()] == [0, 1, 2]
    assert [str(row.why) if row.why else "" for row in table.rows()] == ["", *["left out: too slow"] * 2]
    plain = table.to_dict()["standings"]
    assert [row["place"] for row in plain] == [1, None, None]
    assert plain[1]["mean"] == 0.99 and plain[2]["mean"] is None


def test_of_equals_the_simpler_is_in_front():
    assert table_of(events({"nearest": (0.8,) * 3, "head": (0.8,) * 3})).ranking == [0, 1]


def test_who_trains_now_is_known_until_it_is_judged_or_left_out():
    told = events({"nearest": (0.7,), "head": ()})
    assert not table_of(told).running
    told.insert(1, CandidateStarted(0, 0, "nearest-0", 1.0))
    told.append(CandidateStarted(1, 0, "h", 2.0))
    assert list(table_of(told).running) == ["h"]
    assert not table_of([*told, out(1)]).running


def test_before_anything_happened_there_is_nothing():
    table = table_of([])
    assert table.rows() == [] and table.ranking == [] and table.to_dict()["dataset"] is None
