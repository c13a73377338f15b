"""A file that says which label each other file has: a table, or a JSON label file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.data.readers.encoding import decode
from core.data.readers.label_json import Entry, entries_in_json
from core.data.readers.match import FileIndex, looks_like_file
from core.data.readers.options import ReadOptions
from core.data.readers.source import SourceFile
from core.data.readers.tables.shape import Row, Table, unnamed_columns
from core.data.readers.tables.table import load_table
from core.data.readers.tables.words import LABEL_NAMES, SPLIT_NAMES, plain_name, split_of
from core.errors import DataError, UnreadableExampleError
from core.limits import Limits

LIST_SUFFIXES = (".txt", ".lst")
_SAMPLE = 1000
_ZERO_ONE = frozenset({"0", "1", "0.0", "1.0", ""})


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
    split_at = _split_column(columns, rows, names_at)
    others = [at for at in range(len(columns)) if at not in (names_at, split_at)]
    if not others:
        return None
    chosen = _wanted_column(columns, label_column, str(file.path))
    one_hot = [] if chosen is not None else _one_hot_columns(rows, others)
    labels_at = chosen if chosen is not None else _labels_column(columns, rows, others)
    entries = []
    for row in rows:
        cells = [*(cell.strip() for cell in row), *[""] * (len(columns) - len(row))]
        if not cells[names_at]:
            continue
        if one_hot:
            labels = tuple(columns[at] for at in one_hot if cells[at].startswith("1"))
        else:
            labels = (cells[labels_at],) if cells[labels_at] else ()
        entries.append(Entry(cells[names_at], labels, split_of(cells[split_at]) if split_at is not None else None))
    label_column = None if one_hot else columns[labels_at]
    return Key(file, tuple(entries), label_column, tuple(columns[at] for at in others))


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


def _split_column(columns: Sequence[str], rows: Sequence[Sequence[str]], names_at: int) -> int | None:
    for at, column in enumerate(columns):
        if at != names_at and plain_name(column) in SPLIT_NAMES:
            values = {row[at].strip() for row in rows if at < len(row) and row[at].strip()}
            if values and all(split_of(value) for value in values):
                return at
    return None


def _wanted_column(columns: Sequence[str], wanted: str | None, file: str) -> int | None:
    if wanted is None:
        return None
    named = [plain_name(column) for column in columns]
    if plain_name(wanted) not in named:
        raise DataError(f"'{file}' has no column '{wanted}'.", f"Its columns are: {', '.join(columns)}.")
    return named.index(plain_name(wanted))


def _one_hot_columns(rows: Sequence[Sequence[str]], others: Sequence[int]) -> list[int]:
    """Columns that are named after the classes and say 1 or 0 in each row; none where that is not so."""
    if len(others) < 2 or not rows:
        return []
    marked = all(row[at].strip() in _ZERO_ONE for row in rows for at in others if at < len(row))
    return list(others) if marked else []


def _labels_column(columns: Sequence[str], rows: Sequence[Sequence[str]], others: Sequence[int]) -> int:
    """The column that is called like one of labels, or else the one with the fewest different values."""
    for name in LABEL_NAMES:
        for at in others:
            if plain_name(columns[at]) == name:
                return at
    different = {at: len({row[at].strip() for row in rows if at < len(row)}) for at in others}
    return min(others, key=lambda at: (different[at] < 2, different[at]))
