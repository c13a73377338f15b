"""A file that says which label each other file has: a table, a list, or the JSON that annotation tools write."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from core.data.readers.columns import choose_columns
from core.data.readers.encoding import decode
from core.data.readers.labels import single_labels
from core.data.readers.names import LABEL_NAMES, SPLIT_NAMES, looks_like_file, plain_name, split_of
from core.data.readers.reading import ReadOptions, SourceFile
from core.data.readers.table import Row, Table, unnamed_columns
from core.data.readers.table_files import load_table
from core.errors import DataError, UnreadableExampleError
from core.limits import Limits
from core.messages import Message

LIST_SUFFIXES = (".txt", ".lst")
_SAMPLE = 1000
_YES = frozenset({"1", "1.0", "true", "True", "TRUE"})


@dataclass(frozen=True, slots=True)
class Entry:
    """What one row says: the name of a file, its labels (usually one), and its part."""

    name: str
    labels: tuple[str, ...]
    split: str | None = None


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
        table = load_table(file, options, limits)
    except DataError:  # whatever is wrong with it, it does not say labels
        return None
    return table if isinstance(table, Table) else None


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
    if isinstance(chosen, Message):
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


# --- the file that a cell names --------------------------------------------------------------------------------------


class FileIndex:
    """Files by whatever a table may call them: whole path, end of the path, file name, name without its suffix.

    Written with either slash, in any case. A name that several files share names none of them.
    """

    def __init__(self, paths: Sequence[PurePosixPath]) -> None:
        self._whole: dict[str, int | None] = {}
        self._bare: dict[str, int | None] = {}
        self._deepest = 0
        for number, path in enumerate(paths):
            parts = _parts(str(path))
            self._deepest = max(self._deepest, len(parts))
            for start in range(len(parts)):
                end = "/".join(parts[start:])
                for names, key in ((self._whole, end), (self._bare, _without_suffix(end))):
                    names[key] = None if key in names else number

    def find(self, cell: str) -> int | None:
        """The number of the file that `cell` names, or None. "F:\\data\\set\\cat1.jpg" names "set/cat1.jpg"."""
        parts = _parts(cell)
        parts = parts[max(0, len(parts) - self._deepest) :]
        for start in range(len(parts)):
            end = "/".join(parts[start:])
            if end in self._whole:
                return self._whole[end]
        for start in range(len(parts)):
            end = _without_suffix("/".join(parts[start:]))
            if end in self._bare:
                return self._bare[end]
        return None


def _parts(name: str) -> list[str]:
    same = unicodedata.normalize("NFC", name.strip()).casefold()
    return [part for part in re.split(r"[/\\]", same) if part not in ("", ".", "..")]


def _without_suffix(name: str) -> str:
    return name[: name.rindex(".")] if looks_like_file(name) else name


# --- JSON of annotation tools ----------------------------------------------------------------------------------------


def entries_in_json(file: SourceFile, index: FileIndex) -> tuple[Entry, ...]:
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
            next(filter(None, (_labels_in(record.get(field)) for field in said)), ()),
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
