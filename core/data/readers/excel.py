"""Excel workbooks since 2007, and a plain word for the spreadsheets that cannot be read."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import openpyxl
from openpyxl.utils import column_index_from_string

from core.data.readers.cells import cell_text
from core.data.readers.reading import ReadOptions
from core.data.readers.sheets import Sheet, read_sheets
from core.data.readers.table import Row, Table, TableFile
from core.errors import DataError
from core.limits import Limits, how_to_raise
from core.messages import Message, counted

_ZIP = b"PK\x03\x04"
_UNPACKED = 10
"""Times the limit for one table: so much larger may a workbook become when it is unpacked."""
_SPARSEST = 10
"""Times the limit for cells: so many may be there with the empty ones."""
_PIECE = 1024**2
_LONGEST_TAG = 500
_MERGED = re.compile(
    rb"<(?:\w+:)?mergeCell\s[^>]*?ref\s*=\s*[\"']\$?([A-Z]{1,3})\$?(\d{1,7}):\$?[A-Z]{1,3}\$?(\d{1,7})[\"']"
)
_FORMULA = re.compile(rb"<(?:\w+:)?f[\s/>]")
_STRICT = b"http://purl.oclc.org/ooxml/"
_STRICT_NAME = re.compile(rb"http://purl\.oclc\.org/ooxml/(\w+)/")
_WHOLE = Message("Copy or download it once more. If a spreadsheet program still opens it, save it again there.")
_FROM_NUMBERS = Message("In Numbers, choose File > Export To > Excel (or CSV), and choose what comes out of it.")
_SAVE = Message("Open it in a spreadsheet program and save it as an Excel workbook (.xlsx) or as CSV.")


@dataclass(frozen=True, slots=True)
class _Block:
    """Merged cells: the column of their value, from 0, and their last row, from 1."""

    column: int
    last: int


class Workbook:
    """The format, told by content, never by name. Formulas give the value that was last computed for them."""

    suffixes = frozenset({".xlsx", ".xlsm"})
    is_text = False

    def fits(self, file: TableFile, options: ReadOptions) -> bool:
        """True also for what a spreadsheet program writes as its own: DataError says that it cannot be read."""
        raw = file.raw
        if not raw.startswith(_ZIP):
            return False
        try:
            with zipfile.ZipFile(io.BytesIO(raw)) as archive:
                names = set(archive.namelist())
        except Exception as error:  # a damaged zip of any kind
            if file.suffix in self.suffixes:
                raise DataError(Message("The workbook is damaged."), _WHOLE) from error
            return False
        if "xl/workbook.bin" in names:
            raise DataError(Message("It is a binary Excel workbook (.xlsb), which cannot be read here."), _SAVE)
        if "Index/Document.iwa" in names and file.suffix not in (".pages", ".key"):
            raise DataError(Message("It is a spreadsheet of Numbers, which cannot be read here."), _FROM_NUMBERS)
        return "xl/workbook.xml" in names

    def read(self, file: TableFile, options: ReadOptions, limits: Limits) -> Table | Message:
        try:
            _check_unpacked(file.raw, limits)
            return _opened(file, options, limits)
        except (DataError, MemoryError):
            raise
        except Exception as error:  # zip, XML and openpyxl raise whatever the damage makes them raise
            raise DataError(Message("The workbook is damaged."), _WHOLE) from error


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


def _transitional(raw: bytes) -> bytes:
    """A workbook saved as "Strict Open XML" with the names that openpyxl knows; any other as it is."""
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        if _STRICT not in archive.read("xl/workbook.xml")[:_PIECE]:
            return raw
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as renamed:
            for entry in archive.infolist():
                with archive.open(entry) as old, renamed.open(entry.filename, "w") as new:
                    new.write(_STRICT_NAME.sub(rb"http://schemas.openxmlformats.org/\1/2006/", old.read(_PIECE)))
                    while piece := old.read(_PIECE):
                        new.write(piece)
        return buffer.getvalue()


def _opened(file: TableFile, options: ReadOptions, limits: Limits) -> Table | Message:
    raw = _transitional(file.raw)
    book = openpyxl.load_workbook(io.BytesIO(raw), read_only=True, data_only=True, keep_links=False)

    @cache
    def formulas() -> Any:
        return openpyxl.load_workbook(io.BytesIO(raw), read_only=True, keep_links=False)

    return read_sheets([_sheet(one, formulas, limits) for one in book.worksheets], file, options, limits)


def _sheet(sheet: Any, formulas: Callable[[], Any], limits: Limits) -> Sheet:
    """One sheet of a workbook with the values that its formulas had; `formulas` opens the same with the formulas."""
    sheet.reset_dimensions()  # what a file says about its size is not to be believed
    blocks, has_formulas = _behind_the_rows(sheet, limits)
    return Sheet(
        sheet.title,
        lambda: _rows(sheet, blocks, limits),
        sheet.sheet_state != "visible",
        lambda rows: _formula_note(formulas()[sheet.title], rows) if has_formulas else (),
    )


def _behind_the_rows(sheet: Any, limits: Limits) -> tuple[dict[int, list[_Block]], bool]:
    """The blocks of merged cells that have several rows, by the row in which they begin; and if there are formulas.

    Merged cells stand behind the rows in the file, and openpyxl forgets them where it reads row by row.
    """
    blocks: dict[int, list[_Block]] = {}
    covered, has_formulas = 0, False
    with sheet.parent._archive.open(sheet._worksheet_path) as part:
        rest = b""
        while piece := part.read(_PIECE):
            text = rest + piece
            has_formulas = has_formulas or _FORMULA.search(text) is not None
            for found in _MERGED.finditer(text):
                first, last = int(found[2]), int(found[3])
                covered += last - first
                if first < last and covered <= limits.rows:
                    blocks.setdefault(first, []).append(_Block(column_index_from_string(found[1].decode()) - 1, last))
            rest = text[max(text.rfind(b">") + 1, len(text) - _LONGEST_TAG) :]
    return blocks, has_formulas


def _rows(sheet: Any, blocks: Mapping[int, Sequence[_Block]], limits: Limits) -> Iterator[Row]:
    """The cells as text, row by row from the top; empty rows and cells at the end are none.

    The value of a merged block stands in each of its rows. DataError when nearly all cells are empty.
    """
    waiting = seen = 0
    open_blocks: list[tuple[_Block, str]] = []
    for number, values in enumerate(sheet.iter_rows(values_only=True), start=1):
        seen += len(values) + 1
        if seen > _SPARSEST * limits.cells:
            raise DataError(Message("Nearly all of the cells that the workbook speaks of are empty."), _SAVE)
        cells = [_text(value) for value in values]
        if open_blocks or number in blocks:
            open_blocks = [(block, value) for block, value in open_blocks if number <= block.last]
            for block, value in open_blocks:
                cells += [""] * (block.column + 1 - len(cells))
                cells[block.column] = cells[block.column] or value
            open_blocks += [(b, cells[b.column]) for b in blocks.get(number, ()) if b.column < len(cells)]
        while cells and not cells[-1]:
            cells.pop()
        if not cells:
            waiting += 1
            continue
        yield from [()] * waiting
        waiting = 0
        yield tuple(cells)


def _text(value: Any) -> str:
    text = cell_text(value)
    return re.sub(r"_x([0-9A-Fa-f]{4})_", _unescaped, text) if "_x" in text else text


def _unescaped(match: re.Match[str]) -> str:
    """Excel spells characters that XML cannot hold as "_x000D_"; halves of characters stay spelt."""
    code = int(match[1], 16)
    return match[0] if 0xD800 <= code <= 0xDFFF else chr(code)


def _formula_note(sheet: Any, rows: Sequence[Row]) -> tuple[Message, ...]:
    """A program other than Excel may write formulas without their values: those cells come in empty."""
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
