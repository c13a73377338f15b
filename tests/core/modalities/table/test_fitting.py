"""What training rows say about their columns, and what rows become."""

import numpy as np
import pytest

from core.modalities.table.columns import Columns
from core.modalities.table.dates import day_number
from core.modalities.table.fitting import MOST_COLUMNS, extended, fit_columns, shared_columns


def rows_of(**cells):
    return [dict(zip(cells, row, strict=True)) for row in zip(*cells.values(), strict=True)]


def kinds(columns):
    return {column.name: column.kind for column in columns.columns}


def test_numbers_dates_categories_and_columns_that_say_nothing():
    n = 40
    columns = fit_columns(rows_of(
        id=[str(i) for i in range(n)], size=[str(i % 7 / 2) for i in range(n)], sex=["f", "m"] * (n // 2),
        same=["x"] * n,
        born=[f"{1 + i % 28:02d}/02/1990" for i in range(n)], name=[f"person {i}" for i in range(n)],
        seat=["" if i % 2 else f"C{i}" for i in range(n)], kilos=[f"{i % 5} kg" for i in range(n)],
    ))  # fmt: skip
    assert kinds(columns) == {
        "size": "number",
        "sex": "category",
        "born": "date",
        "seat": "category",
        "kilos": "number",
    }
    assert columns.columns[-1].unit == "kg"
    assert columns.columns[3].values == () and columns.columns[3].gaps


def test_a_missing_number_is_the_median_and_says_that_it_is_missing():
    columns = fit_columns(rows_of(size=["1", "2", "9", ""]))
    found = columns.features([{"size": ""}, {"size": "2"}, {"size": "what"}, {}])
    assert found.shape == (4, 2)
    assert np.allclose(found[:, 0], found[1, 0]) and found[:, 1].tolist() == [1, 0, 1, 1]


def test_an_unknown_category_is_no_category_and_spelling_does_not_matter():
    columns = fit_columns(rows_of(sex=["Male", "female"] * 20))
    found = columns.features([{"sex": "MALE "}, {"sex": "female"}, {"sex": "diverse"}, {"sex": "NA"}])
    assert sorted(map(tuple, found.tolist())) == [(0, 0), (0, 0), (0, 1), (1, 0)]


def test_numbers_are_scaled_and_the_farthest_are_held_in():
    columns = fit_columns(rows_of(size=[str(i) for i in (3, 1, 2, 5, 4)]))
    found = columns.features(rows_of(size=["3", "1e50", "1,000,000"]))[:, 0]
    assert found.tolist() == [0, 5, 5]


def test_a_column_may_be_written_otherwise_than_the_rest():
    columns = fit_columns(
        rows_of(size=["1.5", "2.25", "3.5", "4.1"], income=["71.906,19", "57.342,78", "1.000,5", "20,1"])
    )
    income = columns.columns[1]
    assert [column.kind for column in columns.columns] == ["number", "number"]
    assert columns.amount(income, "71.906,19") == 71906.19 and columns.amount(columns.columns[0], "2.25") == 2.25
    assert columns.cell(income, 71906.19) == "71906,19"
    assert Columns.from_dict(columns.to_dict()) == columns


def test_it_comes_back_from_plain_data():
    columns = fit_columns(rows_of(size=["1,5", "2", ""], sex=["m", "f", "f"]))
    again = Columns.from_dict(columns.to_dict())
    assert again == columns and again.mark == ","


def test_a_table_that_says_nothing_has_one_number_that_says_nothing():
    columns = fit_columns(rows_of(same=["x", "x", "x"]))
    assert columns.features([{"same": "x"}, {}]).tolist() == [[0], [0]]
    assert fit_columns([]).features([{}]).shape == (1, 1)


def test_another_table_adds_its_columns_and_values_and_changes_nothing_that_was_known():
    known = fit_columns(rows_of(size=["1", "2", "9"], sex=["m", "f", "f"]))
    new = rows_of(Size=["100", "200", ""], SEX=["m", "x", "x"], age=["5", "6", "8"])
    more = extended(known, new)
    assert more.names == ("Size", "SEX", "age")
    assert (more.columns[0].mean, more.columns[0].gaps) == (4.0, True)
    assert more.columns[1].values == ("f", "m", "x")
    assert shared_columns(known, fit_columns(new)) == ["Size", "SEX"]
    assert more.features(new).shape == (3, more.width)
    names = more.feature_names()
    assert len(names) == more.width and set(known.feature_names()) <= set(names)


def test_wide_tables_are_bounded():
    rows = [{f"c{i}": str(i * j) for i in range(MOST_COLUMNS + 50)} for j in (1, 2, 3)]
    assert len(fit_columns(rows).columns) == MOST_COLUMNS - 1


def test_the_name_of_a_column_may_be_spelt_otherwise():
    columns = fit_columns(rows_of(**{"Body Mass": ["1", "2", "9"]}))
    found = columns.features([{"Body Mass": "9"}, {"body  mass": "9"}, {"other": "9"}])[:, 0]
    assert found[0] == found[1] != found[2]


def test_usual_cells_and_how_amounts_are_written():
    columns = fit_columns(
        rows_of(size=["1,5", "2", "9"], born=["01.02.2000", "03.02.2000", "09.02.2000"], sex=["m", "f", "f"])
    )
    size, born, sex = columns.columns
    assert [columns.amount(size, cell) for cell in columns.others(size)] == sorted(
        columns.amount(size, c) for c in columns.others(size)
    )
    assert columns.cell(size, 2.25) == "2,25" and columns.amount(size, "2,25") == 2.25
    assert columns.cell(born, columns.amount(born, "03.02.2000")) == "03.02.2000"
    assert columns.others(sex) == ["f", "m"]


@pytest.mark.parametrize(
    ("odd", "number"),
    [("unknown", "{}"), ("<5", "{}.5"), ("n/a*", "{}"), ("not measured", "{},5"), ("12 mg", "{}")],
)
def test_numbers_with_a_few_words_among_them_are_numbers_with_gaps(odd, number):
    cells = [odd if n % 4 == 0 else number.format(n * 7 % 41) for n in range(60)]
    (column,) = fit_columns({"dose": cell} for cell in cells).columns
    assert (column.kind, column.gaps) == ("number", True)
    assert column.low == float(
        min((c for c in cells if c != odd), key=lambda c: float(c.replace(",", "."))).replace(",", ".")
    )


@pytest.mark.parametrize(
    ("odd", "form"),
    [
        ("2023-02-30", "{y}-{m:02}-{d:02}"), ("0000-00-00", "{y}-{m:02}-{d:02}"), ("31/04/2023", "{d:02}/{m:02}/{y}"),
        ("02/30/2023", "{m:02}/{d:02}/{y}"), ("soon", "{d}.{m}.{y}"), ("25:70", "{m}:{d:02}"),
        ("32. Mai 2023", "{d}. Mai {y}"), ("3 May 2021", "{y}-{m:02}-{d:02}"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("rows", [8, 60])
def test_dates_with_a_few_days_among_them_that_there_are_not_are_dates_with_gaps(odd, form, rows):
    cells = [odd if n % 5 == 4 else form.format(y=2020 + n % 4, m=n % 12 + 1, d=n % 28 + 1) for n in range(rows)]
    (column,) = fit_columns({"seen": cell} for cell in cells).columns
    assert (column.kind, column.gaps) == ("date", True)
    assert all(day_number(cell, column.form) is not None for cell in cells if cell != odd)


@pytest.mark.parametrize(
    "cells",
    [[("2021-05-01", "soon", "never", "next week", "perhaps")[n % 5] for n in range(60)],
     [f"2021-05-{n % 28 + 1:02}" if n % 2 else f"order {n}" for n in range(60)]],
    ids=["words", "orders"],
)  # fmt: skip
def test_words_of_which_some_are_dates_stay_what_they_are(cells):
    assert all(column.kind == "category" for column in fit_columns({"x": cell} for cell in cells).columns)


@pytest.mark.parametrize(
    "cells",
    [
        [("1", "2", "3", "A", "B", "C")[n % 6] for n in range(60)],
        [f"PC {n}" if n % 3 == 0 else str(1000 + 7 * n) for n in range(60)],
        [("0", "1", "2", "unknown")[n % 4] for n in range(60)],
    ],
    ids=["grades", "tickets", "few numbers"],
)
def test_categories_and_codes_of_which_some_are_numbers_stay_what_they_are(cells):
    assert all(column.kind == "category" for column in fit_columns({"x": cell} for cell in cells).columns)
