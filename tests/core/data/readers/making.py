"""Builders and shortcuts that the tests of table readers share."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from pathlib import PurePosixPath

import openpyxl

from core.data.readers.reading import Item, Reading, ReadOptions, Skip, Source, SourceFile
from core.data.readers.table import Table
from core.data.readers.table_files import load_table
from core.data.readers.tables import Tables
from core.limits import Limits

Content = bytes | str


def written(rows: Iterable[Sequence[str]], delimiter: str = ",", encoding: str = "utf-8", end: str = "\r\n") -> bytes:
    """A delimited file as Python's own writer makes it."""
    buffer = io.StringIO(newline="")
    csv.writer(buffer, delimiter=delimiter, lineterminator=end).writerows(rows)
    return buffer.getvalue().encode(encoding)


def workbook(**sheets: Sequence[Sequence[object]]) -> bytes:
    """An Excel workbook with these sheets."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(list(row))
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def file_of(name: str, content: Content) -> SourceFile:
    raw = content.encode() if isinstance(content, str) else content
    return SourceFile(PurePosixPath(name), len(raw), lambda: raw)


def load(content: Content, name: str = "table.csv", limits: Limits | None = None, **options: str) -> Table | None:
    table = load_table(file_of(name, content), ReadOptions(**options), limits or Limits())
    return table if isinstance(table, Table) else None


def read(
    files: Content | Mapping[str, Content], limits: Limits | None = None, **options: str
) -> tuple[Reading, list[Item | Skip]]:
    """The reading of a source and all its items. What is given must be what is used and skipped."""
    contents = files if isinstance(files, Mapping) else {"table.csv": files}
    source = Source("given", tuple(file_of(name, content) for name, content in contents.items()))
    reading = Tables().look(source, ReadOptions(**options), limits or Limits())
    assert isinstance(reading, Reading), "no table was found"
    items = list(reading.items)
    left_out = {item.file for item in items if isinstance(item, Skip)}
    used = [file.path.name for file in source.files if str(file.path) not in left_out]
    assert used, "no file was read, but there are items"
    assert len(used) == 1 or all(any(name in _name(item) for item in items) for name in used), "a file vanished"
    return reading, items


def _name(item: Item | Skip) -> str:
    return item.name if isinstance(item, Item) else item.file


def pairs(items: Iterable[Item | Skip]) -> list[tuple[str, str]]:
    return [(item.read().decode(), item.label) for item in items if isinstance(item, Item)]


def skips(items: Iterable[Item | Skip]) -> list[tuple[str, str]]:
    return [(item.file, str(item.reason)) for item in items if isinstance(item, Skip)]


def splits(items: Iterable[Item | Skip]) -> list[str | None]:
    return [item.split for item in items if isinstance(item, Item)]
