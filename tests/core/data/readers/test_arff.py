"""ARFF, as Weka and its repositories write it."""

from __future__ import annotations

import pytest

from tests.core.data.readers.making import load, pairs, read, skips

HEAD = """% 1. Title: messages
@RELATION 'some messages'

@attribute text string
@ATTRIBUTE 'the length' NUMERIC
@attribute class {food, 'at school'}

@DATA
"""


def test_columns_and_rows():
    content = HEAD + "'it\\'s cold, again',3,food\n% a remark\n\n\"my \\\"book\\\"\", 4.5, 'at school'\nplain,?,food\n"
    table = load(content, "t.arff")
    assert table.columns == ("text", "the length", "class")
    assert table.rows == [("it's cold, again", "3", "food"), ('my "book"', "4.5", "at school"), ("plain", "", "food")]
    assert table.row_names == ["line 9", "line 12", "line 13"]


def test_messages_are_read_with_their_class():
    said = "'at school'", "food"
    rows = "".join(f"'message, number {n}',{n},{said[n % 2]}\n" for n in range(8))
    reading, items = read({"t.arff": HEAD + rows})
    assert pairs(items)[:2] == [("message, number 0", "at school"), ("message, number 1", "food")]
    assert reading.proposal["label_column"] == "class"


def test_sparse_rows_have_the_first_value_where_they_say_none():
    table = load(HEAD + "{0 'so cold', 1 3}\n{0 late, 2 'at school'}\n", "t.arff")
    assert table.rows == [("so cold", "3", "food"), ("late", "0", "at school")]


def test_a_line_that_is_no_row_is_listed():
    _, items = read({"t.arff": HEAD + "'stays open, 3, food\n{9 x}\nfine,1,food\nwell,2,food\ngood,3,'at school'\n"})
    assert [file for file, _ in skips(items)] == ["line 9", "line 10"]


@pytest.mark.parametrize("content", ["@relation x\n", "@relation x\n@data\n1,2\n", HEAD, "about @relation and data\n"])
def test_what_has_no_rows_or_columns_is_none(content):
    assert load(content, "t.arff") is None


@pytest.mark.parametrize("line", ["'" * 100_000, "{" * 50_000, " " * 200_000 + "'\"", "\\" * 100_000 + "'"])
def test_the_worst_lines_are_soon_read(line):
    load(HEAD + line + "\na,1,food\n", "t.arff")
    load("@relation x\n@attribute " + line + "\n@data\n1,2\n", "t.arff")
