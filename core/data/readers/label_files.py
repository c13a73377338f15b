"""A file that says which label each other file has: a table, a list, or the JSON that annotation tools write."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from core.data.readers.annotation_files import LARGEST, marks_in
from core.data.readers.annotation_files import SUFFIXES as ANNOTATION_SUFFIXES
from core.data.readers.columns import Columns, rank_columns
from core.data.readers.encoding import decode
from core.data.readers.file_index import FileIndex
from core.data.readers.json_records import JsonRecords, document_of
from core.data.readers.label_tools import Export, export_of
from core.data.readers.labels import labels_in
from core.data.readers.names import LABEL_NAMES, SPLIT_NAMES, looks_like_file, plain_name, split_of
from core.data.readers.profiles import ONES, ZERO_ONE
from core.data.readers.reading import ReadOptions, SourceFile
from core.data.readers.table import Row, Table, unnamed_columns
from core.data.readers.table_files import load_table
from core.errors import DataError, UnreadableExampleError
from core.limits import Limits
from core.messages import Message

LIST_SUFFIXES = (".txt", ".lst")
_SAMPLE = 1000
_SAMPLED_CELLS = 100_000
_NEARLY_ALL = 0.9
_CLOSE = 0.05
"""So little between the scores of two columns decides nothing."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What one row says: the name of a file, its labels (usually one), its part, or why it is no example."""

    name: str
    labels: tuple[str, ...]
    split: str | None = None
    why_not: Message | None = None


@dataclass(frozen=True)
class Key:
    """All that one file says about others. `label_column` is where the labels are, `columns` where they could be.

    `rivals` are other columns that could be meant just as well, each with the labels that it would give. `tool` is the
    label tool that wrote it, where one is known.
    """

    file: SourceFile
    entries: tuple[Entry, ...]
    label_column: str | None = None
    columns: tuple[str, ...] = ()
    rivals: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    tool: str | None = None


def read_key(file: SourceFile, index: FileIndex, options: ReadOptions, limits: Limits) -> Key | None:
    """The labels that `file` gives to files of `index`; None when it names none of them.

    DataError when `options` name a column that is not in it.
    """
    try:
        if file.path.suffix.casefold() in JsonRecords.suffixes:
            found = _from_json(file, index, options.label_column)
            if found:
                return found
        if file.path.suffix.casefold() in ANNOTATION_SUFFIXES and file.size <= LARGEST:
            export = marks_in(file.read(), file.path)
            if export:
                return _from_export(file, export, index, options.label_column)
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
    marked = _one_hot(columns, rows, names_at) if label_column is None else ()
    options = ReadOptions(text_column=columns[names_at], label_column=label_column)
    ranked = [Columns((names_at,), None, marked=marked)] if marked else rank_columns(columns, rows, options)
    if isinstance(ranked, Message):
        return None
    chosen = ranked[0]
    rows = [row + ("",) * (len(columns) - len(row)) for row in rows if names_at < len(row) and row[names_at].strip()]
    if chosen.label is None:
        labels = [tuple(columns[at] for at in chosen.marked if row[at].strip().casefold() in ONES) for row in rows]
    else:
        labels = labels_in([row[chosen.label].strip() for row in rows])
    entries = tuple(
        Entry(row[names_at], said, split_of(row[chosen.split]) if chosen.split is not None else None)
        for row, said in zip(rows, labels, strict=True)
    )
    others = tuple(column for at, column in enumerate(columns) if at not in (names_at, chosen.split))
    close = [one.label for one in ranked[1:] if one.score > chosen.score - _CLOSE]
    rivals = {columns[at]: tuple(row[at].strip() for row in rows) for at in close if at is not None}
    return Key(file, entries, None if chosen.label is None else columns[chosen.label], others, rivals)


def _one_hot(columns: Row, rows: Sequence[Row], names_at: int) -> tuple[int, ...]:
    """The columns that say 1 for the class of a file and 0 for all others; none where rows do not have just one."""
    sample = _some(rows, len(columns))
    said = [{row[at].strip().casefold() for row in sample if at < len(row)} for at in range(len(columns))]
    marked = tuple(at for at in range(len(columns)) if at != names_at and said[at] and said[at] <= ZERO_ONE | {""})
    if sum(bool(said[at] & ONES) for at in marked) < 2:
        return ()
    single = sum(sum(at < len(row) and row[at].strip().casefold() in ONES for at in marked) == 1 for row in sample)
    return marked if len(marked) > 1 and single >= _NEARLY_ALL * len(sample) else ()


def _some(rows: Sequence[Row], width: int) -> Sequence[Row]:
    """Rows from all over a table: so many that they have no more cells than can be looked at in a second."""
    return rows[:: max(1, len(rows) // _SAMPLE, len(rows) * width // _SAMPLED_CELLS)]


def _names_column(columns: Row, rows: Sequence[Row], index: FileIndex) -> int | None:
    """The column whose cells name the most different files; a look at some rows is enough."""
    sample = [columns, *_some(rows, len(columns))]
    best, most = None, 0
    for at in range(len(columns)):
        cells = [row[at] for row in sample if at < len(row) and row[at].strip()]
        found = len({index.find(cell) for cell in cells} - {None})
        # A word that happens to be a file's name too does not make its column one of file names.
        like_names = sum(looks_like_file(cell) or index.find(cell) is not None for cell in cells)
        if found > most and 2 * like_names >= len(cells) and 5 * len(set(cells)) >= len(cells):
            best, most = at, found
    return best


# --- JSON of annotation tools ----------------------------------------------------------------------------------------


def _from_json(file: SourceFile, index: FileIndex, label_column: str | None) -> Key | None:
    """What a label tool says, else whatever list or mapping inside the file names the most files."""
    document = document_of(decode(file.read(), str(file.path)).text)
    export = export_of(document, file.path)
    key = _from_export(file, export, index, label_column) if export else None
    return key or _from_lists(file, document, index)


def _from_export(file: SourceFile, export: Export, index: FileIndex, question: str | None) -> Key | None:
    asked = export.questions
    if question is not None and asked and question not in asked:
        return None
    chosen = question or next(iter(asked), None)
    about = index.find_beside(file.path) if len(export.examples) == 1 else None
    own = "" if about is None else str(index.paths[about])
    entries = tuple(
        Entry(name, one.labels.get(chosen or "", ()), one.split, one.why_not)
        for one in export.examples
        if (name := one.file if index.find(one.file) is not None else own or one.file)
    )
    if not any(index.find(entry.name) is not None for entry in entries):
        return None
    return Key(file, entries, chosen, asked, tool=export.tool)


def _from_lists(file: SourceFile, document: Any, index: FileIndex) -> Key | None:
    best: tuple[Entry, ...] = ()
    most = 0
    for entries in _lists_of_entries(document, index):
        named = sum(index.find(entry.name) is not None for entry in entries)
        if named > most:
            best, most = tuple(entries), named
    return Key(file, best) if best else None


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
