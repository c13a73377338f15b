"""Tables that leave the program, row by row: CSV, and Excel workbooks. No cell of them runs as a formula."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeAlias

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

from core.storage import replacing

Cell: TypeAlias = str | float | None
"""Text, a number, or nothing."""

_BEGINS_A_FORMULA = tuple("=+-@\t\r")
_NUMBER = re.compile(r"[+-]?\d+([.,]\d+)*%?")
_EXACT_NUMBER = re.compile(r"-?(0|[1-9]\d*)(?:\.(\d+))?")
"""Written as a spreadsheet program would write it; "007", "+5" and "1,000" are perhaps no numbers."""
_MOST_DIGITS = 15
"""A spreadsheet program makes zeros of the others, as at the end of a long number of an account."""
_LONGEST_CELL = 32_767
"""Characters. Excel calls a workbook with a longer cell damaged."""


def inert(cell: Cell) -> Cell:
    """A cell of CSV that no spreadsheet program takes for a formula: before a text that begins like one stands an
    apostrophe (OWASP, "CSV Injection"). A number with its sign stays one."""
    if isinstance(cell, str) and cell.startswith(_BEGINS_A_FORMULA) and not _NUMBER.fullmatch(cell):
        return f"'{cell}"
    return cell


def csv_lines(rows: Iterable[Sequence[Cell]]) -> Iterator[bytes]:
    """The rows as UTF-8, in pieces, after the mark by which Excel knows that it is."""
    line = io.StringIO()
    writer = csv.writer(line)
    line.write("\ufeff")
    for row in rows:
        writer.writerow([inert(cell) for cell in row])
        yield line.getvalue().encode(errors="replace")
        line.seek(0)
        line.truncate()


def write_csv(path: Path, rows: Iterable[Sequence[Cell]]) -> None:
    """Write the rows as they come. StorageError where the disk refuses."""
    with replacing(path) as temporary, temporary.open("wb") as file:
        file.writelines(csv_lines(rows))


def write_workbook(path: Path, rows: Iterable[Sequence[Cell]]) -> None:
    """Write the rows as they come, onto the one sheet of an Excel workbook. StorageError where the disk refuses.

    A text that is a number becomes one, and looks as it did. Every other one is marked as text, so that none is a
    formula, and none becomes one when somebody edits its cell.
    """
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    try:
        for row in rows:
            sheet.append([_cell(sheet, value) for value in row])
    finally:
        sheet.close()  # else it complains when it is thrown away
    with replacing(path) as temporary:
        book.save(temporary)


def _cell(sheet: Any, value: Cell) -> WriteOnlyCell:
    number = _EXACT_NUMBER.fullmatch(value) if isinstance(value, str) and len(value) <= _MOST_DIGITS else None
    if number and value != "-0":
        cell = WriteOnlyCell(sheet, float(number[0]) if number[2] else int(number[0]))
        cell.number_format = f"0.{'0' * len(number[2])}" if number[2] else "0"
        return cell
    cell = WriteOnlyCell(sheet, _writable(value))
    if isinstance(value, str):
        cell.data_type = "s"
        cell.quotePrefix = value.startswith(_BEGINS_A_FORMULA)
    return cell


def _writable(value: Cell) -> Cell:
    """Without characters that XML cannot hold."""
    if not isinstance(value, str):
        return value
    whole = ILLEGAL_CHARACTERS_RE.sub("", value).encode(errors="replace").decode()
    return whole if len(whole) <= _LONGEST_CELL else whole[: _LONGEST_CELL - 1] + "…"
