"""Delimited files, in the dialects that spreadsheets, programs and people really write."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core.data.readers.layout import is_error
from core.data.readers.reading import Item
from core.data.readers.table import named_columns
from core.data.readers.totals import says_total
from core.errors import DataError
from core.limits import Limits
from tests.core.data.readers.making import load, pairs, read, skips, written

ROWS = [("text", "label"), ("Hello, you; there", "greeting"), ("Bye | now", "parting"), ("Hi\nagain", "greeting")]
DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t", "pipe": "|"}


def ordinary(cell: str) -> bool:
    """False for what says of itself that it is no example: a formula's error, a sum."""
    return not is_error(cell) and not says_total(cell)


ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), min_size=1).filter(ordinary)


def test_blanks_divide_rows_of_numbers_and_no_prose():
    rows = "".join(f"A1{n % 3}  {n}\t67.5 '{n}' {1 + n % 2} \n" for n in range(20))
    table = load(rows, "german.data")
    assert (table.how["delimiter"], len(table.columns), table.rows[1]) == ("blank", 5, ("A11", "1", "67.5", "'1'", "2"))
    assert load("We met in 1999 at 7 again\nHe paid 20 for 3 of them\n" * 9, "story.data") is None
    assert load("a b c\n1 2 x\n", "said.txt", delimiter="blank").rows == [("1", "2", "x")]


def test_semicolons_that_end_every_line_divide_nothing():
    assert load("".join(f"{n},{n / 7:.2f},{n % 2};\n" for n in range(20)), "raw.txt").rows[1] == ("1", "0.14", "1")


# --- delimiters --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("end", ["\r\n", "\n"], ids=["CRLF", "LF"])
@pytest.mark.parametrize("name", DELIMITERS)
def test_every_delimiter_is_found(name, end):
    reading, items = read(written(ROWS, DELIMITERS[name], end=end))
    assert reading.proposal["delimiter"] == name
    assert reading.proposal["choices"]["delimiter"] == [*DELIMITERS, "blank"]
    assert pairs(items) == ROWS[1:]


def test_lines_may_end_as_they_did_on_old_macs():
    assert load("text;label\rhello, you;a\rbye;b\r").rows == [("hello, you", "a"), ("bye", "b")]


def test_a_file_called_tsv_is_separated_by_tabs():
    _, items = read({"table.TSV": "text\tlabel\na,b,c,d\tx\ne\ty\n"})
    assert pairs(items) == [("a,b,c,d", "x"), ("e", "y")]


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
def test_commas_in_messages_do_not_fool_the_reader(delimiter):
    rows = [("label", "text"), ("x", "one, two, three, four"), ("y", "five, six"), ("x", "seven, eight")]
    content = "\n".join(delimiter.join(row) for row in rows)
    assert pairs(read(content)[1]) == [(text, label) for label, text in rows[1:]]


def test_as_many_commas_as_semicolons_do_not_fool_it_either():
    rows = "".join(f"well, message {n};{'ab'[n % 2]}\n" for n in range(20))
    assert read(rows)[0].proposal["delimiter"] == "semicolon"


def test_decimal_commas_belong_to_the_number():
    table = load("text;score;label\nhello;1,5;a\nbye;2,25;b\n")
    assert table.rows == [("hello", "1,5", "a"), ("bye", "2,25", "b")]


def test_a_quoted_column_name_may_hold_a_delimiter():
    reading, items = read('"text, please",label\nhello,a\nbye,b\n')
    assert reading.proposal["columns"] == ["text, please", "label"]
    assert pairs(items) == [("hello", "a"), ("bye", "b")]


def test_a_person_may_say_what_the_delimiter_is():
    table = load("a|b,c|d\ne|f,g|h\n", delimiter="comma", header="no")
    assert table.rows == [("a|b", "c|d"), ("e|f", "g|h")]
    with pytest.raises(DataError, match="'dash' is not a delimiter"):
        load("a-b\n", delimiter="dash")


@pytest.mark.parametrize("first", ["sep=;", '"sep=;"', "SEP=;"])
def test_the_line_in_which_excel_announces_the_delimiter_is_obeyed(first):
    table = load(f"{first}\r\ntext;label\r\na, b;x\r\nc;y\r\n")
    assert (table.how["delimiter"], table.columns) == ("semicolon", ("text", "label"))
    assert table.row_names == ["row 2", "row 3"]


def test_quotes_after_a_space_are_quotes():
    assert load('text, label\n"hello, you", "a"\n"bye", "b"\n').rows == [("hello, you", "a"), ("bye", "b")]


# --- quotation marks ---------------------------------------------------------------------------------------------


def test_quoted_line_breaks_belong_to_the_message():
    reading, items = read('text,label\n"one\ntwo, ""three""\n",a\nx,b\n')
    assert pairs(items) == [('one\ntwo, "three"', "a"), ("x", "b")]
    assert reading.notes == ()


def test_rows_after_a_quoted_line_break_are_counted_as_a_spreadsheet_counts():
    assert load('text,label\n"one\ntwo",a\nx,b\n').row_names == ["row 2", "row 3"]


def test_backslashed_quotes_are_quotes():
    rows = load('text,label\n"He said \\"hi\\", twice",a\n"bye",b\n').rows
    assert rows == [('He said "hi", twice', "a"), ("bye", "b")]


def test_a_quotation_mark_that_stays_open_costs_no_other_row():
    lines = [f"message {n},{'ab'[n % 2]}" for n in range(40)]
    lines[7] = '"message 7,b'
    reading, items = read("text,label\n" + "\n".join(lines) + "\n")
    assert [text for text, _ in pairs(items)] == [*(f"message {n}" for n in range(7)), '"message 7',
                                                  *(f"message {n}" for n in range(8, 40))]  # fmt: skip
    assert reading.notes and "one row (row 9)" in str(reading.notes[0])


def test_two_stray_marks_do_not_swallow_what_is_between_them():
    """By the rules this is one very long cell; but what is in it are rows."""
    lines = [f"message {n},{'ab'[n % 2]}" for n in range(40)]
    lines[3], lines[30] = '"message 3,b', 'the end",a'
    _, items = read("text,label\n" + "\n".join(lines) + "\n")
    assert len(pairs(items)) == 40


def test_long_quoted_messages_of_many_lines_stay_whole():
    poem = "\n".join(f"roses are red, verse {n}" for n in range(300))
    rows = [("text", "label"), (poem, "poem"), ("Buy milk, please", "note"), (poem + "!", "poem"), ("Hi", "note")]
    assert pairs(read(written(rows))[1]) == rows[1:]


def test_a_mark_in_the_middle_is_a_character():
    assert load('text,label\nthe 5" pipe,a\n"so" he said,b\n"fine, too",a\n').rows == [
        ('the 5" pipe', "a"), ('"so" he said', "b"), ("fine, too", "a"),
    ]  # fmt: skip


# --- headers -----------------------------------------------------------------------------------------------------

PATHS = "".join(f"F:\\My Data\\Sem 1\\set\\{label}{n}.jpg,{label}\n" for n in range(5) for label in ("sunrise", "rain"))


@pytest.mark.parametrize(
    ("content", "header"),
    [
        ("text,label\na,b\n", "yes"),
        ("Nachricht;Kategorie\nhallo;a\ntschüss;b\n", "yes"),
        ("文本,标签\n你好,好\n", "yes"),
        (PATHS, "no"),
        ("file,weather\n" + PATHS, "yes"),
        ("what,said\na,a long sentence here\nb,another long one\na,a third sentence\n", "yes"),
        ("I like it,good\nI hate it,bad\nNot nice,bad\nVery nice,good\n", "no"),
        ("1,it was nice\n0,it was bad\n1,it was great\n", "no"),
        ("0,1\nhello,a\nbye,b\nhello again,a\n", "yes"),
        (",comment,mood\n0,hello,a\n1,bye,b\n", "yes"),
        ("Is it late?,question\nIt is late.,answer\nWhy?,question\n", "no"),
    ],
)
def test_the_first_row_is_a_header_only_where_it_looks_like_one(content, header):
    assert load(content).how["header"] == header


def test_without_a_header_columns_are_numbered_and_no_row_is_lost():
    table = load(PATHS)
    assert table.columns == ("column 1", "column 2")
    assert table.row_names[0] == "row 1"
    assert len(table.rows) == 10


def test_a_person_may_say_whether_there_is_a_header():
    assert load("text,label\na,b\n", header="no").rows == [("text", "label"), ("a", "b")]
    assert load(PATHS, header="yes").columns[1] == "sunrise"
    with pytest.raises(DataError, match="Say yes or no"):
        load(PATHS, header="perhaps")


def test_columns_with_the_same_name_are_told_apart_and_named():
    table = load("text,label,label,\nhello,a,b,z\n")
    assert table.columns == ("text", "label", "label (2)", "column 4")
    assert "called label" in str(table.notes[0])


def test_a_delimiter_at_the_end_of_every_line_makes_no_column():
    table = load("text;label;\nhello;a;\nbye;b;\n")
    assert (table.columns, table.rows) == (("text", "label"), [("hello", "a"), ("bye", "b")])


def test_row_names_without_a_column_name_are_a_column():
    """R's write.table leaves out the name above the row names."""
    table = load('"text","label"\n"1","hello","a"\n"2","bye","b"\n"3","hi","a"\n')
    assert table.columns == ("column 1", "text", "label")


# --- values ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("label", ["NA", "None", "null", "nan", "01", "1.0", "True", "-", "0", "a/b", "../x", "🙂"])
def test_labels_stay_the_text_they_are(label):
    _, items = read(written([("text", "label"), ("hello", label), ("bye", "other")]))
    assert pairs(items) == [("hello", label), ("bye", "other")]


def test_a_message_called_na_is_a_message():
    assert pairs(read("text,label\nNA,a\nNaN,b\n")[1]) == [("NA", "a"), ("NaN", "b")]


@given(st.lists(st.tuples(ANY_TEXT, ANY_TEXT), min_size=1), st.sampled_from([*DELIMITERS.values()]))
@example([("0,0\n", "0"), ("0", "0")], ",")
@example([('"', '"'), ("\\", '\\"')], ",")
def test_whatever_a_spreadsheet_writes_comes_back_cell_for_cell(rows, delimiter):
    content = written([("text", "label"), *rows], delimiter)
    assert load(content).rows == rows
    _, items = read(content)
    used = {item.name for item in items if isinstance(item, Item)}
    stripped = [(text.strip(), label.strip()) for text, label in rows]
    empty = {f"row {n}" for n, pair in enumerate(stripped, start=2) if not all(pair)}
    assert used.isdisjoint(empty)


def _survives(character: str, encoding: str) -> bool:
    try:
        return character.encode(encoding).decode(encoding) == character
    except UnicodeError:
        return False


ALPHABETS = {
    encoding: [c for c in map(chr, (*range(1, 0x180), *range(0x3000, 0x5000, 7), 0x1F642)) if _survives(c, encoding)]
    for encoding in ("utf-8", "utf-16", "cp1252", "gb18030", "shift_jis")
}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252", "gb18030", "shift_jis"])
@given(data=st.data())
def test_and_so_in_every_encoding(encoding, data):
    codec = encoding.removesuffix("-sig")
    cell = st.text(st.sampled_from(ALPHABETS[codec]), min_size=1, max_size=20).filter(ordinary)
    rows = data.draw(st.lists(st.tuples(cell, cell), min_size=1, max_size=5))
    delimiter = data.draw(st.sampled_from([*DELIMITERS.values()]))
    content = written([("text", "label"), *rows], delimiter, encoding)
    assert load(content, encoding=codec).rows == rows
    if encoding in ("utf-8", "utf-8-sig", "utf-16"):
        assert load(content).rows == rows


@given(st.binary(max_size=300), st.sampled_from(["csv", "txt", "tsv", "json", "xlsx"]))
def test_any_bytes_are_a_table_or_none_or_a_data_error(content, suffix):
    try:
        table = load(content, f"any.{suffix}")
    except DataError as error:
        assert f"any.{suffix}" in str(error)
    else:
        assert table is None or len(table.rows) == len(table.row_names)


# --- what is left out --------------------------------------------------------------------------------------------


def test_rows_without_message_or_label_are_listed_with_their_number():
    _, items = read("text,label\nhello,a\n,b\n  ,b\nbye,\nso long,  \n,\nlast,b\n")
    assert pairs(items) == [("hello", "a"), ("last", "b")]
    assert skips(items) == [
        ("row 3", "The message is empty."),
        ("row 4", "The message is empty."),
        ("row 5", "The label is empty."),
        ("row 6", "The label is empty."),
        ("row 7", "The row is empty."),
    ]


def test_a_blank_line_is_listed_but_not_those_at_the_end():
    _, items = read("text,label\na,x\n\nb,y\n\n\n")
    assert pairs(items) == [("a", "x"), ("b", "y")]
    assert skips(items) == [("row 3", "The row is empty.")]


def test_rows_of_the_wrong_length_are_listed():
    _, items = read("text,label\nonly text\nhello,a\nbye,b,too,much\n")
    assert pairs(items) == [("hello", "a")]
    assert [file for file, _ in skips(items)] == ["row 2", "row 4"]
    assert "one cell, but the table has 2 columns" in skips(items)[0][1]
    assert "4 cells" in skips(items)[1][1] and "quotation marks" in skips(items)[1][1]


@pytest.mark.parametrize("label_first", [True, False])
def test_a_comma_in_an_unquoted_message_does_not_make_a_wrong_label(label_first):
    rows = [("hello", "a"), ("bye", "b"), ("well, well", "a"), ("so, so, so", "b"), ("no, way", "strange")]
    content = "\n".join(",".join(row[::-1] if label_first else row) for row in [("text", "label"), *rows, rows[0]])
    reading, items = read(content)
    good = rows if label_first else rows[:-1]  # first in the row, a label is never in doubt
    expected = [row for row in good if row[1] != "strange"]
    assert pairs(items) == [*expected, rows[0]]
    assert any("without quotation marks" in str(note) for note in reading.notes)
    assert [file for file, _ in skips(items)] == ["row 6"]


def test_a_short_row_that_has_all_it_needs_is_used():
    assert pairs(read("text,label,remark\nhello,a\nbye,b,good\n")[1]) == [("hello", "a"), ("bye", "b")]


# --- what is no table, and limits --------------------------------------------------------------------------------


@pytest.mark.parametrize("content", ["", "\n", "text,label", "text,label\n", "only\none\ncolumn\n", "\x00" * 20])
def test_what_is_no_table_is_none(content):
    assert load(content) is None


def test_prose_is_no_table():
    prose = "It was late, and we went home.\nThe bus, as always, did not come.\nSo we walked, talked; and sang.\n" * 5
    assert load(prose, "notes.txt") is None
    assert load("# Title\n\na | b\n--- | ---\n1 | 2\n\nSome text here.\nAnd more.\n", "notes.txt") is None


@pytest.mark.parametrize("limits", [Limits(rows=3), Limits(table_megabytes=1)], ids=["rows", "megabytes"])
def test_a_table_beyond_the_limit_says_the_limit_and_where_to_raise_it(limits):
    cell = "x" * (300_000 if limits.rows > 3 else 1)
    with pytest.raises(DataError, match=r"'table\.csv'.*limit.*settings\.json"):
        load("text,label\n" + f"{cell},a\n" * 4, limits=limits)
    assert load("text,label\n" + "x,a\n" * 3, limits=limits) is not None


@pytest.mark.parametrize(
    ("limits", "says"), [(Limits(columns=30), "30 columns"), (Limits(cells=100), "100 cells")], ids=["columns", "cells"]
)
def test_a_table_that_is_too_wide_says_the_limit_and_where_to_raise_it(limits, says):
    with pytest.raises(DataError, match=rf"'table\.csv' has more than {says}.*settings\.json"):
        load("text" + ",more" * 39 + "\n" + ("x" + ",1" * 39 + "\n") * 3, limits=limits)


@pytest.mark.parametrize("name", ["same", ""])
def test_many_columns_of_one_name_are_counted_up(name):
    columns, _ = named_columns([name] * 3000)
    assert len(set(columns)) == 3000
    assert columns[:3] == (("same", "same (2)", "same (3)") if name else ("column 1", "column 2", "column 3"))


def test_a_cell_of_megabytes_is_used_and_noted():
    reading, items = read('text,label\n"' + "x" * 2_000_000 + '",a\nhello,b\n')
    assert len(pairs(items)) == 2
    assert any("1 text has more than 20,000 characters" in str(note) for note in reading.notes)


# --- hostile shapes ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "cp1252"])
def test_a_null_character_in_a_cell_costs_the_character_and_is_said(encoding):
    rows = "text,label\n" + "".join(f"das ist schön {n},{'ab'[n % 2]}\n" for n in range(9)) + "zero\0 here,a\n"
    reading, items = read(rows.encode(encoding))
    assert len(pairs(items)) == 10 and pairs(items)[-1] == ("zero here", "a")
    assert "1 null character was removed" in str(reading.notes[-1])


def test_a_cell_beyond_the_limit_is_left_out_by_name():
    limits = Limits(characters=1000)
    _, items = read(f'text,label\n"{"x" * 1000}",a\n{"y" * 1001},b\nhello,b\n', limits=limits)
    assert [len(text) for text, _ in pairs(items)] == [1000, 5]
    assert skips(items)[0][0] == "row 3" and "more than 1,000 characters" in skips(items)[0][1]


@pytest.mark.parametrize(
    "content",
    [
        ",".join(map(str, range(100_000))) + "\n" + "1," * 99_999 + "1\n",
        "text,label\n" + '"' * 200_000 + "\n",
        '"\n' * 20_000,
        ('"a\n' * 500 + "b,c\n") * 10,
        "a,b\n" + ", " * 100_000,
        "\r" * 100_000 + "a,b\rc,d\r",
        "a" * 1_000_000,
    ],
    ids=["wide", "marks", "marks on lines", "open marks", "blanks", "line ends", "one line"],
)
def test_the_worst_shapes_are_read_or_refused(content):
    try:
        load(content)
    except DataError as error:
        assert "table.csv" in str(error)


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_lines_that_stand_in_quotes_as_a_whole_are_read_without_them(delimiter):
    lines = [f"text{delimiter}label", *(f'say ""hi"" {n}{delimiter}{"ab"[n % 2]}' for n in range(8))]
    reading, items = read("".join(f'"{line}"\n' for line in lines))
    assert pairs(items)[0] == ('say "hi" 0', "a") and len(pairs(items)) == 8
    assert "quotation marks as a whole" in str(reading.notes[0])
