"""Rows that come to a table later are written as it is; what does not fit is said."""

from __future__ import annotations

from core.modalities.table.joining import joined

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
