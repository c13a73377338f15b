"""Rows that come to a table later are written as it is; what does not fit is said."""

from __future__ import annotations

import pytest

from core.errors import UnreadableExampleError
from core.modalities.table.fitting import fit_columns
from core.modalities.table.joining import joined, unlike
from core.modalities.table.suiting import remark, suited

HELD = [
    {"mass": f"{30 + n}.5", "day": f"2024-03-{n + 1:02}", "colour": ("red", "blue")[n % 2], "note": ""}
    for n in range(24)
]


def test_cells_come_under_the_names_of_the_table_and_others_stay_out():
    rows, notes = joined(HELD, {"row 2": {"MASS": "31", "Colour": "red", "observer": "Kim"}})
    assert rows == [{"mass": "31", "day": "", "colour": "red", "note": ""}]
    assert notes == []


def test_numbers_and_dates_are_written_as_the_table_writes_them():
    given = {f"row {n}": {"mass": f"1.0{n}0,5", "day": f"{n + 1}.12.2023"} for n in range(4)}
    rows, notes = joined(HELD, given)
    assert [row["mass"] for row in rows] == ["1000.5", "1010.5", "1020.5", "1030.5"]
    assert [row["day"] for row in rows] == [f"2023-12-0{n + 1} 00:00:00" for n in range(4)]
    assert notes == []


def test_what_does_not_fit_is_named_with_its_rows():
    given = {
        "row 2": {"mass": "heavy", "day": "soon", "colour": "green"},
        "row 3": {"mass": "n/a", "day": "", "colour": "Blue"},
    }
    rows, notes = joined(HELD, given)
    said = " ".join(map(str, notes))
    assert rows[0]["mass"] == "heavy", "nothing is thrown away"
    assert "'mass' holds no number, which counts as missing: row 2." in said
    assert "'day' holds no date that can be read, which counts as missing: row 2." in said
    assert "'colour' holds a value that the table did not have: green." in said
    assert len(notes) == 3


COMMAS = [{**row, "mass": row["mass"].replace(".", ",")} for row in HELD]


@pytest.mark.parametrize(
    ("held", "given", "there"),
    [
        (HELD, ["31,5", "1.031,5", "1,234", "-"], ["31.5", "1031.5", "1.234", "-"]),
        (COMMAS, ["31.5", "1,031.5", "0.125"], ["31,5", "1031,5", "0,125"]),
        (HELD, ["1,234", "31"], ["1,234", "31"]),
        (COMMAS, ["1.234", "31"], ["1.234", "31"]),
    ],
    ids=["commas", "points", "nothing tells: points", "nothing tells: commas"],
)
def test_numbers_for_a_model_get_its_decimal_mark(held, given, there):
    rows = [{"Mass": cell, "colour": "red, 1,5"} for cell in given]
    suit = suited(fit_columns(held), rows)
    assert [suit(row)["Mass"] for row in rows] == there
    assert all(suit(row)["colour"] == "red, 1,5" for row in rows)


def test_a_row_without_any_column_of_the_model_is_refused():
    suit = suited(fit_columns(HELD), [])
    assert suit({"COLOUR": "red"}) == {"COLOUR": "red"}
    with pytest.raises(
        UnreadableExampleError, match=r"needs the columns 'mass', .*'colour', and none.*Found were: 'a'"
    ):
        suit({"a": "31.5"})


def test_of_many_rows_five_are_named_and_the_others_counted():
    (note,) = unlike(
        fit_columns([{"mass": row["mass"]} for row in HELD]), {f"row {n}": {"mass": "?!"} for n in range(9)}
    )
    assert "row 3, row 4, and 4 more." in str(note)


def test_a_number_far_outside_of_what_was_seen_is_said_beside_the_answer():
    columns = fit_columns({"age": str(20 + n % 40), "when": f"2024-05-{n % 28 + 1:02}"} for n in range(100))
    assert not remark(columns, {"age": "58", "when": "2024-05-09"})
    assert not remark(columns, {"age": "65", "when": ""})  # a little farther than the oldest
    (said,) = [str(remark(columns, {"age": "1e30", "when": "1066-10-14"}))]
    assert "age is 1e30 (trained on 20 to 59)" in said and "when is 1066-10-14" in said
    (note,) = unlike(
        columns, {"row 2": {"age": "999", "when": "2024-05-02"}, "row 3": {"age": "30", "when": "2024-05-02"}}
    )
    assert str(note) == "In 1 row 'age' lies far outside of its training values (20 to 59): row 2."
