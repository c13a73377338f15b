"""Rows that are all but the same."""

import random

import pytest

from core.data.near_rows import near_rows


def rows(n=120):
    rng = random.Random(0)
    return [
        {"mass": f"{rng.gauss(50, 9):.2f}", "wing": f"{rng.gauss(20, 3):.2f}", "beak": f"{rng.gauss(9, 2):.2f}",
         "island": rng.choice("abc"), "seen": f"20{rng.randrange(10, 20)}"}
        for _ in range(n)
    ]  # fmt: skip


def found(given):
    return [(pair.first, pair.second, pair.how, pair.sure) for pair in near_rows(given.__getitem__, len(given)).pairs]


@pytest.mark.parametrize(("column", "cell"), [("mass", "71.5"), ("seen", "2031"), ("beak", "")])
def test_a_row_that_differs_in_one_number_only_is_found(column, cell):
    given = rows()
    assert found(given) == []
    assert found([*given, {**given[7], column: cell}]) == [(7, 120, "number", False)]


def test_another_category_makes_another_row():
    given = rows()
    assert found([*given, {**given[7], "island": next(i for i in "abc" if i != given[7]["island"])}]) == []


def test_many_that_differ_in_one_number_only_are_a_series_and_no_copies():
    first = rows(12)
    assert found([{**row, "seen": f"20{year}"} for row in first for year in range(10, 20)]) == []


def test_where_little_is_known_of_each_they_are_alike_by_chance():
    given = [{"class": str(n % 3), "age": str(n % 40), "fare": str(n % 7), "port": "sc"[n % 2]} for n in range(800)]
    assert found(given) == []
