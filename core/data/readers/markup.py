"""Tables written with tags: web pages that are called .xls, Excel's XML of 2003, and OpenDocument spreadsheets.

Only their tags for tables are looked at, in one pass and without building a tree; nothing else in them is followed.
"""

from __future__ import annotations

import html
import io
import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from core.data.readers.cells import Number
from core.data.readers.reading import ReadOptions
from core.data.readers.sheets import Sheet, read_sheets
from core.data.readers.table import Row, Table, TableFile
from core.data.readers.whole_markup import check_tree
from core.errors import DataError
from core.limits import Limits, how_to_raise
from core.messages import Message

_PAGE = re.compile(
    r"\s*(<\?xml[^>]*>\s*)?(<!--|<!doctype html|<html|<head|<meta|<body|<table|<style|<div)", re.IGNORECASE
)
_TREE_OF_A_SHEET = re.compile(
    r"<(?:\w+:)?Workbook[^>]*urn:schemas-microsoft-com:office:spreadsheet"
    r"|<office:document\b[^>]*urn:oasis:names:tc:opendocument:xmlns:office"
)
_MAIL = re.compile(r"(mime-version|from|content-type):", re.IGNORECASE)
_BEGINNING = 4096

_TAG = re.compile(
    r"<(/?)(?:[a-z]+:)?(table|worksheet|tr|row|table-row|td|th|cell|table-cell|covered-table-cell|br|p|div|li|line-break)"
    r"(?=[\s/>])([^<>]*)>",
    re.IGNORECASE,
)
_BLANK = re.compile(r"<text:(?:s|tab)\b[^<>]*>")
_ANY_TAG = re.compile(r"<[^<>]*>")
_ATTRIBUTE = re.compile(r"([\w:-]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+))")
_HIDDEN = {
    "<!--": "-->", "<script": "</script>", "<style": "</style>", "<office:annotation": "</office:annotation>",
}  # fmt: skip
_ROLES = {
    "table": "table", "worksheet": "table", "tr": "row", "row": "row", "table-row": "row",
    "td": "cell", "th": "cell", "cell": "cell", "table-cell": "cell", "covered-table-cell": "covered",
}  # fmt: skip
_FRAME = re.compile(r"\b(row|column)-headers?\b|\bfreezebar-cell\b")
"""Classes of the cells that Google puts around a sheet: the letters of its columns, the numbers of its rows."""
_BREAKS = frozenset({"br", "p", "div", "li", "line-break"})
_MOST_EMPTY = 1000
"""Times that an empty row or cell may be repeated: OpenDocument fills a sheet to its edge with them."""
_MOST_TABLES = 1000
_LONGEST_TAG = 2000
"""Characters of a tag that are looked at."""
_UNPACKED = 10
_FROM_PAGE = Message("It is a web page (HTML) with a table on it; the table was read.")
_BREAKS_OFF = Message("It breaks off inside a table, so rows are probably missing. Save or download it once more.")
_SAVE = Message("Open it in a spreadsheet program and save it as an Excel workbook (.xlsx) or as CSV.")


class MarkedUp:
    """The format: a text, whatever it is called. What stands in a row at its beginning says what it is."""

    suffixes = frozenset({".fods"})
    is_text = True

    def fits(self, file: TableFile, options: ReadOptions) -> bool:
        if options.structure == "lines" or options.delimiter is not None:
            return False
        beginning = file.text[:_BEGINNING]
        if file.suffix == ".xls" and _MAIL.match(beginning):
            raise DataError(Message("It is a web page (MHTML) that is only called a workbook."), _SAVE)
        return bool(_TREE_OF_A_SHEET.search(beginning) or (_PAGE.match(beginning) and _TAG.search(file.text)))

    def read(self, file: TableFile, options: ReadOptions, limits: Limits) -> Table | Message:
        if _TREE_OF_A_SHEET.search(file.text[:_BEGINNING]):
            return _of_tree(file.text, file, options, limits)
        return _table(file.text, file, options, limits, _FROM_PAGE)


class OpenDocument:
    """The format of LibreOffice's spreadsheets."""

    suffixes = frozenset({".ods"})
    is_text = False

    def fits(self, file: TableFile, options: ReadOptions) -> bool:
        """Its first entry says so, without packing."""
        is_called_so = file.suffix in self.suffixes  # packed anew, its first entry may be another one
        return file.raw.startswith(b"PK\x03\x04") and (is_called_so or b"opendocument.spreadsheet" in file.raw[:200])

    def read(self, file: TableFile, options: ReadOptions, limits: Limits) -> Table | Message:
        return _of_tree(_content(file, limits), file, options, limits)


def _of_tree(text: str, file: TableFile, options: ReadOptions, limits: Limits) -> Table | Message:
    wrong = check_tree(text)
    return _table(text, file, options, limits, *([wrong] if wrong else []))


def _table(text: str, file: TableFile, options: ReadOptions, limits: Limits, *notes: Message) -> Table | Message:
    """`notes` are about all of it."""
    tables = _Tables(file.name, limits)
    tables.take(text)
    if tables.breaks_off:
        notes = (*notes, _BREAKS_OFF)
    if not tables.found:
        return Message("It is a web page (HTML), and there is no table on it.")
    called: dict[str, Sheet] = {}
    for number, one in enumerate(tables.found, start=1):
        title = one.title or f"table {number}"
        title = title if title not in called else f"{title} {number}"
        called[title] = Sheet(title, one.rows.__iter__)
    table = read_sheets(list(called.values()), file, options, limits)
    return table if isinstance(table, Message) else replace(table, notes=(*notes, *table.notes))


def _content(file: TableFile, limits: Limits) -> str:
    try:
        with zipfile.ZipFile(io.BytesIO(file.raw)) as archive:
            manifest = archive.read("META-INF/manifest.xml") if "META-INF/manifest.xml" in archive.namelist() else b""
            if b"encryption-data" in manifest:
                raise DataError(
                    Message("It is protected by a password."),
                    Message("Open it in a spreadsheet program, take the password away and save it again."),
                )
            if archive.getinfo("content.xml").file_size > _UNPACKED * limits.table_megabytes * 1024**2:
                raise DataError(
                    Message("The workbook unpacks to far more than a table of messages would. Save the sheet as CSV."),
                    how_to_raise("table_megabytes", 2 * limits.table_megabytes),
                )
            return archive.read("content.xml").decode("utf-8")
    except (DataError, MemoryError):
        raise
    except Exception as error:  # a zip raises whatever its damage makes it raise
        raise DataError(Message("The workbook is damaged."), _SAVE) from error


# --- tags ----------------------------------------------------------------------------------------------------------


@dataclass
class _Found:
    """One table. `spans` are cells of rows above that reach further down: column, text, and rows that are left.
    `is_frame`: the cell, or all of the row so far, belongs to the window that the table was shown in.
    """

    title: str
    rows: list[Row] = field(default_factory=list)
    row: list[str] | None = None
    spans: dict[int, tuple[str, int]] = field(default_factory=dict)
    repeated: int = 1
    cell: Mapping[str, str] | None = None
    is_covered: bool = False
    is_frame: bool = False
    text: list[str] = field(default_factory=list)


class _Tables:
    """Takes tables out of markup; one inside another is a table of its own. `breaks_off`: the last one has no end."""

    def __init__(self, name: str, limits: Limits) -> None:
        self.found: list[_Found] = []
        self._open: list[_Found] = []
        self._name, self._limits = name, limits
        self._cells = 0
        self.breaks_off = False

    def take(self, text: str) -> None:
        """DataError when there are more cells than the limit."""
        text = visible(text)
        at = 0
        for tag in _TAG.finditer(text):
            self._say(text[at : tag.start()])
            at = tag.end()
            name = tag[2].lower()
            if name in _BREAKS:
                self._say_break(tag[1] == "/" or name in ("br", "line-break"))
                continue
            self._step(_ROLES[name], tag[1] == "/", tag[3])
        self.breaks_off = bool(self._open)
        while self._open:
            self._close()

    def _say(self, text: str) -> None:
        if self._open and self._open[-1].cell is not None and text:
            self._open[-1].text.append(html.unescape(" ".join(_ANY_TAG.sub("", _BLANK.sub(" ", text)).split())))

    def _say_break(self, is_end: bool) -> None:
        if is_end and self._open and self._open[-1].cell is not None:
            self._open[-1].text.append("\n")

    def _step(self, role: str, is_end: bool, said: str) -> None:
        alone = said.rstrip().endswith("/")
        attributes = {} if is_end else _attributes(said)
        if role == "table":
            if is_end:
                self._close()
            elif not (self._open and self._open[-1].row is None and not self._open[-1].rows and self._open[-1].title):
                self._open.append(_Found(attributes.get("name", "")))  # the Table in a Worksheet is no other
                if len(self.found) < _MOST_TABLES:
                    self.found.append(self._open[-1])
            return
        if not self._open:
            return
        table = self._open[-1]
        if role == "row":
            self._end_row(table)
            if not is_end:
                table.row, table.repeated = [], _number(attributes.get("number-rows-repeated"), 1)
                table.is_frame = False
                for _ in range(min(_number(attributes.get("index"), 0) - len(table.rows) - 1, _MOST_EMPTY)):
                    table.rows.append(())
                if alone:
                    self._end_row(table)
        elif is_end:
            self._end_cell(table)
        else:
            self._end_cell(table)
            table.row = [] if table.row is None else table.row
            table.cell, table.is_covered = attributes, role == "covered"
            table.is_frame = _FRAME.search(attributes.get("class", "")) is not None
            if alone:
                self._end_cell(table)

    def _end_cell(self, table: _Found) -> None:
        if table.cell is None or table.row is None:
            return
        about, table.cell = table.cell, None
        text, table.text = _value(about) or _tidy("".join(table.text)), []
        row = table.row
        if table.is_frame:
            return
        again = min(_number(about.get("number-columns-repeated"), 1), self._limits.columns if text else _MOST_EMPTY)
        if table.is_covered:  # by a cell above, or by one before
            for _ in range(again):
                self._append(row, self._from_above(table, len(row)))
            return
        start = min(_number(about.get("index"), 0) - 1, self._limits.columns)
        while len(row) < start or len(row) in table.spans:
            self._append(row, self._from_above(table, len(row)))
        wide = _number(about.get("colspan"), 1) + _number(about.get("mergeacross"), 0)
        tall = _number(about.get("rowspan") or about.get("number-rows-spanned"), _number(about.get("mergedown"), 0) + 1)
        if tall > 1 and text:
            table.spans[len(row)] = (text, min(tall, self._limits.rows))
        for value in [text] * again + [""] * min(wide - 1, _MOST_EMPTY):
            self._append(row, value)

    def _from_above(self, table: _Found, column: int) -> str:
        text, left = table.spans.get(column, ("", 0))
        if left <= 2:
            table.spans.pop(column, None)
        else:
            table.spans[column] = (text, left - 1)
        return text

    def _append(self, row: list[str], text: str) -> None:
        row.append(text)
        self._cells += 1
        self._limits.check_cells(self._name, self._cells)

    def _end_row(self, table: _Found) -> None:
        self._end_cell(table)
        if table.row is None:
            return
        row, table.row = table.row, None
        if table.is_frame and not row:
            return
        for column in sorted(column for column in table.spans if column >= len(row)):
            row += [""] * (column - len(row))
            row.append(self._from_above(table, column))
        while row and not row[-1].strip():
            row.pop()
        for _ in range(min(table.repeated, self._limits.rows + 1 if row else _MOST_EMPTY)):
            table.rows.append(tuple(row))
            self._cells += len(row)
            self._limits.check_cells(self._name, self._cells)

    def _close(self) -> None:
        if self._open:
            table = self._open.pop()
            self._end_row(table)
            while table.rows and not table.rows[-1]:
                table.rows.pop()


def visible(text: str) -> str:
    """Without comments, scripts and styles; one that is never closed ends the page."""
    low = text.lower()
    pieces, at = [], 0
    while True:
        starts = [(start, end) for opening, end in _HIDDEN.items() if (start := low.find(opening, at)) >= 0]
        if not starts:
            break
        start, closing = min(starts)
        pieces.append(text[at:start])
        end = low.find(closing, start)
        if end < 0:
            return "".join(pieces)
        at = end + len(closing)
    return "".join((*pieces, text[at:]))


def _attributes(said: str) -> dict[str, str]:
    """By their small names without what says whose they are: "ss:Index" is "index"."""
    return {
        name.rpartition(":")[2].lower(): html.unescape(next(filter(None, values), ""))
        for name, *values in _ATTRIBUTE.findall(said[:_LONGEST_TAG])
    }


def _value(about: Mapping[str, str]) -> str:
    """What OpenDocument says beside the text that is shown: the whole number, and the day in one order."""
    kind = about.get("value-type")
    if kind == "float":
        said = about.get("value", "")
        return Number(said) if "." in said else said
    return about.get("date-value", "").removesuffix("T00:00:00") if kind == "date" else ""


def _number(said: str | None, default: int) -> int:
    return int(said) if said and said.isdecimal() and len(said) < 8 else default


def _tidy(text: str) -> str:
    lines = [" ".join(line.split()) for line in text.split("\n")]
    return "\n".join(lines).strip()
