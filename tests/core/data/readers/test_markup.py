"""Tables made of tags: web pages called .xls, Excel's XML of 2003, OpenDocument."""

from __future__ import annotations

import io
import zipfile

import pytest

from core.errors import DataError
from core.limits import Limits
from tests.core.data.readers.making import load, pairs, read, skips

ROWS = [("Message", "Topic"), ("the soup was cold", "food"), ("my book is lost", "school")]


def page(rows=ROWS, head: str = "", tag: str = "td") -> str:
    body = "".join("<tr>" + "".join(f"<{tag}>{cell}</{tag}>" for cell in row) + "</tr>" for row in rows)
    return f"<html><head>{head}</head><body><table border='1'>{body}</table></body></html>"


@pytest.mark.parametrize("name", ["grades.xls", "page.html", "t.csv"])
def test_a_web_page_with_a_table_is_read_and_it_is_said(name):
    reading, items = read({name: page()})
    assert pairs(items) == ROWS[1:]
    assert "web page (HTML)" in str(reading.notes[0])
    assert reading.proposal["encoding"] == "utf-8"


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("a &amp; b &lt;3 &eacute;", "a & b <3 é"), ("<b>bo</b>ld <i>text</i>", "bold text"), 
        ("one<br>two", "one\ntwo"), (" a\n  b&nbsp;", "a b"), ("<p>one</p><p>two</p>", "one\ntwo"),
        ("<!-- no -->yes", "yes"),
        ("<script>var a = '<td>'</script>yes", "yes"), ("5 < 6", "5 < 6"),
    ],
)  # fmt: skip
def test_cells_are_what_a_browser_shows(cell, text):
    assert load(page([*ROWS, (cell, "food")]), "t.xls").rows[-1] == (text, "food")


def test_cells_over_several_rows_and_columns():
    table = load(
        "<table><tr><th colspan=3>Survey</th></tr><tr><th>Topic</th><th>Message</th><th>Nr</th></tr>"
        "<tr><td rowspan=2>food</td><td>one</td><td>1</td></tr><tr><td>two</td><td>2</td></tr>"
        "<tr><td>school</td><td>three<td>3</tr></table>",
        "t.xls",
    )
    assert table.rows == [("food", "one", "1"), ("food", "two", "2"), ("school", "three", "3")]


def test_the_table_is_found_among_those_that_make_the_layout():
    menu = "<table><tr><td>Home</td></tr><tr><td>" + page() + "</td></tr></table>"
    assert load("<!DOCTYPE html>" + menu, "t.xls").rows == ROWS[1:]


def test_pages_of_one_table_are_read_together():
    assert [text for text, _ in pairs(read({"t.xls": page() + page()})[1])] == [ROWS[1][0], ROWS[2][0]] * 2


def test_what_a_page_says_of_its_encoding_is_believed():
    rows = [*ROWS, ("größer", "food"), ("schön", "school")]
    raw = page(rows, "<meta charset='iso-8859-1'>").encode("cp1252")
    reading, items = read({"t.xls": raw})
    assert pairs(items)[2][0] == "größer" and reading.proposal["encoding"] == "cp1252"


def test_a_page_without_a_table_says_html():
    with pytest.raises(AssertionError):
        read({"t.xls": "<html><body><p>Please log in.</p></body></html>"})
    with pytest.raises(DataError, match="MHTML"):
        load("MIME-Version: 1.0\nContent-Type: multipart/related\n\n" + page(), "t.xls")


EXCEL_2003 = """<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?>
<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet">
<Worksheet ss:Name="Data"><Table>
<Row><Cell><Data ss:Type="String">Topic</Data></Cell><Cell><Data>Message</Data></Cell></Row>
<Row ss:Index="3"><Cell ss:MergeDown="1"><Data>food</Data></Cell><Cell><Data>one &amp; two</Data></Cell></Row>
<Row><Cell ss:Index="2"><Data>three</Data></Cell></Row>
<Row><Cell><Data>school</Data></Cell><Cell><Data>four</Data></Cell></Row>
</Table></Worksheet><Worksheet ss:Name="Empty"><Table/></Worksheet></Workbook>"""


def test_excels_xml_of_2003():
    table = load(EXCEL_2003, "t.xls")
    assert table.rows == [(), ("food", "one & two"), ("food", "three"), ("school", "four")]
    assert (table.how["sheet"], table.notes) == ("Data", ())


def document(rows: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo("mimetype"), "application/vnd.oasis.opendocument.spreadsheet")
        content = (
            f'<office:document-content><table:table table:name="Data">{rows}</table:table></office:document-content>'
        )
        archive.writestr("content.xml", content)
    return buffer.getvalue()


def cell(text: str, more: str = "") -> str:
    return f"<table:table-cell {more}><text:p>{text}</text:p></table:table-cell>"


HEAD = '<table:table-column table:number-columns-repeated="2"/><table:table-row>' + cell("Topic") + cell("Message")
OPEN_DOCUMENT = (
    HEAD + '<table:table-cell table:number-columns-repeated="16382"/></table:table-row>'
    + "<table:table-row>" + cell("food", 'table:number-rows-spanned="2"') + cell("one<text:s/>more")
    + "</table:table-row>"
    + "<table:table-row><table:covered-table-cell/>" + cell("two") + "</table:table-row>"
    + "<table:table-row>" + cell("school") + cell("3,50", 'office:value-type="float" office:value="3.5"')
    + '</table:table-row><table:table-row table:number-rows-repeated="1048572"><table:table-cell/></table:table-row>'
)  # fmt: skip


def test_open_document_spreadsheets():
    table = load(document(OPEN_DOCUMENT), "t.ods")
    assert table.columns == ("Topic", "Message")
    assert table.rows == [("food", "one more"), ("food", "two"), ("school", "3.5")]
    assert skips(read({"t.ods": document(OPEN_DOCUMENT)})[1]) == []


def test_damaged_documents_are_read_or_refused_by_name():
    raw = document(OPEN_DOCUMENT)
    for at in range(0, len(raw), 5):
        damaged = bytearray(raw)
        damaged[at] ^= 1 << at % 8
        try:
            load(bytes(damaged), "t.ods")
        except DataError as error:
            assert "t.ods" in str(error)


@pytest.mark.parametrize(
    "content",
    [
        "<table>" * 10_000, "<table><tr>" + "<td rowspan=60000 colspan=1000>x" * 2000,
        "<table><tr><td " + "a" * 500_000 + ">",
        "<table>" + "<!--" * 100_000, "<table>" + "<" * 500_000, "<table><tr><td>" + "&" * 500_000,
        "<table><tr><td index=9999999>x" * 50, "<table><tr number-rows-repeated=9999999><td>x<td>y</tr>",
    ],
    ids=["tables", "spans", "long tag", "comments", "brackets", "entities", "index", "repeated"],
)  # fmt: skip
def test_the_worst_shapes_are_read_or_refused(content):
    try:
        load(content, "t.xls", limits=Limits(cells=100_000))
    except DataError as error:
        assert "t.xls" in str(error)


NINE = [(f"text {n}", "ab"[n % 2]) for n in range(9)]
SHEET = document("".join(f"<table:table-row>{cell(text)}{cell(label)}</table:table-row>" for text, label in NINE))


def cut(raw: bytes, share: float) -> bytes:
    """The document packed anew with only the beginning of its rows."""
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts["content.xml"] = parts["content.xml"][: int(len(parts["content.xml"]) * share)]
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return buffer.getvalue()


XML_2003 = (
    '<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"><Worksheet><Table>'
    + "".join(f"<Row><Cell><Data>{text}</Data></Cell><Cell><Data>{label}</Data></Cell></Row>" for text, label in NINE)
    + "</Table></Worksheet></Workbook>"
)


@pytest.mark.parametrize("share", [0.5, 0.7, 0.9])
def test_a_sheet_that_breaks_off_is_refused_and_loses_no_rows_in_silence(share):
    for name, content in (("t.ods", cut(SHEET, share)), ("t.xls", XML_2003[: int(len(XML_2003) * share)])):
        with pytest.raises(DataError, match="breaks off before its end"):
            load(content, name)


def test_what_is_wrong_in_the_middle_of_a_tree_is_said():
    table = load(XML_2003.replace("text 4", "salt & vinegar"), "t.xls")
    assert len(table.rows) == 9 and "damaged; look whether all rows are there" in str(table.notes[0])


def test_a_page_that_breaks_off_inside_a_table_says_so():
    table = load(page(ROWS * 3).partition("</table>")[0], "t.xls")
    assert any("breaks off inside a table" in str(note) for note in table.notes)
    assert not any("breaks off" in str(note) for note in load(page(ROWS * 3), "t.xls").notes)


def test_entities_are_never_unfolded():
    bomb = '<!DOCTYPE a [<!ENTITY b "' + "x" * 100 + '"><!ENTITY c "' + "&b;" * 100 + '">]>'
    with pytest.raises(DataError, match="no spreadsheet program writes"):
        load(XML_2003.replace("?><Work", f"?>{bomb}<Work").replace("text 4", "&c;" * 100), "t.xls")


def test_the_frame_that_google_puts_around_a_sheet_is_no_part_of_it():
    number = '<th class="row-headers-background"><div class="row-header-wrapper">{}</div></th>'
    letters = '<tr><th class="row-header freezebar-origin-ltr"></th><th class="column-headers-background">A</th></tr>'
    bar = '<tr><th class="freezebar-cell freezebar-horizontal-handle"></th><td class="freezebar-cell"></td></tr>'
    rows = [f"<tr>{number.format(n)}<td>{text}</td><td>{label}</td></tr>" for n, (text, label) in enumerate(ROWS)]
    table = load(f'<meta charset="utf-8"><table>{letters}{rows[0]}{bar}{"".join(rows[1:])}</table>', "Form.html")
    assert (table.columns, table.rows) == (ROWS[0], ROWS[1:])
