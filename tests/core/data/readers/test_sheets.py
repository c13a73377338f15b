"""Workbooks of several sheets: one for each class, one for each month, and those that are no data."""

from __future__ import annotations

import io

import openpyxl
import pytest

from tests.core.data.readers.making import pairs, read, skips, splits, workbook

FOOD = [("the soup was cold",), ("more fruit please",), ("no nuts in the cake",)]
SCHOOL = [("the essay is late",), ("my book is lost",), ("when is the test on maths",)]
BOTH = [*((text, "food") for (text,) in FOOD), *((text, "school") for (text,) in SCHOOL)]
HEADER = ("text", "label")


@pytest.mark.parametrize("header", [[], [("Message",)], [("Was gesagt wurde",)]], ids=["none", "known", "same on all"])
def test_a_sheet_for_each_class(header):
    reading, items = read({"t.xlsx": workbook(food=[*header, *FOOD], school=[*header, *SCHOOL])})
    assert pairs(items) == BOTH
    assert (reading.proposal["sheet"], reading.proposal["label_column"]) == ("*", "sheet")
    assert "read together: food and school" in str(reading.notes[0])
    assert [item.name for item in items][:1] == [f"food row {1 + len(header)}"]


def test_a_sheet_for_each_class_may_have_more_columns():
    sheets = {
        name: [("Nr", "Message"), *((n, text) for n, (text,) in enumerate(rows))]
        for name, rows in (("food", FOOD), ("school", SCHOOL))
    }
    assert pairs(read({"t.xlsx": workbook(**sheets)})[1]) == BOTH


def test_sheets_of_one_layout_are_all_read_and_it_is_said():
    march = [("label", "text"), *((label, text) for text, label in BOTH[3:])]
    raw = workbook(January=[HEADER, *BOTH[:2]], March=march, Legend=[("a", "b", "c"), ("1", "2", "3")])
    reading, items = read({"t.xlsx": raw})
    assert pairs(items) == BOTH[:2] + BOTH[3:]
    assert reading.proposal["choices"]["sheet"] == ["*", "January", "March", "Legend"]
    assert "January and March" in str(reading.notes[0])
    assert skips(items)[0][0] == "sheet Legend"
    again = read({"t.xlsx": raw}, sheet="*")
    assert (again[0].proposal, pairs(again[1])) == (reading.proposal, pairs(items))
    assert pairs(read({"t.xlsx": raw}, sheet="March")[1]) == BOTH[3:]


def test_sheets_called_like_parts_are_parts():
    _, items = read({"t.xlsx": workbook(train=[HEADER, *BOTH[:4]], test=[HEADER, *BOTH[4:]])})
    assert splits(items) == ["train"] * 4 + ["test"] * 2
    assert pairs(items) == BOTH


def test_a_note_about_the_export_is_not_the_data():
    """Numbers writes a sheet like this before all others."""
    note = [("Export Summary", ""), ("Sheet Name", "Table Name"), ("Sheet 1", "Table 1")]
    rows = [(f"this is message {n}", "ab"[n % 2]) for n in range(30)]
    raw = workbook(Export_Summary=note, Data=[("Table 1", ""), HEADER, *rows])
    _, items = read({"t.xlsx": raw})
    assert pairs(items) == rows
    assert [file for file, _ in skips(items)] == ["sheet Export_Summary", "row 1"]


def test_first_sentences_are_no_header_and_names_of_the_sheets_are():
    raw = workbook(food=[("food",), *FOOD], school=[("School",), *SCHOOL])
    assert pairs(read({"t.xlsx": raw})[1]) == BOTH


def test_a_hidden_sheet_of_the_same_layout_is_named_and_not_read():
    book = openpyxl.load_workbook(io.BytesIO(workbook(Now=[HEADER, *BOTH], Then=[HEADER, ("old", "food")])))
    book["Then"].sheet_state = "hidden"
    buffer = io.BytesIO()
    book.save(buffer)
    _, items = read({"t.xlsx": buffer.getvalue()})
    assert pairs(items) == BOTH
    assert skips(items) == [("sheet Then", "A hidden sheet; it was not read. Choose it under 'Sheet'.")]


def test_titles_and_totals_are_those_of_each_sheet():
    sheets = {name: [(f"In {name}",), (), HEADER, *BOTH, ("Total", 6)] for name in ("May", "June")}
    _, items = read({"t.xlsx": workbook(**sheets)})
    assert pairs(items) == BOTH * 2
    assert [file for file, _ in skips(items)] == [f"{name} row {n}" for name in ("May", "June") for n in (1, 2, 10)]


def test_the_count_below_a_sheet_of_one_column_is_no_example():
    raw = workbook(food=[("Message",), *FOOD, (), ("Total: 3",)], school=[("Message",), *SCHOOL, ("3 in total",)])
    assert [text for text, _ in pairs(read({"t.xlsx": raw})[1])] == [text for text, _ in BOTH] + ["3 in total"]


def test_a_summary_that_comes_first_is_not_the_data():
    rows = [(f"this is message {n}", ("food", "school")[n % 2]) for n in range(30)]
    pivot = [("Topic", "Count"), ("food", 15), ("school", 15), ("Grand Total", 30)]
    assert pairs(read({"t.xlsx": workbook(Pivot=pivot, Data=[HEADER, *rows])})[1]) == rows


def test_a_row_that_is_too_long_stays_one():
    sheets = {"May": [HEADER, *BOTH, ("a", "b", "c", "d")], "June": [HEADER, *BOTH]}
    assert skips(read({"t.xlsx": workbook(**sheets)})[1])[0][0] == "May row 8"
