"""Tables of messages, in the dialects that spreadsheets really write."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.data.readers.items import Item, Skip
from core.data.readers.table import read_table
from core.errors import DataError

ROWS = [("text", "label"), ("Hello, you; there", "greeting"), ("Bye | now", "parting"), ("Hi\nagain", "greeting")]


def written(rows, delimiter=",", encoding="utf-8", newline="\r\n") -> bytes:
    buffer = io.StringIO(newline="")
    csv.writer(buffer, delimiter=delimiter, lineterminator=newline).writerows(rows)
    return buffer.getvalue().encode(encoding)


@pytest.fixture
def table(tmp_path):
    """Read bytes as if they were a file; gives the reading and its items."""

    def read(content: bytes | str, name: str = "table.csv", **columns):
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        reading = read_table(path, **columns)
        items = list(reading.items())
        assert len(items) == reading.total, "used + skipped must be what was given"
        return reading, items

    return read


def pairs(items) -> list[tuple[str, str]]:
    return [(item.read().decode(), item.label) for item in items if isinstance(item, Item)]


def skips(items) -> list[tuple[str, str]]:
    return [(item.file, item.reason) for item in items if isinstance(item, Skip)]


# --- dialects and encodings --------------------------------------------------------------------------------------


@pytest.mark.parametrize("newline", ["\r\n", "\n"], ids=["CRLF", "LF"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"], ids=["comma", "semicolon", "tab", "pipe"])
def test_every_delimiter_is_found(table, delimiter, newline):
    reading, items = table(written(ROWS, delimiter, newline=newline))
    assert reading.proposal["delimiter"] == delimiter
    assert pairs(items) == ROWS[1:]


def test_a_file_called_tsv_is_separated_by_tabs(table):
    _, items = table("text\tlabel\na,b,c,d\tx\ne\ty\n", "table.TSV")
    assert pairs(items) == [("a,b,c,d", "x"), ("e", "y")]


def test_commas_in_messages_do_not_fool_the_reader(table):
    _, items = table("label;text\nx;one, two, three, four\ny;five, six\n")
    assert pairs(items) == [("one, two, three, four", "x"), ("five, six", "y")]


def test_a_quoted_column_name_may_hold_a_delimiter(table):
    reading, items = table('"text, please",label\nhello,a\nbye,b\n')
    assert reading.proposal["columns"] == ["text, please", "label"]
    assert pairs(items) == [("hello", "a"), ("bye", "b")]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_unicode_is_read_with_and_without_its_mark(table, encoding):
    rows = [("text", "label"), ("Schöne Grüße 🙂", "ä"), ("再见", "再")]
    content = written(rows, encoding=encoding)
    if encoding in ("utf-16-le", "utf-16-be"):
        content = ("\ufeff").encode(encoding) + content
    reading, items = table(content)
    assert reading.proposal["columns"] == ["text", "label"]
    assert reading.proposal["encoding"] == ("utf-16" if encoding.startswith("utf-16") else encoding)
    assert pairs(items) == rows[1:]


@pytest.mark.parametrize(
    ("encoding", "words"),
    [
        ("cp1252", "Können wir später über die Prüfung sprechen? Größere Räume wären schön, natürlich für alle."),
        ("gb18030", "我想请问一下明天的数学考试是在哪个教室举行，需要带什么东西吗？谢谢老师。"),
    ],
)
def test_older_encodings_are_guessed_and_the_guess_is_shown(table, encoding, words):
    rows = [("text", "label"), *((f"{words} {i}", "ab"[i % 2]) for i in range(20))]
    reading, items = table(written(rows, encoding=encoding))
    assert pairs(items) == rows[1:]
    assert reading.proposal["encoding"] not in ("utf-8", "utf-8-sig")


def test_bytes_of_no_encoding_do_not_break_the_reader(table):
    _, items = table(b"text,label\nok \x81\x8d\xff,a\nfine,b\n")
    assert [label for _, label in pairs(items)] == ["a", "b"]


def test_quoted_line_breaks_belong_to_the_message(table):
    _, items = table('text,label\n"one\ntwo, ""three""\n",a\nx,b\n')
    assert pairs(items) == [('one\ntwo, "three"', "a"), ("x", "b")]


@given(
    st.lists(
        st.tuples(
            st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), min_size=1),
            st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), min_size=1),
        ),
        min_size=1,
    ),
    st.sampled_from(",;\t|"),
)
def test_whatever_a_spreadsheet_writes_is_read_or_listed(tmp_path, rows, delimiter):
    path = tmp_path / "any.csv"
    path.write_bytes(written([("text", "label"), *rows], delimiter))
    items = list(read_table(path).items())
    assert len(items) == len(rows)
    expected = [(text.strip(), label.strip()) for text, label in rows if text.strip() and label.strip()]
    assert pairs(items) == expected


@given(st.binary(max_size=300))
def test_any_bytes_are_a_table_or_a_data_error(tmp_path, content):
    path = tmp_path / "any.csv"
    path.write_bytes(content)
    try:
        reading = read_table(path)
    except DataError as error:
        assert "any.csv" in str(error)
    else:
        assert len(list(reading.items())) == reading.total


# --- values stay text --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("label", ["NA", "None", "null", "nan", "01", "1.0", "True", "-", "0", "a/b", "../x", "🙂"])
def test_labels_stay_the_text_they_are(table, label):
    _, items = table(written([("text", "label"), ("hello", label), ("bye", "other")]))
    assert pairs(items) == [("hello", label), ("bye", "other")]


def test_a_message_called_na_is_a_message(table):
    _, items = table("text,label\nNA,a\n007,b\n")
    assert pairs(items) == [("NA", "a"), ("007", "b")]


# --- what is left out --------------------------------------------------------------------------------------------


def test_rows_without_message_or_label_are_listed_with_their_number(table):
    _, items = table("text,label\nhello,a\n,b\n  ,b\nbye,\nso long,  \n,\nlast,b\n")
    assert pairs(items) == [("hello", "a"), ("last", "b")]
    assert skips(items) == [
        ("row 3", "The message is empty."),
        ("row 4", "The message is empty."),
        ("row 5", "The label is empty."),
        ("row 6", "The label is empty."),
        ("row 7", "The row is empty."),
    ]


def test_a_row_that_is_too_short_is_listed_and_one_that_is_too_long_is_used(table):
    _, items = table("text,label\nonly text\nhello,a,extra,more\n")
    assert pairs(items) == [("hello", "a")]
    assert skips(items) == [("row 2", "The label is empty.")]


def test_a_blank_line_is_listed(table):
    _, items = table("text,label\na,x\n\nb,y\n")
    assert pairs(items) == [("a", "x"), ("b", "y")]
    assert skips(items) == [("row 3", "The row is empty.")]


# --- which column is which ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "header", ["text,label", "label,text", "Text,LABEL", " text , label ", "message,category", "intent,utterance"]
)
def test_columns_are_found_by_their_names(table, header):
    text_first = "text" in header.casefold().split(",")[0] or "message" in header
    row = "hello there,a\nbye now,b\n" if text_first else "a,hello there\nb,bye now\n"
    _, items = table(f"{header}\n{row}")
    assert pairs(items) == [("hello there", "a"), ("bye now", "b")]


def test_the_label_may_come_first_and_have_no_known_name(table):
    reading, items = table("what,said\na,a long sentence here\nb,another long one\na,a third sentence\n")
    assert (reading.proposal["text_column"], reading.proposal["label_column"]) == ("said", "what")
    assert pairs(items)[0] == ("a long sentence here", "a")


def test_unnamed_columns_are_told_apart_by_what_is_in_them(table):
    rows = "".join(f"{i},some long sentence number {i},{'xy'[i % 2]}\n" for i in range(10))
    reading, _ = table("id,said,kind of thing\n" + rows)
    assert (reading.proposal["text_column"], reading.proposal["label_column"]) == ("said", "kind of thing")


def test_a_column_that_is_always_the_same_is_not_proposed_as_label(table):
    rows = "".join(f"v1,some long sentence number {i},{'xy'[i % 2]}\n" for i in range(10))
    reading, _ = table("version,said,kind of thing\n" + rows)
    assert reading.proposal["label_column"] == "kind of thing"


def test_columns_can_be_chosen(table):
    content = "text,label,mood\nhello,a,happy\nbye,b,sad\n"
    assert pairs(table(content, label_column="mood")[1]) == [("hello", "happy"), ("bye", "sad")]
    assert pairs(table(content, text_column="mood", label_column="text")[1]) == [("happy", "hello"), ("sad", "bye")]
    assert pairs(table(content, text_column=" MOOD ")[1]) == [("happy", "a"), ("sad", "b")]


@pytest.mark.parametrize("flag", ["text_column", "label_column"])
def test_a_column_that_is_not_there_lists_those_that_are(table, flag):
    with pytest.raises(DataError, match=r"no column 'mood'.*text, label"):
        table("text,label\na,b\n", **{flag: "mood"})


def test_one_column_cannot_be_both(table):
    """Predicting a text from itself would score 100 % and mean nothing."""
    with pytest.raises(DataError):
        table("text,label\na,b\nc,d\n", text_column="text", label_column="text")


def test_a_split_column_is_respected(table):
    _, items = table("text,label,split\na,x,train\nb,y,Val\nc,x,TEST\nd,y,dev\n")
    assert [item.split for item in items] == ["train", "validation", "test", "validation"]


def test_a_column_that_is_only_called_split_is_no_division(table):
    _, items = table("text,label,split\na,x,left\nb,y,right\n")
    assert [item.split for item in items] == [None, None]


# --- what is no table --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("content", ["", "\n", "text,label", "text,label\n", "only\none\ncolumn\n", "\x00" * 20])
def test_what_is_no_table_says_what_to_do(table, content):
    with pytest.raises(DataError, match=r"'table\.csv' does not look like a table.*CSV"):
        table(content)


def test_a_file_that_is_too_large_is_not_read(table, monkeypatch):
    monkeypatch.setattr("core.data.readers.table.MAX_BYTES", 10)
    with pytest.raises(DataError, match="larger than"):
        table("text,label\nhello,a\n")


def test_a_cell_of_megabytes_is_a_data_error_not_a_crash(table):
    with pytest.raises(DataError, match="table"):
        table('text,label\n"' + "x" * (11 * 1024**2) + '",a\n')
