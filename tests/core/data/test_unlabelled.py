"""What is to be predicted: all the files of a folder or a zip, all the rows of a table, each once."""

from __future__ import annotations

import json
import zipfile

import openpyxl
import pytest

from core.data.readers.reading import ReadOptions, Skip
from core.data.unlabelled import Unlabelled, is_batch, joined, read_batch
from core.errors import DataError, UnreadableExampleError
from core.limits import Limits
from core.modalities import get_modality
from tests.helpers import png, write_tree, write_zip
from tests.nasty import write_nasty_zip

IMAGE, TEXT = get_modality("image"), get_modality("text")


def read(path, kind=TEXT, called="", limits=None, **options):
    return read_batch(path, kind, ReadOptions(**options), limits or Limits(), called)


def told(batch):
    """The examples by name; for those that cannot be, the reason."""
    return {
        one.name if isinstance(one, Unlabelled) else one.file: one.read() if isinstance(one, Unlabelled) else one.reason
        for one in batch.items
    }


def workbook(path, *rows):
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    book.save(path)


@pytest.mark.parametrize(
    ("name", "content", "columns", "texts"),
    [
        ("a.csv", 'text\n"hello, you"\n=1+1\n', ("text",), {"row 2": b"hello, you", "row 3": b"=1+1"}),
        ("b.csv", "id;message;n\n1;good day;x\n2;so long;y\n", ("id", "message", "n"),
         {"row 2": b"good day", "row 3": b"so long"}),
        ("c.tsv", "label\ttext\nold\tone thing\nold\tanother\n", ("label", "text"),
         {"row 2": b"one thing", "row 3": b"another"}),
        ("d.txt", "one, line\n\nanother line\n", ("text",), {"line 1": b"one, line", "line 3": b"another line"}),
        ("e.json", json.dumps(["one two", "three"]), ("column 1",), {"entry 1": b"one two", "entry 2": b"three"}),
        ("f.jsonl", '{"text": "x y"}\n{"text": "z"}\n', ("text",), {"line 1": b"x y", "line 2": b"z"}),
    ],
)  # fmt: skip
def test_every_row_of_a_table_is_an_example_with_its_cells(tmp_path, name, content, columns, texts):
    (tmp_path / name).write_text(content, encoding="utf-8")
    batch = read(tmp_path / name)
    assert batch.columns == columns
    assert told(batch) == texts
    assert all(len(item.cells) == len(columns) for item in batch.items)


def test_a_workbook_may_have_one_column_and_another_encoding_is_found(tmp_path):
    workbook(tmp_path / "a.xlsx", ["text"], ["good day"], ["so long"])
    assert told(read(tmp_path / "a.xlsx")) == {"row 2": b"good day", "row 3": b"so long"}
    (tmp_path / "b.csv").write_bytes("text,n\nGrüße aus Köln,1\nSchöne Grüße,2\n".encode("cp1252"))
    assert list(told(read(tmp_path / "b.csv")).values()) == ["Grüße aus Köln".encode(), "Schöne Grüße".encode()]


def test_the_column_can_be_named_and_a_wrong_name_says_which_there_are(tmp_path):
    (tmp_path / "a.csv").write_text("question,reply\nlong question here,yes\nanother long one,no\n")
    assert next(iter(told(read(tmp_path / "a.csv")).values())) == b"long question here"
    assert list(told(read(tmp_path / "a.csv", text_column="reply")).values()) == [b"yes", b"no"]
    with pytest.raises(DataError, match="question and reply"):
        read(tmp_path / "a.csv", text_column="answer")


def test_a_row_that_is_too_long_or_empty_is_one_entry(tmp_path):
    (tmp_path / "a.csv").write_text("text,n\nfine,1\ntoo, many,2\n,3\nshort\n")
    batch = read(tmp_path / "a.csv")
    (skip,) = (item for item in batch.items if isinstance(item, Skip))
    assert (skip.file, "3 cells" in str(skip.reason)) == ("row 3", True)
    with pytest.raises(UnreadableExampleError, match="empty"):
        TEXT.read(batch.items[2].read())
    assert batch.items[3].cells == ("short", "")


def test_a_folder_of_texts_has_documents_and_tables(tmp_path):
    write_tree(tmp_path / "all", {
        "doc.txt": b"a whole\ndocument", "README.md": b"about it", "x.png": png(), "t/a.csv": b"text,n\nhi,1\nho,2\n",
        "t/b.csv": b"text,m\nhe,3\nhu,4\n", "empty.csv": b"",
    })  # fmt: skip
    batch = read(tmp_path / "all", called="all")
    found = told(batch)
    assert found.pop("all/doc.txt") == b"a whole\ndocument"
    assert {name for name, one in found.items() if not isinstance(one, bytes)} == {
        "all/README.md", "all/x.png", "all/empty.csv"
    }  # fmt: skip
    assert [found[f"all/t/{name}"] for name in ("a.csv row 2", "b.csv row 3")] == [b"hi", b"hu"]
    assert batch.columns == ("text", "n", "m")
    assert [item.cells for item in batch.items if isinstance(item, Unlabelled) and "b.csv" in item.name] == [
        ("he", "", "3"), ("hu", "", "4")
    ]  # fmt: skip


def test_several_batches_have_the_columns_of_all(tmp_path):
    (tmp_path / "a.csv").write_text("text,n\nhi,1\nho,2\n")
    (tmp_path / "b.csv").write_text("m,text\n3,he\n4,hu\n")
    both = joined([read(tmp_path / name, called=name) for name in ("a.csv", "b.csv")])
    assert both.columns == ("text", "n", "m")
    assert [(item.name, item.cells) for item in both.items][::3] == [
        ("a.csv row 2", ("hi", "1", "")), ("b.csv row 3", ("hu", "", "4"))
    ]  # fmt: skip


def test_every_entry_of_the_zip_nobody_should_send_is_there_once(tmp_path):
    """The readable ones, and each of the others with its reason; litter of a system is counted."""
    expected = write_nasty_zip(tmp_path / "nasty.zip")
    batch = read(tmp_path / "nasty.zip", IMAGE)
    readable, bad = set(), set()
    for item in batch.items:
        try:
            if isinstance(item, Skip):
                raise UnreadableExampleError(item.reason)
            IMAGE.read(item.read())
            readable.add(item.name)
        except UnreadableExampleError:
            bad.add(item.file if isinstance(item, Skip) else item.name)
    assert readable == {*expected.good, "things/loose.png"}  # which has no class, and needs none here
    assert bad <= set(expected.bad)
    with zipfile.ZipFile(tmp_path / "nasty.zip") as archive:
        given = sum(not entry.is_dir() for entry in archive.infolist())
    litter = batch.notes[0].values["n"]
    assert len(batch.items) + litter == given


def test_where_nothing_fits_it_says_what_there_is(tmp_path):
    write_zip(tmp_path / "a.zip", [("notes.txt", b"hello")])
    with pytest.raises(DataError, match=r"no pictures in 'a\.zip'.*notes\.txt"):
        read(tmp_path / "a.zip", IMAGE)
    (tmp_path / "a.txt").write_bytes(b"\n \n")
    with pytest.raises(DataError, match="no messages"):
        read(tmp_path / "a.txt")
    (tmp_path / "b.csv").write_text("a,b\n1,2\n3,4\n")
    with pytest.raises(DataError, match="Say which column"):
        read(tmp_path / "b.csv")


def test_a_limit_holds(tmp_path):
    (tmp_path / "a.txt").write_text("\n".join("abcd"))
    with pytest.raises(DataError, match="more than 3 rows"):
        read(tmp_path / "a.txt", limits=Limits(rows=3))


def test_names_of_columns_alone_and_what_is_no_text_are_refused_by_name(tmp_path):
    for text in ("message\n", "id,message\n\n", "text;label\n"):
        (tmp_path / "a.csv").write_text(text)
        with pytest.raises(DataError, match=r"'a\.csv' has only the names of its columns"):
            read(tmp_path / "a.csv")
    (tmp_path / "a.csv").write_text("hello there\n")
    assert [item.read() for item in read(tmp_path / "a.csv").items] == [b"hello there"]
    for name in ("a.png", "a.txt"):
        (tmp_path / name).write_bytes(png())
        with pytest.raises(DataError, match=f"'{name}' is not a text"):
            read(tmp_path / name)


def test_a_formula_without_a_result_is_not_called_an_empty_message(tmp_path):
    book = openpyxl.Workbook()
    for row in (["id", "message"], [1, '=A2&"x"'], [2, "bus"]):
        book.active.append(row)
    book.save(tmp_path / "a.xlsx")
    first, second = read(tmp_path / "a.xlsx").items
    with pytest.raises(UnreadableExampleError, match="formula whose result is not in the file"):
        first.read()
    assert (first.cells, second.read()) == (("1", ""), b"bus")


@pytest.mark.parametrize(
    ("name", "image", "text"),
    [("f", True, True), ("a.zip", True, True), ("a.csv", False, True), ("a.txt", False, True), ("a.png", False, True),
     ("gone.zip", False, False), ("x" * 5000, False, False), ("a\0b", False, False)],
)  # fmt: skip
def test_what_holds_many_examples(tmp_path, name, image, text):
    (tmp_path / "f").mkdir()
    for file in ("a.zip", "a.csv", "a.txt", "a.png"):
        (tmp_path / file).write_bytes(b"x")
    assert (is_batch(tmp_path / name, IMAGE), is_batch(tmp_path / name, TEXT)) == (image, text)


def test_a_table_of_rows_gives_each_row_whole(tmp_path):
    kind = get_modality("table")
    (tmp_path / "rows.csv").write_text("age,sex\n22,male\n,female\n,\n1,2,3\n")
    batch = read(tmp_path / "rows.csv", kind)
    found = told(batch)
    assert kind.read(found["row 2"]) == {"age": "22", "sex": "male"}
    assert kind.read(found["row 3"]) == {"age": "", "sex": "female"}
    assert len(found) == 4 and batch.columns == ("age", "sex") and "text_column" not in batch.proposal
    assert is_batch(tmp_path / "rows.csv", kind) and not is_batch(tmp_path / "none.txt", kind)
