"""Workbooks: sheets, cell types, and those that cannot be read."""

from __future__ import annotations

import datetime
import io
import zipfile

import openpyxl
import pytest

from core.data.readers.opening import open_path
from core.data.readers.propose import propose
from core.data.readers.reading import ReadOptions
from core.data.readers.table_files import load_table
from core.errors import DataError
from core.limits import Limits
from tests.core.data.readers.making import file_of, load, pairs, read, skips, workbook

ROWS = [("text", "label"), ("hello", "a"), ("bye", "b")]


def repacked(raw: bytes, **changed: bytes) -> bytes:
    """The workbook with some parts replaced or added; "__" stands for "/" and "_dot_" for "."."""
    parts = {name.replace("__", "/").replace("_dot_", "."): content for name, content in changed.items()}
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(raw)) as old, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, parts.pop(name, None) or old.read(name))
        for name, content in parts.items():
            new.writestr(name, content)
    return buffer.getvalue()


@pytest.mark.parametrize("name", ["table.xlsx", "table.xlsm", "table.csv", "table"])
def test_a_workbook_is_known_by_its_content(name):
    table = load(workbook(Data=ROWS), name)
    assert (table.columns, table.rows) == (ROWS[0], ROWS[1:])
    assert table.how == {"structure": "table", "sheet": "Data", "header": "yes"}


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1, "1"), (1.0, "1"), (0.1, "0.1"), (10**20, "100000000000000000000"), ("01", "01"), ("NA", "NA"),
        ("None", "None"), (True, "TRUE"), (False, "FALSE"), (datetime.date(2024, 5, 1), "2024-05-01"),
        (datetime.datetime(2024, 5, 1, 12, 30), "2024-05-01 12:30:00"), (datetime.time(8, 15), "08:15:00"),
        ("two\nlines", "two\nlines"), ("_x0041_x", "Ax"), (" spaced ", " spaced "), ("🙂", "🙂"),
    ],
)  # fmt: skip
def test_cells_are_the_text_a_person_sees(value, text):
    assert load(workbook(Data=[("text", "label"), ("hello", value)]), "t.xlsx").rows == [("hello", text)]


def test_the_first_sheet_with_a_table_is_proposed_and_others_can_be_chosen():
    raw = workbook(Read_me=[("Made by us",)], Data=ROWS, Old=[("said", "what", "when"), ("old", "x", "now")])
    reading, items = read({"t.xlsx": raw})
    assert reading.proposal["sheet"] == "Data"
    assert reading.proposal["choices"]["sheet"] == ["Read_me", "Data", "Old"]
    assert pairs(items) == ROWS[1:]
    assert [file for file, _ in skips(items)] == ["sheet Read_me", "sheet Old"]
    assert pairs(read({"t.xlsx": raw}, sheet=" old ", text_column="said", label_column="what")[1]) == [("old", "x")]


def test_a_hidden_sheet_is_not_proposed_before_a_shown_one():
    book = openpyxl.Workbook()
    book.active.append(("text", "label"))
    book.active.append(("secret", "x"))
    shown = book.create_sheet("Shown")
    for row in ROWS:
        shown.append(row)
    book["Sheet"].sheet_state = "hidden"
    book.active = 1
    buffer = io.BytesIO()
    book.save(buffer)
    assert load(buffer.getvalue(), "t.xlsx").how["sheet"] == "Shown"


def test_a_sheet_that_is_not_there_names_those_that_are():
    with pytest.raises(DataError, match=r"'t\.xlsx' cannot be used\. The workbook has no sheet 'Three'.*One and Two"):
        load(workbook(One=ROWS, Two=ROWS), "t.xlsx", sheet="Three")


def test_rows_are_numbered_as_the_spreadsheet_does():
    _, items = read({"t.xlsx": workbook(Data=[*ROWS, (), ("again",), ("last", "a")])})
    assert skips(items) == [
        ("row 4", "The row is empty."),
        ("row 5", "The label is empty."),
    ]
    assert [item.name for item in items if hasattr(item, "name")] == ["row 2", "row 3", "row 6"]


def test_formulas_give_what_was_last_computed_and_a_note_where_nothing_was():
    raw = workbook(Data=[*ROWS, ("so", "=A2")])  # written by a program that computes nothing
    reading, items = read({"t.xlsx": raw})
    assert any("In one cell there is a formula" in str(note) for note in reading.notes)
    assert [file for file, _ in skips(items)] == ["row 4"]
    computed = repacked(
        raw, xl__worksheets__sheet1_dot_xml=_sheet(raw).replace(b"<f>A2</f><v />", b"<f>A2</f><v>7</v>")
    )
    assert load(computed, "t.xlsx").rows[-1] == ("so", "7")


def _sheet(raw: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        return archive.read("xl/worksheets/sheet1.xml")


def test_what_a_sheet_says_about_its_size_is_not_believed():
    raw = workbook(Data=ROWS)
    sheet = _sheet(raw).replace(b'ref="A1:B3"', b'ref="A1:XFD1048576"')
    assert b"XFD" in sheet
    assert load(repacked(raw, xl__worksheets__sheet1_dot_xml=sheet), "t.xlsx").rows == ROWS[1:]


@pytest.mark.parametrize("rows", [[], [("only", "a header")], [("one",), ("column",)]])
def test_a_workbook_without_a_table_is_none(rows):
    assert load(workbook(Data=rows), "t.xlsx") is None


# --- what cannot be read -----------------------------------------------------------------------------------------

OLE = bytes.fromhex("d0cf11e0a1b11ae1")


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (OLE + bytes(500) + "EncryptedPackage".encode("utf-16-le"), "password"),
        (workbook(Data=ROWS)[:-400], "damaged"),
        (repacked(workbook(Data=ROWS), xl__workbook_dot_xml=b"<nonsense"), "damaged"),
        (repacked(workbook(Data=ROWS), xl__workbook_dot_bin=b"x"), r"binary Excel workbook.*\.xlsx"),
        (repacked(workbook(Data=ROWS), Index__Document_dot_iwa=b"x"), "spreadsheet of Numbers.*Export To"),
        (repacked(workbook(Data=ROWS), xl__worksheets__sheet1_dot_xml=b'<!DOCTYPE x [<!ENTITY a "b">]><x/>'),
         "no spreadsheet program writes"),
    ],
    ids=["protected", "cut short", "broken", "other program", "Numbers", "entities"],
)  # fmt: skip
def test_a_workbook_that_cannot_be_read_says_why(raw, says):
    with pytest.raises(DataError, match=rf"(?s)'t\.xlsx' cannot be used.*{says}"):
        load(raw, "t.xlsx")


def test_a_workbook_that_unpacks_to_gigabytes_is_refused_before_it_is_opened(monkeypatch):
    monkeypatch.setattr(openpyxl, "load_workbook", lambda *a, **k: pytest.fail("it was opened"))
    bomb = repacked(workbook(Data=ROWS), xl__media__big_dot_xml=bytes(12 * 1024**2))
    assert len(bomb) < 100_000
    with pytest.raises(DataError, match="unpacks to far more"):
        load(bomb, "t.xlsx", limits=Limits(table_megabytes=1))


def test_too_many_rows_are_refused():
    with pytest.raises(DataError, match="more than 2 rows"):
        load(workbook(Data=[*ROWS, ("more", "a")]), "t.xlsx", limits=Limits(rows=2))


def test_cells_far_to_the_right_do_not_fill_the_memory():
    wide = [[""] * 500 + ["far"] for _ in range(40)]
    with pytest.raises(DataError, match="more than 5,000 cells"):
        load(workbook(Data=wide), "t.xlsx", limits=Limits(cells=5000))


# --- merged cells, strict files, damage --------------------------------------------------------------------------


def merged(rows, *blocks: str) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    for block in blocks:
        book.active.merge_cells(block)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def test_the_value_of_merged_cells_is_that_of_all_their_rows():
    rows = [("Topic", "Message"), ("a", "one"), (None, "two"), ("b", "three"), (None, "four"), (None, "five")]
    table = load(merged(rows, "A2:A3", "A4:A6"), "t.xlsx")
    assert table.rows == [("a", "one"), ("a", "two"), ("b", "three"), ("b", "four"), ("b", "five")]


def test_a_merged_title_and_a_header_of_two_merged_rows():
    rows = [("Survey", None, None), ("Topic", "Said", None), (None, "Message", "Remark"), ("a", "one", "x"),
            ("b", "two", "y"), ("a", "three", "z")]  # fmt: skip
    table = load(merged(rows, "A1:C1", "A2:A3", "B2:C2"), "t.xlsx")
    assert table.columns == ("Topic", "Message", "Remark")
    assert table.rows == rows[3:]


def test_merged_cells_that_cover_everything_fill_no_memory():
    raw = merged(ROWS, "A2:A3")
    sheet = _sheet(raw).replace(b'ref="A2:A3"', b'ref="A2:A1048576"')
    assert load(repacked(raw, xl__worksheets__sheet1_dot_xml=sheet), "t.xlsx").rows == [("hello", "a"), ("", "b")]


def test_strict_workbooks_are_workbooks():
    raw = workbook(Data=[*ROWS, (datetime.date(2024, 5, 1), "a")])
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(raw)) as old, zipfile.ZipFile(buffer, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            for kind in (b"spreadsheetml", b"officeDocument", b"drawingml"):
                content = content.replace(
                    b"http://schemas.openxmlformats.org/" + kind + b"/2006/",
                    b"http://purl.oclc.org/ooxml/" + kind + b"/",
                )
            new.writestr(name, content)
    assert load(buffer.getvalue(), "t.xlsx").rows == [*ROWS[1:], ("2024-05-01", "a")]


def test_a_row_far_below_or_to_the_right_does_not_take_forever():
    raw = workbook(Data=ROWS)
    far = _sheet(raw).replace(b'r="3"', b'r="99999999999"').replace(b'r="A3"', b'r="A99999999999"')
    with pytest.raises(DataError, match="Nearly all of the cells"):
        load(repacked(raw, xl__worksheets__sheet1_dot_xml=far), "t.xlsx", limits=Limits(cells=1000))


@pytest.mark.parametrize("bit", range(8))
def test_damaged_workbooks_are_read_or_refused_by_name(bit):
    """Each of these raises something else in zipfile, zlib, the XML parser or openpyxl."""
    raw = workbook(Data=[*ROWS, *((f"message {n}", "ab"[n % 2]) for n in range(50))])
    for at in range(0, len(raw), 61):
        damaged = bytearray(raw)
        damaged[at] ^= 1 << bit
        try:
            load(bytes(damaged), "t.xlsx")
        except DataError as error:
            assert "t.xlsx" in str(error)


def test_a_damaged_workbook_is_none_for_archives_either(tmp_path):
    raw = bytearray(workbook(Data=ROWS))
    raw[raw.rindex(b"PK\x05\x06") + 12] ^= 255
    (tmp_path / "t.xlsx").write_bytes(raw)
    source = open_path(tmp_path / "t.xlsx", Limits())
    with pytest.raises(DataError, match=r"'t\.xlsx' cannot be used\. The workbook is damaged"):
        propose(source, ReadOptions(), Limits())


def test_what_is_only_called_a_workbook_is_said():
    found = load_table(file_of("t.xlsx", b"\x00\x01damaged from the first byte on"), ReadOptions(), Limits())
    assert "It is called '.xlsx', but its content is something else" in str(found)
