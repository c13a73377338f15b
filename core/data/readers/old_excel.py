"""Excel workbooks of the old kind (.xls, until 2003)."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import xlrd

from core.data.readers.cells import cell_text
from core.data.readers.reading import ReadOptions
from core.data.readers.sheets import Sheet, read_sheets
from core.data.readers.table import Row, Table, TableFile
from core.errors import DataError
from core.limits import Limits
from core.messages import Message

_OLE = bytes.fromhex("d0cf11e0a1b11ae1")
_SAVE = Message("Open it in a spreadsheet program and save it as an Excel workbook (.xlsx) or as CSV.")


class OldWorkbook:
    """The format, told by content. What is protected by a password comes in the same wrapping."""

    suffixes = frozenset({".xls"})
    is_text = False

    def fits(self, file: TableFile, options: ReadOptions) -> bool:
        """DataError when it is protected."""
        if not file.raw.startswith(_OLE):
            return False
        if "EncryptedPackage".encode("utf-16-le") in file.raw:
            raise _protected()
        return any(name.encode("utf-16-le") in file.raw for name in ("Workbook", "Book\0"))

    def read(self, file: TableFile, options: ReadOptions, limits: Limits) -> Table | Message:
        try:
            book = xlrd.open_workbook(file_contents=file.raw, logfile=io.StringIO(), formatting_info=True)
            sheets = [_sheet(sheet, book.datemode, limits) for sheet in book.sheets() if sheet.nrows]
            return read_sheets(sheets, file, options, limits)
        except (DataError, MemoryError):
            raise
        except Exception as error:  # xlrd raises whatever the damage makes its parts raise
            if isinstance(error, xlrd.XLRDError) and "encrypted" in str(error):
                raise _protected() from error
            raise DataError(Message("The workbook is damaged, or older than can be read here."), _SAVE) from error


def _protected() -> DataError:
    return DataError(
        Message("It is protected by a password."),
        Message("Open it in a spreadsheet program, take the password away and save it again."),
    )


def _sheet(sheet: Any, datemode: int, limits: Limits) -> Sheet:
    below: dict[tuple[int, int], tuple[int, int]] = {}
    for top, bottom, left, _ in sheet.merged_cells:
        if len(below) + bottom - top <= limits.rows:
            below |= {(row, left): (top, left) for row in range(top + 1, min(bottom, sheet.nrows))}

    def rows() -> Iterator[Row]:
        for at in range(sheet.nrows):
            cells = [
                _text(sheet.cell(*below.get((at, column), (at, column))), datemode) for column in range(sheet.ncols)
            ]
            while cells and not cells[-1]:
                cells.pop()
            yield tuple(cells)

    return Sheet(sheet.name, rows, sheet.visibility != 0)


def _text(cell: Any, datemode: int) -> str:
    if cell.ctype == xlrd.XL_CELL_DATE:
        return cell_text(xlrd.xldate_as_datetime(cell.value, datemode))
    if cell.ctype == xlrd.XL_CELL_ERROR:
        return xlrd.error_text_from_code.get(cell.value, "#N/A")
    return cell_text(bool(cell.value) if cell.ctype == xlrd.XL_CELL_BOOLEAN else cell.value)
