"""Tables that belong together, row by row: every row is an item or a skip with its reason."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import PurePosixPath
from typing import Any

from core.data.readers.columns import Columns, choose_columns
from core.data.readers.delimited import DELIMITERS
from core.data.readers.labels import LabelLevels, label_levels, refuse_several, single_labels
from core.data.readers.names import (
    DOCUMENT_SUFFIXES,
    is_archive,
    is_litter,
    is_note,
    is_picture,
    is_table,
    plain_name,
    split_of,
)
from core.data.readers.options import ReadOptions
from core.data.readers.reading import Item, Reading, Skip
from core.data.readers.source import Source, SourceFile
from core.data.readers.table import Row, Table, check_rows, check_size
from core.data.readers.table_files import Found, Group, grouped, load_table, patterns, read_alike
from core.errors import DataError, UnreadableExampleError
from core.limits import Limits

LONG = 20_000
"""Characters. A longer text is used, but it is hardly one message."""

_ONE = frozenset({"1", "1.0", "true"})


@dataclass(frozen=True)
class Part:
    """One table of several. `prefix` goes before the names of its rows, `split` is the part that its file is.

    `places` says for each column of the whole where it is in this table (None: it has no such column).
    """

    table: Table
    prefix: str
    split: str | None
    places: tuple[int | None, ...]


@dataclass(frozen=True)
class Joined:
    """All rows of all parts, each an item or a skip. `notes` are about what was done to some of them."""

    items: list[Item | Skip]
    levels: LabelLevels
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Read:
    """A row as far as its cells tell: a `reason` not to use it, or its text and its label as written."""

    name: str
    text: str = ""
    label: str = ""
    split: str | None = None
    reason: str | None = None
    several: bool = False


def align(columns: Row, table: Table) -> tuple[int | None, ...]:
    """Where the columns of the whole are in `table`: by their names, or by position where no name is the same."""
    plain = [plain_name(column) for column in table.columns]
    if not set(plain) & set(map(plain_name, columns)) and len(plain) == len(columns):
        return tuple(range(len(plain)))
    places = []
    for column in columns:
        name = plain_name(column)
        alike = plain.index(name) if name in plain else None
        places.append(table.columns.index(column) if column in table.columns else alike)
    return tuple(places)


def join(parts: Sequence[Part], names: Row, columns: Columns, level: str | None) -> Joined:
    """Every row of `parts`; `names` are the columns of the whole, `level` the wanted part of two-level labels.

    DataError when more than a few rows carry several labels.
    """
    reader = _RowReader(names, columns, _known_labels(parts, columns))
    rows = [read for part in parts for read in reader.rows(part)]
    labels, several = single_labels(["" if row.reason else row.label for row in rows])
    several |= {at for at, row in enumerate(rows) if row.several}
    labelled = sum(bool(label) for label in labels)
    refuse_several(len(several), labelled, reader.where)
    used = {label for at, label in enumerate(labels) if label and at not in several}
    levels = label_levels(used, level)
    items: list[Item | Skip] = [
        Skip(part.prefix + skip.file, skip.reason) for part in parts for skip in part.table.skips
    ]
    long = 0
    for at, (row, label) in enumerate(zip(rows, labels, strict=True)):
        if row.reason or at in several or not label:
            items.append(Skip(row.name, row.reason or _no_label(label)))
            continue
        long += len(row.text) > LONG
        # A text may hold half of a character (an emoji cut in two), which no file can hold.
        items.append(Item(row.name, levels(label), partial(row.text.encode, errors="replace"), row.split))
    return Joined(items, levels, tuple(_notes(reader.mended, long, reader.where if columns.marked else "")))


def _no_label(label: str) -> str:
    return f"It has more than one label: {label}." if label else "The label is empty."


def _notes(mended: Sequence[str], long: int, marked: str) -> Iterator[str]:
    if mended:
        yield (
            f"In {_counted(len(mended), 'row')} (the first is {mended[0]}) the text holds the delimiter without"
            " quotation marks. It was taken as a part of the text."
        )
    if long:
        yield f"{_counted(long, 'text')} with more than {LONG:,} characters: models only look at the beginning."
    if marked:
        yield f"The class of each example was read from {marked}: it is the one that is marked."


def _counted(count: int, thing: str) -> str:
    return f"one {thing}" if count == 1 else f"{count:,} {thing}s"


class _RowReader:
    """Takes text, label and part out of rows; remembers which ones had to be put together again."""

    def __init__(self, names: Row, columns: Columns, known: frozenset[str]) -> None:
        self.columns = columns
        self.names = names
        self.known = known
        self.mended: list[str] = []
        marked = ", ".join(f"'{names[at]}'" for at in columns.marked)
        self.where = f"the columns {marked}" if columns.marked else f"the column '{names[columns.label or 0]}'"

    def rows(self, part: Part) -> Iterator[_Read]:
        for row, name in zip(part.table.rows, part.table.row_names, strict=True):
            yield self._row(part, row, part.prefix + name)

    def _row(self, part: Part, row: Row, name: str) -> _Read:
        cells = _trimmed(row)
        if not cells:
            return _Read(name, reason="The row is empty.")
        width = len(part.table.columns)
        if len(cells) > width:
            whole = self._put_together(part, cells)
            if whole is None:
                return _Read(name, reason=_ragged(len(cells), width))
            self.mended.append(name)
            cells = whole
        text, split = self._cell(part, cells, self.columns.text), part.split
        labels = self._labels(part, cells)
        if not text or not labels:
            what = "label" if text else "message"
            return _Read(name, reason=_ragged(len(row), width) if len(row) < width else f"The {what} is empty.")
        if split is None and self.columns.split is not None:
            split = split_of(self._cell(part, cells, self.columns.split))
        return _Read(name, text, " and ".join(labels), split, several=len(labels) > 1)

    def _cell(self, part: Part, cells: Row, column: int) -> str:
        at = part.places[column]
        return cells[at].strip() if at is not None and at < len(cells) else ""

    def _labels(self, part: Part, cells: Row) -> list[str]:
        if self.columns.label is not None:
            label = self._cell(part, cells, self.columns.label)
            return [label] if label else []
        return [self.names[at] for at in self.columns.marked if self._cell(part, cells, at).casefold() in _ONE]

    def _put_together(self, part: Part, cells: Row) -> Row | None:
        """A row with too many cells, if the text is what was cut: what then stands in the label's place is a label."""
        delimiter = DELIMITERS.get(part.table.how.get("delimiter", ""))
        text_at = part.places[self.columns.text]
        label_at = None if self.columns.label is None else part.places[self.columns.label]
        if delimiter is None or text_at is None or label_at is None:
            return None
        extra = len(cells) - len(part.table.columns)
        whole = (*cells[:text_at], delimiter.join(cells[text_at : text_at + extra + 1]), *cells[text_at + extra + 1 :])
        return whole if whole[label_at].strip() in self.known else None


def _known_labels(parts: Sequence[Part], columns: Columns) -> frozenset[str]:
    """The labels of the rows that have the right number of cells."""
    known: set[str] = set()
    for part in parts:
        at = None if columns.label is None else part.places[columns.label]
        if at is not None:
            width = len(part.table.columns)
            known.update(row[at].strip() for row in part.table.rows if at < len(row) <= width)
    return frozenset(known - {""})


def _trimmed(row: Row) -> Row:
    used = len(row)
    while used and not row[used - 1].strip():
        used -= 1
    return row[:used]


def _ragged(cells: int, width: int) -> str:
    reason = f"The row has {'one cell' if cells == 1 else f'{cells} cells'}, but the table has {width} columns."
    return reason if cells < width else f"{reason} A text that holds the delimiter must stand in quotation marks."


# Texts in tables: which files of a source hold them, which of those belong together, and what their columns mean.

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
