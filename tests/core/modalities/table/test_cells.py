"""What one cell says."""

import pytest

from core.modalities.table.cells import decimal_mark, is_missing, plain_number


@pytest.mark.parametrize(
    ("cell", "mark", "unit", "number"),
    [
        ("12", ".", "", 12), (" -3.5 ", ".", "", -3.5), ("\u22121", ".", "", -1), ("1e-3", ".", "", 0.001),
        (".5", ".", "", 0.5),
        ("1,234", ".", "", 1234), ("1,234.5", ".", "", 1234.5), ("1.234,5", ",", "", 1234.5), ("12,5", ",", "", 12.5),
        ("1 234", ".", "", 1234), ("1\u202f234,5", ",", "", 1234.5), ("1'234", ".", "", 1234), ("$5", ".", "", 5),
        ("1,23,456.5", ".", "", 123456.5), ("12,34,56,789", ".", "", 123456789), ("1,2,3", ".", "", None),
        ("\u20b9500", ".", "", 500),
        ("40 %", ".", "", 40), ("12 kg", ".", "kg", 12), ("12", ".", "kg", 12), ("12.5", ",", "", 12.5),
        ("1e308", ".", "", 1e100), ("-1e300", ".", "", -1e100),
        ("12,5", ".", "", None), ("1 2", ".", "", None), ("a1", ".", "", None), ("", ".", "", None),
        ("inf", ".", "", None), ("1e400", ".", "", None), ("-1e999", ",", "", None),
        ("1.2.3", ".", "", None), ("1" * 61, ".", "", None), ("12 kg", ".", "", None),
    ],
)  # fmt: skip
def test_a_number_as_people_write_it(cell, mark, unit, number):
    assert plain_number(cell, mark, unit) == number


@pytest.mark.parametrize(
    ("cells", "mark"),
    [
        (["1.5", "2"], "."), (["1,5", "2,25"], ","), (["1,234", "5,678"], "."), (["1.234,5"], ","), (["1,234.5"], "."),
        (["1.234", "2.5"], "."), (["1.234", "2,5"], ","), ([], "."), (["a,b", "x"], "."),
    ],
)  # fmt: skip
def test_the_decimal_mark_follows_from_all_cells(cells, mark):
    assert decimal_mark(cells) == mark


def test_what_stands_where_there_is_nothing():
    assert all(map(is_missing, ["", " ", "NA", "n/a", "#N/A", "NaN", "null", "?", "-"]))
    assert not any(map(is_missing, ["0", "no", "unknown", "nano"]))
