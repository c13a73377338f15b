"""Rules and sentences, on races that never happened."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.studies.benchmark.findings import confirmed, findings, recommend, result, selection_bias
from tests.core.studies.benchmark.making import events, final, out, table_of

CLEAR = {"nearest": (0.50, 0.52, 0.51), "head": (0.70, 0.71, 0.72), "full": (0.90, 0.91, 0.92)}


def said(told, **options):
    choice = recommend(table_of(told))
    return choice, " ".join(map(str, choice.says))


def test_a_clear_winner_is_said_to_be_one():
    choice, words = said(events(CLEAR, n=400, n_train=1200))
    assert (choice.kind, choice.candidate, choice.rival) == ("clear", 2, 1)
    assert words.startswith(
        "Recommended: “All layers”. It was clearly the best: 20 percentage points ahead of “Last layer only”"
    )
    assert (choice.run, choice.rival_run) == ("full-0", "head-0")


def test_of_a_tie_the_simplest_is_taken_and_why():
    told = events(
        {"nearest": (0.50, 0.52, 0.51), "head": (0.88, 0.90, 0.89), "full": (0.89, 0.88, 0.92)},
        took={"head": 2.0, "full": 60.0}, megabytes={"head": 0.04, "full": 18.0},
    )  # fmt: skip
    choice, words = said(told)
    assert (choice.kind, choice.candidate, choice.rival) == ("simplest", 1, 2)
    assert "the simplest of those that keep up with the best" in words
    assert "“All layers” was 0.7 percentage points better, which is less than one standard error" in words
    assert "It trains in about 2 seconds instead of about 60 seconds." in words
    assert "takes 40 kB instead of 18 MB" in words


def test_exactly_equal_ones_are_told_apart_by_simplicity_alone():
    choice, words = said(events({"nearest": (0.8, 0.7, 0.9), "head": (0.8, 0.7, 0.9)}))
    assert (choice.kind, choice.candidate) == ("leader", 0)
    assert words.startswith("No clear best. Recommended: “Nearest average”. None did better, and it is simpler than")


def test_the_best_is_kept_where_what_is_simpler_lies_too_far_behind_to_be_taken_and_not_far_enough_to_be_sure():
    # the lag of nearest is 0.06 +- 0.027 (one corrected standard error), and 4.3 of these make an interval
    choice, words = said(events({"nearest": (0.70, 0.73, 0.79), "head": (0.80, 0.80, 0.80)}))
    assert (choice.kind, choice.candidate, choice.rival) == ("leader", 1, 0)
    assert words.startswith("No clear best. Recommended: “Last layer only”. It was best.")
    assert "lay behind by more than one standard error" in words


def test_within_one_standard_error_and_beyond_it():
    """The rule's edge: differences with mean d and spread s are within when d <= s sqrt(1 / 3 + 1 / 3)."""
    s = 0.09
    for mean, chosen in ((0.95 * s * (2 / 3) ** 0.5, 0), (1.05 * s * (2 / 3) ** 0.5, 1)):
        lags = (mean - s, mean, mean + s)
        told = events({"nearest": tuple(0.8 - lag for lag in lags), "head": (0.8, 0.8, 0.8)}, n=1000, n_train=3000)
        assert recommend(table_of(told)).candidate == chosen


def test_one_alone_is_recommended_and_no_more_is_said():
    choice, words = said([*events({"nearest": (0.8, 0.7, 0.9), "head": (0.9,)}), out(1)])
    assert (choice.kind, choice.candidate, choice.rival) == ("alone", 0, None)
    assert "nothing is said about other methods" in words


@pytest.mark.parametrize("best", [0.25, 0.28, 0.30])
def test_where_nobody_beats_guessing_nobody_is_recommended(best):
    choice, words = said(events({"nearest": (0.2, 0.25, 0.3), "head": (best,) * 3}))
    assert (choice.kind, choice.candidate, choice.run) == ("guessing", None, None)
    assert words.startswith("None of them beats the baseline.")
    assert "the baseline (most frequent class) reaches 25\u00a0%" in words


def test_nobody_judged_nothing_recommended():
    choice, words = said(events({"nearest": ()})[:1])
    assert (choice.kind, choice.candidate) == ("nothing", None) and "nothing can be recommended" in words


def test_after_one_seed_luck_cannot_be_told():
    choice, words = said(events({"nearest": (0.7,), "head": (0.8,)}))
    assert choice.candidate == 1 and "under the one seed" in words


def test_a_leader_that_was_left_out_is_not_recommended():
    choice, _ = said([*events({"nearest": (0.7, 0.72, 0.71), "full": (0.99,)}), out(1)])
    assert choice.candidate == 0


# --- the final test ---


def after_test(mine: str, theirs: str):
    told = events({"nearest": (0.50, 0.52, 0.51), "head": (0.88, 0.90, 0.89)}, n=400, n_train=1200)
    table = table_of([*told, final(1, "head-0", mine), final(0, "nearest-0", theirs)])
    choice = recommend(table)
    assert choice.candidate == 1
    return table, choice, " ".join(map(str, confirmed(table, choice)))


def test_the_final_test_is_said_with_interval_and_baseline():
    _, _, words = after_test("1" * 45 + "0" * 5, "1" * 45 + "0" * 5)
    assert (
        "right on 45 of 50: 90\u00a0% (95\u00a0% confidence interval 79\u00a0% to 96\u00a0%). The baseline reaches "
        "25\u00a0%" in words
    )
    assert "“Nearest average” is right on exactly the same examples" in words
    assert "chance in part" not in words


def test_a_test_that_was_opened_before_is_not_called_unseen():
    told = events({"nearest": (0.50, 0.52, 0.51), "head": (0.88, 0.90, 0.89)}, n=400, n_train=1200)
    first = final(1, "head-0", "1" * 45 + "0" * 5)
    for seen_before, unseen in ((0, True), (3, False)):
        table = table_of([*told, replace(first, seen_before=seen_before)])
        choice = recommend(table)
        words = " ".join(map(str, confirmed(table, choice)))
        assert ("nothing had used before" in words) == unseen
        assert ("evaluated before: 3." in words) == (not unseen)
        assert result(table)["final_test"]["seen_before"] == seen_before


def test_a_test_that_is_clearly_worse_than_the_choice_says_so():
    _, _, words = after_test("1" * 30 + "0" * 20, "1" * 30 + "0" * 20)
    assert "That is less than the 89\u00a0% by which it was chosen" in words


def test_against_the_rival_by_the_examples_that_only_one_gets_right():
    """McNemar's exact test: of 8 against 0 two-sided p = 2 / 2^8 = 0.0078; of 3 against 1, 0.625."""
    table, choice, words = after_test("1" * 48 + "00", "0" * 8 + "1" * 40 + "00")
    assert "it is better than “Nearest average” as well: 8 are right with it alone and 0" in words
    assert result(table)["paired"]["p"] == pytest.approx(2 / 2**8)
    assert "p = 0.008" in words
    _, _, words = after_test("1" * 40 + "0" + "0" * 9, "000" + "1" * 38 + "0" * 9)
    assert "3 are right with it alone, and 1 with" in words and "may be chance (exact McNemar test, p = 0.62" in words
    _, choice, words = after_test("0" * 9 + "1" * 41, "1" * 50)
    assert choice.candidate == 1 and "was better: 9 are right with that alone" in words
    assert "may not be made by the test set" in words


def test_without_a_final_test_it_is_said_how_kind_the_score_is():
    """Tibshirani & Tibshirani 2009: the best of each seed beats the best of all by 0.04, 0 and 0.02."""
    scores = {"nearest": (0.84, 0.70, 0.82), "head": (0.80, 0.86, 0.80)}
    table = table_of(events(scores, n_test=0))
    assert selection_bias(table) == pytest.approx(0.02)
    choice = recommend(table)
    assert "too high (selection bias): by about 2 percentage points" in " ".join(map(str, confirmed(table, choice)))
    table = table_of(events(CLEAR, n_test=0))
    assert "hardly flatters it" in " ".join(map(str, confirmed(table, recommend(table))))
    table = table_of(events({method: few[:1] for method, few in CLEAR.items()}, n_test=0))  # still running, say
    assert "so few seeds cannot tell" in " ".join(map(str, confirmed(table, recommend(table))))


def test_a_test_that_stayed_closed_is_worth_something():
    table = table_of(events(CLEAR))
    assert "was not used" in " ".join(map(str, confirmed(table, recommend(table))))
    nobody = table_of(events({"nearest": (0.25,) * 3}))
    assert confirmed(nobody, recommend(nobody)) == []


def test_the_result_is_plain_data():
    import json

    table, _, _ = after_test("1" * 45 + "0" * 5, "1" * 40 + "0" * 10)
    data = json.loads(json.dumps(result(table), default=str))
    assert data["recommendation"]["run"] == "head-0" == data["final_test"]["run"]
    assert data["final_test"]["n"] == 50 and len(data["final_test"]["interval"]) == 2
    assert [row["strategy"] for row in data["standings"]] == ["head", "nearest"]
    assert data["standings"][0]["behind"] is None and data["standings"][1]["behind"]["mean"] > 0.3
    assert data["recommendation"]["sentence"] in list(map(str, findings(table)))
