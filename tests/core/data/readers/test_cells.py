"""Cells of formats that know numbers."""

from __future__ import annotations

import pytest

from core.data.readers.cells import Number, in_one_notation
from tests.core.data.readers.making import load, workbook


def test_typed_numbers_are_written_as_the_numbers_beside_them():
    rows = [["mass", "class"], [1.5, "a"], ["2,25", "b"], [1.234, "a"], ["1.234,5", "b"], ["12,5 g", "a"], ["-", "b"]]
    table = load(workbook(S=rows), "t.xlsx")
    assert [row[0] for row in table.rows] == ["1.5", "2.25", "1.234", "1234.5", "12,5 g", "-"]


@pytest.mark.parametrize(
    "rows",
    [
        [("1,5", "x"), ("2,5", "y")],
        [(Number("1.5"), "1,234"), (Number("2.5"), "2,345")],
        [(Number("1.5"), "yes, please"), (Number("2.5"), "no, thanks")],
    ],
    ids=["texts alone", "either", "sentences"],
)
def test_what_is_certain_to_be_nothing_else_is_left_alone(rows):
    assert in_one_notation(rows) == rows
