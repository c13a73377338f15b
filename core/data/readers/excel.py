"""Excel workbooks, and a plain word for the spreadsheets that cannot be read."""

from __future__ import annotations

import datetime
import io
import re
import zipfile
from collections.abc import Iterator
from itertools import islice
from typing import Any

import openpyxl

from core.data.readers.delimited import tabulated
from core.data.readers.options import ReadOptions
from core.data.readers.table import Row, Table, check_rows
from core.errors import DataError
from core.limits import Limits

_OLE = bytes.fromhex("d0cf11e0a1b11ae1")
_ZIP = b"PK\x03\x04"
_UNPACKED = 10
"""Times the limit for one table: so much larger may a workbook become when it is unpacked."""
_SAVE = "Open it in a spreadsheet program and save it as an Excel workbook (.xlsx) or as CSV."


def is_workbook(raw: bytes) -> bool:
    """True for everything that a spreadsheet program writes as its own, told by content, never by name.

    DataError for those that cannot be read: old ones, protected ones, other programs'.
    """
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
        raise DataError("It is a spreadsheet of a kind that cannot be read here.", _SAVE)
    return "xl/workbook.xml" in names


def _old_or_protected(raw: bytes) -> bool:
    if "EncryptedPackage".encode("utf-16-le") in raw:
        raise DataError(
            "It is protected by a password.",
            "Open it in a spreadsheet program, take the password away and save it again.",
        )
    if "Workbook".encode("utf-16-le") in raw or "Book\0".encode("utf-16-le") in raw:
        raise DataError("It is an Excel workbook of the old kind (.xls), which cannot be read here.", _SAVE)
    return False


def read_workbook(raw: bytes, name: str, options: ReadOptions, limits: Limits) -> Table | None:
    """The table on the chosen sheet, or on the first that has two rows and two columns; None without one.

    Formulas give the value that was last computed for them. DataError when the workbook is damaged or too large.
    """
    _check_unpacked(raw, limits)
    try:
        return _opened(raw, name, options, limits)
    except (DataError, MemoryError):
        raise
    except Exception as error:  # openpyxl raises whatever the damage makes its parts raise
        raise DataError("The workbook is damaged.", _SAVE) from error


def _check_unpacked(raw: bytes, limits: Limits) -> None:
    most = _UNPACKED * limits.table_megabytes * 1024**2
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        entries = archive.infolist()
        too_much = sum(entry.file_size for entry in entries) > most
        strings = sum(entry.file_size for entry in entries if entry.filename.endswith("sharedStrings.xml"))
        if too_much or strings * 4 > most or len(entries) > limits.files:
            raise DataError(
                "The workbook unpacks to far more than a table of messages would.",
                'Save the sheet as CSV, or raise "table_megabytes" in settings.json.',
            )
        for entry in entries:  # a workbook never declares entities; a few lines of them can fill all memory
            if entry.filename.endswith((".xml", ".rels")):
                with archive.open(entry) as part:
                    if b"<!DOCTYPE" in part.read(4096):
                        raise DataError("The workbook holds something that no spreadsheet program writes.", _SAVE)


def _opened(raw: bytes, name: str, options: ReadOptions, limits: Limits) -> Table | None:
    book = openpyxl.load_workbook(io.BytesIO(raw), read_only=True, data_only=True, keep_links=False)
    sheets = {sheet.title: sheet for sheet in book.worksheets}
    if options.sheet is not None:
        folded = {title.strip().casefold(): title for title in sheets}
        title = options.sheet if options.sheet in sheets else folded.get(options.sheet.strip().casefold())
        if title is None:
            raise DataError(f"The workbook has no sheet '{options.sheet}'.", f"Its sheets are: {', '.join(sheets)}.")
    else:
        shown_first = sorted(sheets, key=lambda title: sheets[title].sheet_state != "visible")
        title = next((title for title in shown_first if _holds_a_table(_rows(sheets[title]))), None)
        if title is None:
            return None
    rows: list[Row] = []
    for row in _rows(sheets[title]):
        rows.append(row)
        check_rows(name, len(rows) - 1, limits)
    if not _holds_a_table(iter(rows)):
        return None
    notes = _formula_note(raw, title, rows)
    return tabulated(rows, options.header, {"structure": "table", "sheet": title}, {"sheet": list(sheets)}, notes)


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


def _holds_a_table(rows: Iterator[Row]) -> bool:
    start = [row for row in islice(rows, 1000) if any(cell.strip() for cell in row)]
    return len(start) >= 2 and sum(len(row) >= 2 for row in start) >= 2


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


def _formula_note(raw: bytes, title: str, rows: list[Row]) -> tuple[str, ...]:
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
    return (
        f"In {'one cell' if missing == 1 else f'{missing:,} cells'} there is a formula whose result is not in the file;"
        " that was read as empty. "
        "Open the workbook in a spreadsheet program and save it, then read it again.",
    )
