"""Excel workbooks, and a plain word for the spreadsheets that cannot be read."""

from __future__ import annotations

import datetime
import io
import re
import zipfile
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

import openpyxl

from core.data.readers.layout import tabulated
from core.data.readers.reading import ReadOptions
from core.data.readers.table import Row, Table, TableFile
from core.errors import DataError
from core.limits import Limits, how_to_raise
from core.messages import Message, counted

_OLE = bytes.fromhex("d0cf11e0a1b11ae1")
_ZIP = b"PK\x03\x04"
_UNPACKED = 10
"""Times the limit for one table: so much larger may a workbook become when it is unpacked."""
_SAVE = Message("Open it in a spreadsheet program and save it as an Excel workbook (.xlsx) or as CSV.")


class Workbook:
    """The format, told by content, never by name.

    The table is that on the chosen sheet, or on the first that has two rows and enough columns. Formulas give the value
    that was last computed for them.
    """

    suffixes = frozenset({".xlsx", ".xlsm", ".xls", ".ods"})
    is_text = False

    def fits(self, file: TableFile, options: ReadOptions) -> bool:
        """True also for what a spreadsheet program writes as its own: DataError says that it cannot be read."""
        raw = file.raw
        if raw.startswith(_OLE):
            return _old_or_protected(raw)
        if not raw.startswith(_ZIP):
            return False
        try:
            with zipfile.ZipFile(io.BytesIO(raw)) as archive:
                names = set(archive.namelist())
                kind = archive.read("mimetype")[:100] if "mimetype" in names else b""
        except Exception:
            return False  # a damaged zip of any kind
        if b"opendocument.spreadsheet" in kind or "xl/workbook.bin" in names or "Index/Document.iwa" in names:
            raise DataError(Message("It is a spreadsheet of a kind that cannot be read here."), _SAVE)
        return "xl/workbook.xml" in names

    def read(self, file: TableFile, options: ReadOptions, limits: Limits) -> Table | Message:
        _check_unpacked(file.raw, limits)
        try:
            return _opened(file, options, limits)
        except (DataError, MemoryError):
            raise
        except Exception as error:  # openpyxl raises whatever the damage makes its parts raise
            raise DataError(Message("The workbook is damaged."), _SAVE) from error


def _old_or_protected(raw: bytes) -> bool:
    if "EncryptedPackage".encode("utf-16-le") in raw:
        raise DataError(
            Message("It is protected by a password."),
            Message("Open it in a spreadsheet program, take the password away and save it again."),
        )
    if "Workbook".encode("utf-16-le") in raw or "Book\0".encode("utf-16-le") in raw:
        raise DataError(Message("It is an Excel workbook of the old kind (.xls), which cannot be read here."), _SAVE)
    return False


def _check_unpacked(raw: bytes, limits: Limits) -> None:
    most = _UNPACKED * limits.table_megabytes * 1024**2
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        entries = archive.infolist()
        too_much = sum(entry.file_size for entry in entries) > most
        strings = sum(entry.file_size for entry in entries if entry.filename.endswith("sharedStrings.xml"))
        if too_much or strings * 4 > most or len(entries) > limits.files:
            raise DataError(
                Message("The workbook unpacks to far more than a table of messages would. Save the sheet as CSV."),
                how_to_raise("table_megabytes", 2 * limits.table_megabytes),
            )
        for entry in entries:  # a workbook never declares entities; a few lines of them can fill all memory
            if entry.filename.endswith((".xml", ".rels")):
                with archive.open(entry) as part:
                    if b"<!DOCTYPE" in part.read(4096):
                        raise DataError(
                            Message("The workbook holds something that no spreadsheet program writes."), _SAVE
                        )


def _opened(file: TableFile, options: ReadOptions, limits: Limits) -> Table | Message:
    book = openpyxl.load_workbook(io.BytesIO(file.raw), read_only=True, data_only=True, keep_links=False)
    sheets = {sheet.title: sheet for sheet in book.worksheets}
    title = _sheet(sheets, options.sheet, file.fewest)
    rows: list[Row] = []
    cells = 0
    for row in _rows(sheets[title]) if title is not None else ():
        rows.append(row)
        cells += len(row)
        limits.check_cells(file.name, cells)
        limits.check_rows(file.name, len(rows) - 1)
    if title is None or not _holds_a_table(iter(rows), file.fewest):
        if file.fewest < 2:
            return Message("No sheet with two rows was found in it ({sheets:list}).", sheets=tuple(sheets))
        return Message("No sheet with two rows and two columns was found in it ({sheets:list}).", sheets=tuple(sheets))
    notes = _formula_note(file.raw, title, rows)
    return tabulated(rows, options, {"structure": "table", "sheet": title}, {"sheet": list(sheets)}, notes)


def _sheet(sheets: Mapping[str, Any], wanted: str | None, fewest: int) -> str | None:
    """The sheet called `wanted`, or the first with a table on it, hidden ones last; None where there is none."""
    if wanted is None:
        shown_first = sorted(sheets, key=lambda title: sheets[title].sheet_state != "visible")
        return next((title for title in shown_first if _holds_a_table(_rows(sheets[title]), fewest)), None)
    folded = {title.strip().casefold(): title for title in sheets}
    title = wanted if wanted in sheets else folded.get(wanted.strip().casefold())
    if title is None:
        raise DataError(
            Message("The workbook has no sheet '{sheet}'.", sheet=wanted),
            Message("Its sheets are: {names:list}.", names=tuple(sheets)),
        )
    return title


def _rows(sheet: Any) -> Iterator[Row]:
    """The cells as text, row by row from the top; empty rows and cells at the end are none."""
    sheet.reset_dimensions()  # what a file says about its size is not to be believed
    waiting = 0
    for values in sheet.iter_rows(values_only=True):
        cells = [_text(value) for value in values]
        while cells and not cells[-1]:
            cells.pop()
        if not cells:
            waiting += 1
            continue
        yield from [()] * waiting
        waiting = 0
        yield tuple(cells)


def _holds_a_table(rows: Iterator[Row], fewest: int) -> bool:
    start = [row for row in islice(rows, 1000) if any(cell.strip() for cell in row)]
    return len(start) >= 2 and sum(len(row) >= fewest for row in start) >= 2


def _text(value: Any) -> str:
    """A cell as a person reads it: 1.0 is "1", a day is "2024-05-01", true is "TRUE"."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime.datetime):
        midnight = value.time() == datetime.time()
        return value.date().isoformat() if midnight else value.isoformat(sep=" ")
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    return re.sub(r"_x([0-9A-Fa-f]{4})_", _unescaped, str(value))


def _unescaped(match: re.Match[str]) -> str:
    """Excel spells characters that XML cannot hold as "_x000D_"; halves of characters stay spelt."""
    code = int(match[1], 16)
    return match[0] if 0xD800 <= code <= 0xDFFF else chr(code)


def _formula_note(raw: bytes, title: str, rows: list[Row]) -> tuple[Message, ...]:
    """A program other than Excel may write formulas without their values: those cells come in empty."""
    width = max(map(len, rows))
    if all(len(row) == width and all(row) for row in rows):
        return ()
    sheet = openpyxl.load_workbook(io.BytesIO(raw), read_only=True, keep_links=False)[title]
    sheet.reset_dimensions()
    missing = 0
    for row, cells in zip(rows, sheet.iter_rows(), strict=False):
        for at, cell in enumerate(cells):
            if cell.data_type == "f" and not (row[at] if at < len(row) else ""):
                missing += 1
    if not missing:
        return ()
    note = counted(
        "In one cell there is a formula whose result is not in the file; that was read as empty. Open the workbook in "
        "a spreadsheet program and save it, then read it again.",
        "In {n} cells there is a formula whose result is not in the file; that was read as empty. Open the workbook in "
        "a spreadsheet program and save it, then read it again.",
        n=missing,
    )
    return (note,)
