"""A file that says which label each other file has: a table, or a JSON label file."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from core.data.readers.encoding import decode
from core.data.readers.label_json import Entry, entries_in_json
from core.data.readers.match import FileIndex, looks_like_file
from core.data.readers.options import ReadOptions
from core.data.readers.source import SourceFile
from core.data.readers.tables.columns import choose_columns
from core.data.readers.tables.several_labels import single_labels
from core.data.readers.tables.shape import Row, Table, unnamed_columns
from core.data.readers.tables.table import load_table
from core.data.readers.tables.words import split_of
from core.errors import DataError, UnreadableExampleError
from core.limits import Limits

LIST_SUFFIXES = (".txt", ".lst")
_SAMPLE = 1000
_YES = frozenset({"1", "1.0", "true", "True", "TRUE"})


@dataclass(frozen=True)
class Key:
    """All that one file says about others. `label_column` is where the labels are, `columns` where they could be."""

    file: SourceFile
    entries: tuple[Entry, ...]
    label_column: str | None = None
    columns: tuple[str, ...] = ()


def read_key(file: SourceFile, index: FileIndex, options: ReadOptions, limits: Limits) -> Key | None:
    """The labels that `file` gives to files of `index`; None when it names none of them.

    DataError when `options` name a column that is not in it.
    """
    try:
        if file.path.suffix.casefold() == ".json":
            found = entries_in_json(file, index)
            if found:
                return Key(file, found)
        table = _table(file, options, limits)
        if table:
            return _from_rows(file, table.columns, table.rows, index, options.label_column)
        if file.path.suffix.casefold() in LIST_SUFFIXES:
            return _from_rows(file, unnamed_columns(2), _listed(file), index, None)
    except UnreadableExampleError:
        pass
    return None


def _table(file: SourceFile, options: ReadOptions, limits: Limits) -> Table | None:
    try:
        return load_table(file, options, limits)
    except DataError:  # whatever is wrong with it, it does not say labels
        return None


def _listed(file: SourceFile) -> list[Row]:
    """Lines such as "cats/img 1.jpg cat": the last word is the label."""
    lines = decode(file.read(), str(file.path)).text.splitlines()
    return [tuple(line.rsplit(None, 1)) for line in lines if len(line.split()) > 1]


def _from_rows(
    file: SourceFile, columns: Row, rows: list[Row], index: FileIndex, label_column: str | None
) -> Key | None:
    names_at = _names_column(columns, rows, index)
    if names_at is None:
        return None
    if looks_like_file(columns[names_at]):  # the first row was taken for a header, but names a file like the others
        rows = [columns, *rows]
        columns = unnamed_columns(len(columns))
    chosen = choose_columns(columns, rows, columns[names_at], label_column)
    if chosen is None:
        return None
    rows = [row + ("",) * (len(columns) - len(row)) for row in rows if names_at < len(row) and row[names_at].strip()]
    if chosen.label is None:
        labels = [tuple(columns[at] for at in chosen.marked if row[at].strip() in _YES) for row in rows]
    else:
        labels = _labels([row[chosen.label].strip() for row in rows])
    entries = tuple(
        Entry(row[names_at], said, split_of(row[chosen.split]) if chosen.split is not None else None)
        for row, said in zip(rows, labels, strict=True)
    )
    others = tuple(column for at, column in enumerate(columns) if at not in (names_at, chosen.split))
    return Key(file, entries, None if chosen.label is None else columns[chosen.label], others)


def _labels(cells: list[str]) -> list[tuple[str, ...]]:
    """The label in each cell, or the labels."""
    single, several = single_labels(cells)
    return [
        tuple(part for part in re.split(r"[\s\[\]{}'\"]*[;|,][\s\[\]{}'\"]*|[\[\]{}'\"]+", cell) if part)
        if at in several
        else ((label,) if label else ())
        for at, (cell, label) in enumerate(zip(cells, single, strict=True))
    ]


def _names_column(columns: Sequence[str], rows: Sequence[Sequence[str]], index: FileIndex) -> int | None:
    """The column whose cells name the most different files; a look at some rows is enough."""
    sample = [columns, *rows[:: max(1, len(rows) // _SAMPLE)]]
    best, most = None, 0
    for at in range(len(columns)):
        cells = [row[at] for row in sample if at < len(row) and row[at].strip()]
        found = len({index.find(cell) for cell in cells} - {None})
        # A word that happens to be a file's name too does not make its column one of file names.
        like_names = sum(looks_like_file(cell) or index.find(cell) is not None for cell in cells)
        if found > most and 2 * like_names >= len(cells) and 5 * len(set(cells)) >= len(cells):
            best, most = at, found
    return best
