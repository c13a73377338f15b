"""Tables that leave the program run nothing, and lose nothing."""

from __future__ import annotations

import csv
import io

import openpyxl
import pytest

from core.spreadsheets import csv_lines, inert, write_csv, write_workbook

NASTY = ['=HYPERLINK("http://x")', "+1+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\tx", "\rx"]
PLAIN = ["-5", "+3.5", "1,000", "a=b", "", "🙂 \u202eabc", 'say "hi", twice']


@pytest.mark.parametrize("cell", NASTY)
def test_what_begins_like_a_formula_is_text(cell):
    assert inert(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", [*PLAIN, 0.5, -3, None])
def test_everything_else_stays_as_it_is(cell):
    assert inert(cell) == cell


def test_csv_is_read_back_and_begins_with_the_mark_that_excel_knows(tmp_path):
    rows = [["a", "b"], *([cell, 0.25] for cell in PLAIN)]
    write_csv(tmp_path / "a.csv", rows)
    raw = (tmp_path / "a.csv").read_bytes()
    assert raw == b"".join(csv_lines(rows))
    assert raw.startswith(b"\xef\xbb\xbf")
    found = list(csv.reader(io.StringIO(raw.decode("utf-8-sig"), newline="")))
    assert found == [["a", "b"], *([cell, "0.25"] for cell in PLAIN)]


def test_a_workbook_holds_the_very_text_and_no_formula(tmp_path):
    cells = [*NASTY[:5], *PLAIN[1:4], PLAIN[-1], "007", "1e5", "-0", "1234567890123456", "\u0661\u0662", "1.5 kg"]
    write_workbook(tmp_path / "a.xlsx", [["title", None, 1.5], *([cell] for cell in cells)])
    sheet = openpyxl.load_workbook(tmp_path / "a.xlsx").active
    assert [cell.value for cell in sheet[1]] == ["title", None, 1.5]
    found = [row[0] for row in sheet.iter_rows(min_row=2)]
    assert [cell.value for cell in found] == cells
    assert {cell.data_type for cell in found} == {"s"}
    assert all(cell.quotePrefix for cell in found[: len(NASTY[:5])])


def test_a_number_stays_one_in_a_workbook(tmp_path):
    write_workbook(tmp_path / "a.xlsx", [["5", "-3", "0", "1.50", "-0.25"]])
    found = openpyxl.load_workbook(tmp_path / "a.xlsx").active[1]
    assert [(cell.value, cell.data_type, cell.number_format) for cell in found] == [
        (5, "n", "0"), (-3, "n", "0"), (0, "n", "0"), (1.5, "n", "0.00"), (-0.25, "n", "0.00"),
    ]  # fmt: skip


def test_what_a_workbook_cannot_hold_is_left_out(tmp_path):
    write_workbook(tmp_path / "a.xlsx", [["a\x00b\x0bc", "x" * 40_000, "half \ud83d"]])
    first, long, half = (cell.value for cell in openpyxl.load_workbook(tmp_path / "a.xlsx").active[1])
    assert first == "abc"
    assert (len(long), long[-1]) == (32_767, "…")
    assert half == "half ?"
