"""Where a table is among the rows of a sheet: titles, headers of several rows, failed formulas, totals."""

from __future__ import annotations

import pytest

from core.data.readers.layout import tabulated
from core.data.readers.reading import ReadOptions
from tests.core.data.readers.making import load, pairs, read, skips, written

WORDS = ("food", "school", "transport")
BODY = [(f"this is message number {n}", WORDS[n % 3]) for n in range(12)]
HEADER = ("Message", "Topic")


def laid_out(rows, **options: str):
    return tabulated([tuple(row) for row in rows], ReadOptions(**options), {}, {})


def apart(table) -> dict[str, str]:
    return {skip.file: str(skip.reason) for skip in table.skips}


TITLES = {
    "one": [("Table 1", "")],
    "one cell": [("Table 1",)],
    "several": [("Feedback 2024",), ("Exported on 03.05.2024",), ()],
    "beginning with nothing": [(), ("Feedback 2024",), ()],
    "a pair": [("Teacher", "Ms Gray"), ("Class", "7b"), ()],
    "groups": [("", "Coding")],
}


@pytest.mark.parametrize("above", TITLES.values(), ids=TITLES)
@pytest.mark.parametrize("header", [HEADER, ("text", "label")], ids=["some header", "known header"])
def test_what_stands_above_the_header_is_left_out_by_name(above, header):
    table = laid_out([*above, header, *BODY])
    assert (table.columns, table.rows) == (header, BODY)
    assert list(apart(table)) == [f"row {n}" for n in range(1, len(above) + 1)]
    assert table.row_names[0] == f"row {len(above) + 2}"
    assert table.top[len(above)] == header


def test_a_title_above_a_wide_table_may_have_a_few_cells():
    rows = [(str(n), f"this is message {n}", WORDS[n % 3], "", "x") for n in range(9)]
    table = laid_out([("Form", "7b", "", "", ""), (), ("Nr", "Message", "Topic", "Remark", "By"), *rows])
    assert table.columns == ("Nr", "Message", "Topic", "Remark", "By")
    assert apart(table) == {"row 1": "It stands above the header.", "row 2": "The row is empty."}


def test_a_column_that_alone_has_a_name_is_still_named():
    table = laid_out([("Message", ""), *BODY])
    assert (table.columns, table.rows, apart(table)) == (("Message", "column 2"), BODY, {})


@pytest.mark.parametrize("first", [("no label here", ""), ("", "food"), ("no label here",)])
def test_a_row_with_a_cell_missing_is_no_title(first):
    assert laid_out([first, *BODY], header="no").rows == [first, *BODY]
    assert laid_out([HEADER, first, *BODY]).rows == [first, *BODY]


def test_a_person_may_say_which_row_names_the_columns():
    rows = [("Message", "Topic"), ("Nachricht", "Thema"), *BODY]
    table = laid_out(rows, header_row="2")
    assert (table.columns, table.rows) == (("Nachricht", "Thema"), BODY)
    assert apart(table) == {"row 1": "It stands above the header."}


@pytest.mark.parametrize("above", TITLES.values(), ids=TITLES)
def test_what_is_proposed_comes_out_again_when_it_is_said(above):
    once = laid_out([*above, HEADER, *BODY])
    again = laid_out([*above, HEADER, *BODY], **once.how)
    assert (once.columns, once.rows, once.skips, once.how) == (again.columns, again.rows, again.skips, again.how)


def test_a_name_that_stands_twice_is_a_name_above_numbers_and_a_value_above_itself():
    rows = [(f"{30 + n}.5", ("red", "blue")[n % 2], f"{n}") for n in range(6)]
    table = laid_out([("mass", "colour", "mass"), *rows])
    assert (table.columns, table.rows) == (("mass", "colour", "mass (2)"), rows)
    assert "More than one column is called mass" in str(table.notes[0]).replace("'", "")
    answers = [("yes", "yes", "unknown"), *[(("yes", "no")[n % 2], "yes", f"{n}") for n in range(6)]]
    assert laid_out(answers).rows == answers


# --- headers of several rows ---------------------------------------------------------------------------------------

SURVEY = [("2024-05-03 09:12", "2024-05-03 09:15", str(n), text, label) for n, (text, label) in enumerate(BODY)]
NAMES = ("StartDate", "EndDate", "Progress", "Q1", "Q2")
MORE = {
    "questions and ids": [
        ("Start Date", "End Date", "Progress", "What is it?", "Which topic?"),
        tuple(f'{{"ImportId":"{name}","timeZone":"UTC"}}' for name in NAMES),
    ],
    "ids": [tuple(f"{{'ImportId': '{name}'}}" for name in NAMES)],
    "questions": [("Start Date", "End Date", "Progress", "What is it?", "Which topic?")],
    "kinds of answers": [("", "", "", "Open-Ended Response", "Response")],
    "units": [("day", "day", "%", "words", "")],
}


@pytest.mark.parametrize("more", MORE.values(), ids=MORE)
def test_more_rows_of_the_header_are_no_examples(more):
    table = laid_out([NAMES, *more, *SURVEY])
    assert (table.columns, table.rows) == (NAMES, SURVEY)
    assert set(apart(table).values()) == {"One more row of the header, not an example."}
    assert list(apart(table)) == [f"row {n}" for n in range(2, 2 + len(more))]


@pytest.mark.parametrize(
    "first",
    [
        ("2024-05-03 09:10", "2024-05-03 09:11", "NA", "a message", "food"),
        ("", "", "", "a message", "the only one of its class"),
        ("NA", "NA", "NA", "a message", "rare"),
        ("not asked", "not asked", "1", "a message", "food"),
    ],
)
def test_an_odd_first_example_is_no_row_of_the_header(first):
    assert laid_out([NAMES, first, *SURVEY]).rows == [first, *SURVEY]


@pytest.mark.parametrize("line", [("---", ":---:"), ("------+-------",), ("====", "===")])
def test_a_line_under_the_header_is_no_example(line):
    table = laid_out([HEADER, line, *BODY])
    assert (table.columns, table.rows, list(apart(table))) == (HEADER, BODY, ["row 2"])


def test_the_header_of_every_printed_page_is_left_out():
    table = laid_out([HEADER, *BODY[:6], HEADER, *BODY[6:]])
    assert (table.rows, apart(table)) == (BODY, {"row 8": "The header once more, not an example."})


# --- totals ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "last",
    [
        [("Total", "12")], [(), ("Total", "12")], [("", ""), ("Gesamt:", "12")],
        [("Summe", "12"), ("Mittelwert", "4,5")],
        [("12", "Total")], [("Total: 12", "")], [("合计", "12")], [("Grand Total", "12"), (), ("",)],
    ],
)  # fmt: skip
def test_totals_at_the_end_are_left_out_by_name(last):
    table = laid_out([HEADER, *BODY, *last])
    assert [row for row in table.rows if any(row)] == BODY
    assert "A row of totals below the table, not an example." in apart(table).values()


def test_sums_of_numbers_are_totals():
    rows = [(f"pupil {n}", str(n)) for n in range(1, 9)]
    assert laid_out([("Name", "Points"), *rows, ("Sum", "36"), ("Average", "4.5")]).rows == rows


@pytest.mark.parametrize(
    "row", [("Total", "1"), ("total", "food"), ("The total is 12", "12"), ("sum", "")], ids=str
)  # fmt: skip
def test_an_example_about_totals_stays_one(row):
    body = [(text, str(n % 2)) for n, (text, _) in enumerate(BODY)] if row[1] == "1" else BODY
    assert laid_out([HEADER, *body, row]).rows == [*body, row]
    assert laid_out([HEADER, *body[:5], ("Total", "12"), *body[5:]]).rows[5] == ("Total", "12")


def test_a_class_called_total_is_no_total():
    body = [*BODY, ("12", "Total"), ("20", "Total")]
    assert laid_out([HEADER, *body]).rows == body


# --- cells -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("error", ["#N/A", "#REF!", "#DIV/0!", "#NV", "#¡VALOR!", "Err:502", " #N/A "])
def test_a_formula_that_failed_is_no_class(error):
    reading, items = read(written([HEADER, *BODY, ("one more", error), ("#hashtag", "food")]))
    assert len(pairs(items)) == 13
    assert skips(items) == [("row 14", "The label is empty.")]
    assert error.strip() in str(reading.notes[0]) and "formula has failed" in str(reading.notes[0])


def test_empty_columns_at_either_edge_are_none():
    table = laid_out([("", "", *HEADER, ""), *(("", " ", *row, "") for row in BODY)])
    assert (table.columns, table.rows) == (HEADER, BODY)


def test_a_class_that_stands_at_the_beginning_of_its_rows_only_is_that_of_all_of_them():
    rows = sorted(BODY, key=lambda row: row[1])
    blocks = [(label if n % 4 == 0 else "", text) for n, (text, label) in enumerate(rows)]
    table = laid_out([("Topic", "Message"), *blocks])
    assert table.rows == [(label, text) for text, label in rows]
    assert "beginning of its rows" in str(table.notes[0])


def test_examples_without_a_label_get_none_from_the_row_above():
    few = [("this is a message", "food"), *((text, "") for text, _ in BODY)]
    twice = [*few, ("one more", "food"), ("another", "school")]
    for rows in (few, twice):
        assert laid_out([HEADER, *rows]).rows == rows


def test_the_worst_shapes_are_soon_read():
    """Wide, long, all alike: each search looks at a bounded part."""
    assert len(laid_out([("a",) * 5000] * 200).rows) >= 199
    assert len(laid_out([("total", "1")] * 50_000).rows) > 49_000
    assert load("x" * 500_000 + ",a\n" + "total" + " " * 500_000 + ",1\n") is not None


# --- comments ------------------------------------------------------------------------------------------------------


def test_comments_of_an_instrument_are_neither_header_nor_rows():
    text = "# LabQuest 2\n# Units: C, %, lux\ntemp,light,humid,room\n" + "20.5,300,40,attic\n21.5,310,41,cellar\n" * 6
    table = load(text)
    assert table.columns == ("temp", "light", "humid", "room")
    assert list(apart(table)) == ["row 1", "row 2"]
    notes = "".join(f"front {n}\tback of {n}\t{'ab'[n % 2]}\n" for n in range(24))
    table = load(f"#separator:tab\n#html:true\n{notes}", "notes.txt")
    assert len(table.rows) == 24
    assert set(apart(table).values()) == {"A comment above the table, not an example."}


def test_rows_that_begin_with_a_hash_are_rows():
    text = "".join(f"#day {n} was said to be {said},{said}\n" for n in range(6) for said in ("good", "bad"))
    assert len(load(text).rows) == 12
