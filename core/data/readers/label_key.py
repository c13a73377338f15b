"""A file that says which label each other file has: a table, a JSON label file, or lines of names and labels."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from core.data.readers.encoding import decode
from core.data.readers.match import FileIndex, looks_like_file
from core.data.readers.options import ReadOptions
from core.data.readers.source import SourceFile
from core.data.readers.tables.shape import Table
from core.data.readers.tables.table import load_table
from core.data.readers.tables.words import LABEL_NAMES, SPLIT_NAMES, plain_name, split_of
from core.errors import DataError, UnreadableExampleError
from core.limits import Limits

_SAMPLE = 1000
_ZERO_ONE = frozenset({"0", "1", "0.0", "1.0", ""})


@dataclass(frozen=True, slots=True)
class Entry:
    """What one row says: the name of a file, its labels (usually one), and its part."""

    name: str
    labels: tuple[str, ...]
    split: str | None = None


@dataclass(frozen=True)
class Key:
    """All that one file says about others. `label_column` is what the labels come from, `columns` what else there is."""

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
            found = _from_json(file, index)
            if found:
                return Key(file, found)
        table = load_table(file, options, limits)
    except (UnreadableExampleError, DataError):
        return None  # whatever it is, it does not say labels
    return _from_table(file, table, index, options) if table else None


# --- tables ------------------------------------------------------------------------------------------------------


def _from_table(file: SourceFile, table: Table, index: FileIndex, options: ReadOptions) -> Key | None:
    columns, rows = table.columns, list(table.rows)
    names_at = _names_column(columns, rows, index)
    if names_at is None:
        return None
    if looks_like_file(columns[names_at]):  # the first row was taken for a header, but names a file like the others
        rows.insert(0, columns)
        columns = tuple(f"column {number}" for number in range(1, len(columns) + 1))
    split_at = _split_column(columns, rows, names_at)
    others = [at for at in range(len(columns)) if at not in (names_at, split_at)]
    if not others:
        return None
    chosen = _wanted_column(columns, options.label_column, str(file.path))
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


# --- JSON label files --------------------------------------------------------------------------------------------


def _from_json(file: SourceFile, index: FileIndex) -> tuple[Entry, ...]:
    """Entries of whatever list or mapping inside the file names the most files."""
    try:
        content = json.loads(decode(file.read(), str(file.path)).text)
    except (ValueError, RecursionError, DataError):
        return ()
    best: tuple[Entry, ...] = ()
    most = 0
    for entries in _lists_of_entries(content, index):
        named = sum(index.find(entry.name) is not None for entry in entries)
        if named > most:
            best, most = tuple(entries), named
    return best


def _lists_of_entries(content: Any, index: FileIndex, depth: int = 0) -> Iterator[list[Entry]]:
    """{"cat1.jpg": "cat"}, {"cat": ["cat1.jpg"]}, and lists of records, however deep they lie."""
    if depth > 4:
        return
    if isinstance(content, dict):
        yield [Entry(name, _labels_in(said)) for name, said in content.items() if _labels_in(said)]
        yield [Entry(name, (label,)) for label, names in content.items() if isinstance(names, list)
               for name in names if isinstance(name, str)]  # fmt: skip
        for part in content.values():
            yield from _lists_of_entries(part, index, depth + 1)
    elif isinstance(content, list) and content and all(isinstance(record, dict) for record in content[:20]):
        yield _from_records([record for record in content if isinstance(record, dict)], index)


def _from_records(records: Sequence[dict[str, Any]], index: FileIndex) -> list[Entry]:
    fields = list(dict.fromkeys(field for record in records[:_SAMPLE] for field in record))
    found = {
        field: len({index.find(str(r[field])) for r in records if isinstance(r.get(field), str | int)} - {None})
        for field in fields
    }
    names = max(fields, key=lambda field: found[field], default=None)
    said = [field for field in fields if field != names and plain_name(field) in LABEL_NAMES]
    if names is None or not found[names] or not said:
        return []
    said.sort(key=lambda field: LABEL_NAMES.index(plain_name(field)))
    splits = [field for field in fields if plain_name(field) in (*SPLIT_NAMES, "dataset")]
    return [
        Entry(
            str(record.get(names, "")),
            next((found for field in said if (found := _labels_in(record.get(field)))), ()),
            next((split_of(str(record[field])) for field in splits if field in record), None),
        )
        for record in records
    ]


def _labels_in(said: Any) -> tuple[str, ...]:
    """ "cat", 3, {"category": "cat"}, or several of these in a list."""
    if isinstance(said, bool | int | float):
        return (str(said),)
    if isinstance(said, str):
        return (said.strip(),) if said.strip() else ()
    if isinstance(said, dict):
        named = [value for field, value in said.items() if plain_name(field) in (*LABEL_NAMES, "name")]
        return _labels_in(named[0]) if named and not isinstance(named[0], dict | list) else ()
    if isinstance(said, list):
        return tuple(dict.fromkeys(label for one in said if not isinstance(one, list) for label in _labels_in(one)))
    return ()
