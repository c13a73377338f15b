"""Texts in tables: which files of a source hold them, which of those belong together, and what their columns mean."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from core.data.readers.items import Item, Reading, Skip
from core.data.readers.kinds import DOCUMENT_SUFFIXES, is_archive, is_litter, is_note, is_picture, is_table
from core.data.readers.options import ReadOptions
from core.data.readers.source import Source, SourceFile
from core.data.readers.tables.columns import Columns, choose_columns
from core.data.readers.tables.found import Found
from core.data.readers.tables.groups import Group, grouped, patterns
from core.data.readers.tables.joined import Joined, Part, align, join
from core.data.readers.tables.shape import Row, Table, check_rows, check_size
from core.data.readers.tables.siblings import read_alike
from core.data.readers.tables.table import load_table
from core.errors import DataError, UnreadableExampleError
from core.limits import Limits

STRUCTURES = ("table", "lines")
_MOST_LISTS = 50
"""Files that are not called like tables. More of them are documents, and each would have to be read to find out."""

_NO_TABLES = frozenset(
    {".py", ".ipynb", ".js", ".css", ".html", ".htm", ".xml", ".pdf", ".doc", ".docx", ".ppt", ".pptx", ".rtf", ".odt",
     ".pkl", ".pickle", ".npy", ".npz", ".pt", ".pth", ".h5", ".bin", ".safetensors", ".onnx", ".parquet",
     ".mp3", ".wav", ".mp4", ".mov", ".avi", ".svg", ".sqlite", ".db", ".exe", ".dll"}
)  # fmt: skip
_ANOTHER = "Another table in the same place; it was not chosen. Choose it under 'Files'."


@dataclass
class _Search:
    """What was found in a source. `failed` is the first error: it counts when nothing else is found."""

    tables: list[Found] = field(default_factory=list)
    skips: list[Skip] = field(default_factory=list)
    failed: DataError | None = None


def propose(source: Source, options: ReadOptions, limits: Limits) -> Reading | None:
    """The texts in the tables of `source`, or None when no table holds any.

    Of several tables that do not belong together, those with the most rows are read. DataError when the only tables
    cannot be opened, when options do not fit, when a limit is passed, and when examples carry several labels.
    """
    search = _search(source, options, limits)
    fitting: list[tuple[Group, Row, Columns]] = []
    misfits: list[Group] = []
    for group in grouped(search.tables):
        tables = [member.read(limits) for member in group.members]
        whole, rows = _whole(tables)
        columns = _columns(whole, rows, options, search)
        if columns is None:
            misfits.append(group)
        else:
            fitting.append((group, whole, columns))
        del tables, rows
    if not fitting:
        if search.failed:
            raise search.failed
        return None
    chosen, whole, columns = fitting[0]
    parts = _parts(chosen, whole, limits)
    joined = _joined(parts, whole, columns, options, limits, source.name)
    left = [*((g, _ANOTHER) for g, _, _ in fitting[1:]), *((g, "No columns for text and label.") for g in misfits)]
    skips = [*source.skipped, *search.skips]
    skips += [Skip(str(member.path), reason) for group, reason in left for member in group.members]
    groups = [group for group, _, _ in fitting]
    return _reading(source, parts, joined, skips, _said(groups, source, whole, columns, parts, joined))


def _search(source: Source, options: ReadOptions, limits: Limits) -> _Search:
    search = _Search()
    alone = len(source.files) == 1
    lists = sum(not is_table(file.path) and not _why_not(file.path) for file in source.files)
    seen: list[Found] = []
    kept = 0
    for file in source.files:
        reason = None if alone else _why_not(file.path)
        if reason is None and lists > _MOST_LISTS and not is_table(file.path):
            reason = "One of many texts, not a table."
        if reason:
            search.skips.append(Skip(str(file.path), reason))
            continue
        kept += file.size
        seen += _tried(file, options, limits, search, keep=kept <= limits.table_megabytes * 1024**2)
    for one in read_alike(seen, limits):
        if one.how is None or options.structure not in (None, one.how["structure"]):
            search.skips.append(Skip(str(one.path), _no_table(one.path)))
        else:
            search.tables.append(one)
    return search


def _why_not(path: PurePosixPath) -> str | None:
    if is_litter(path):
        return "A hidden file of the operating system, not an example."
    if is_picture(path):
        return "A picture; the examples here are texts in a table."
    if is_note(path) or path.suffix.casefold() == ".md":
        return "A note about the data, not an example."
    if is_archive(path) or path.suffix.casefold() in _NO_TABLES:
        return f"Not a kind of file that holds a table of texts ('{path.suffix or path.name}')."
    return None


def _tried(file: SourceFile, options: ReadOptions, limits: Limits, search: _Search, keep: bool) -> list[Found]:
    """What is in `file`, or nothing and a skip when it cannot be read. DataError when a table passes the limit."""
    if is_table(file.path):
        check_size(str(file.path), file.size, limits)
    try:
        return [Found.of(file, load_table(file, options, limits), options, keep)]
    except DataError as error:
        search.failed = search.failed or error
        search.skips.append(Skip(str(file.path), str(error)))
    except UnreadableExampleError as error:
        search.failed = search.failed or DataError(f"'{file.path}' cannot be used: {error.problem}", error.advice)
        search.skips.append(Skip(str(file.path), str(error)))
    return []


def _no_table(path: PurePosixPath) -> str:
    if path.suffix.casefold() == ".json":
        return "It holds no examples with labels."
    if path.suffix.casefold() in DOCUMENT_SUFFIXES:
        return "A text that is not a table."
    return "No table was found in it."


def _whole(tables: Sequence[Table]) -> tuple[Row, list[Row]]:
    """The columns of all tables together, and the rows of the first as they are."""
    columns = list(tables[0].columns)
    for table in tables[1:]:
        if None in align(tuple(columns), table) or len(table.columns) > len(columns):
            known = [column.casefold() for column in columns]
            columns += [column for column in table.columns if column.casefold() not in known]
    return tuple(columns), tables[0].rows


def _columns(whole: Row, rows: list[Row], options: ReadOptions, search: _Search) -> Columns | None:
    try:
        return choose_columns(whole, rows, options.text_column, options.label_column)
    except DataError as error:
        search.failed = search.failed or error
        return None


def _parts(group: Group, whole: Row, limits: Limits) -> list[Part]:
    names = [member.path.name for member in group.members]
    parts = []
    for member, split in zip(group.members, group.parts, strict=True):
        table = member.read(limits)
        called = member.path.name if names.count(member.path.name) == 1 else str(member.path)
        parts.append(Part(table, f"{called} " if len(names) > 1 else "", split, align(whole, table)))
    check_rows(str(group.members[0].path.parent), sum(len(part.table.rows) for part in parts), limits)
    return parts


def _joined(parts: list[Part], whole: Row, columns: Columns, options: ReadOptions, limits: Limits, name: str) -> Joined:
    try:
        return join(parts, whole, columns, options.label_level)
    except DataError as error:
        raise DataError(f"In '{name}': {error.problem}", error.advice) from error


def _said(
    groups: Sequence[Group], source: Source, whole: Row, columns: Columns, parts: Sequence[Part], joined: Joined
) -> dict[str, Any]:
    """The proposal: what was chosen, and what else there is to choose."""
    first = parts[0].table
    encodings = [part.table.how["encoding"] for part in parts if "encoding" in part.table.how]
    foreign = [encoding for encoding in encodings if encoding != "utf-8"]
    how = {**first.how, **({"encoding": (foreign or encodings)[0]} if encodings else {})}
    choices = {**first.choices, "text_column": list(whole), "label_column": list(whole), **joined.levels.choices}
    label = None if columns.label is None else whole[columns.label]
    said = {**how, "columns": list(whole), "text_column": whole[columns.text], "label_column": label}
    if len(groups) > 1:
        all_patterns = patterns(groups, [file.path for file in source.files])
        said["files"], choices["files"] = all_patterns[0], all_patterns
    said["splits"] = any(isinstance(item, Item) and item.split for item in joined.items)
    return {**said, **joined.levels.proposal, "choices": choices}


def _reading(
    source: Source, parts: Sequence[Part], joined: Joined, skips: list[Skip], proposal: dict[str, Any]
) -> Reading:
    notes = [f"{part.prefix.strip()}: {note}" if part.prefix else note for part in parts for note in part.table.notes]

    def items() -> Iterator[Item | Skip]:
        yield from skips
        yield from joined.items

    total = len(skips) + len(joined.items)
    return Reading("text", proposal, total, items, (*notes, *joined.notes))
