"""Tables that belong together, row by row: every row is an item or a skip with its reason."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from core.data.readers.columns import Columns, stem_of
from core.data.readers.delimited import DELIMITERS
from core.data.readers.labels import (
    LabelLevels,
    chosen_labels,
    label_levels,
    labels_in,
    refuse_several,
    same_numbers,
    same_numbers_note,
)
from core.data.readers.names import plain_name, split_of
from core.data.readers.profiles import ONES
from core.data.readers.reading import Cell, Item, ReadOptions, Skip, UnlabelledItem
from core.data.readers.table import Row, Table
from core.data.readers.unsorted import Nothing, find_nothing, says_no_class
from core.messages import NOTHING, Message, counted

LONG = 20_000
"""Characters. A longer text is used, but it is hardly one message."""


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
    """All rows of all parts, each an item or a skip; `several` of them carry several labels, and `nothing` are those
    that say that there is none. `notes` are about what was
    done to some of them."""

    items: list[Item | Skip]
    levels: LabelLevels
    several: int
    nothing: Nothing
    notes: tuple[Message, ...]


@dataclass(frozen=True, slots=True)
class _Read:
    """What one row, or one cell where every column is a class, says of an example: a `reason` not to use it, or its
    text (or row as JSON) and its label as written; with a text and a reason nobody has said its class.

    It has several `labels` only where columns are marked.
    """

    name: str
    text: str = ""
    labels: tuple[str, ...] = ()
    split: str | None = None
    reason: Message | None = None
    source: str | None = None


def align(columns: Row, table: Table) -> tuple[int | None, ...]:
    """Where the columns of the whole are in `table`: by their names, or by position where no name is the same."""
    exactly = {column: at for at, column in enumerate(table.columns)}
    alike: dict[str, int] = {}
    for at, column in enumerate(table.columns):
        alike.setdefault(plain_name(column), at)
    if alike.keys().isdisjoint(map(plain_name, columns)) and len(table.columns) == len(columns):
        return tuple(range(len(columns)))
    return tuple(exactly.get(column, alike.get(plain_name(column))) for column in columns)


def join(parts: Sequence[Part], names: Row, columns: Columns, options: ReadOptions, source: str) -> Joined:
    """Every row of `parts`; `names` are the columns of the whole. `options` say which part of two-level labels is meant
    and what becomes of several labels.

    `source` is the name of what a person gave.

    DataError when more than a few rows carry several labels, and nobody said what to do with them.
    """
    reader = RowReader(names, columns, _known_labels(parts, columns))
    rows = [read for part in parts for read in reader.rows(part)]
    way = options.several_labels
    written = labels_in([row.labels[0] if len(row.labels) == 1 else "" for row in rows])
    labels = [row.labels if len(row.labels) > 1 else said for row, said in zip(rows, written, strict=True)]
    several = sum(len(said) > 1 for said in labels)
    refuse_several(several, sum(map(bool, labels)), source, reader.where, way)
    chosen = [
        said if len(said) < 2 else chosen_labels("; ".join(row.labels), said, way)
        for row, said in zip(rows, labels, strict=True)
    ]
    same = same_numbers(label for said in chosen for label in said) if columns.label is not None else {}
    chosen = [tuple(same.get(label, label) for label in said) for said in chosen] if same else chosen
    alone = [said[0] for said in chosen if len(said) == 1] if columns.label is not None else []
    nothing = find_nothing(alone, options.unsorted)
    levels = label_levels({label for said in chosen for label in said} - nothing.written, options.label_level)
    items: list[Item | Skip] = [
        replace(skip, file=part.prefix + skip.file) for part in parts for skip in part.table.skips
    ]
    long = 0
    for row, used, said in zip(rows, chosen, labels, strict=True):
        if row.reason and row.text:
            items.append(UnlabelledItem(row.name, row.reason, Cell(row.text), row.split))
            continue
        if used and used[0] in nothing.written:
            items.append(UnlabelledItem(row.name, nothing.why_not(used[0]), Cell(row.text), row.split))
            continue
        if row.reason or not used:
            items.append(Skip(row.name, row.reason or _no_label(row.labels if said else ())))
            continue
        long += len(row.text) > LONG
        cell = Cell(row.text)
        for number, label in enumerate(used, start=1):
            name = row.name if number == 1 else f"{row.name} ({number})"
            items.append(Item(name, levels(label), cell, row.split, row.source))
    notes = [*_several_note(several, way), *nothing.notes(alone), *same_numbers_note(same)]
    notes += _notes(reader.mended, long, reader.where if columns.marked else NOTHING)
    return Joined(items, levels, several, nothing, tuple(notes))


def _several_note(several: int, way: str | None) -> Iterator[Message]:
    """What was done to rows with several labels, where they are not skips."""
    if several and way == "first":
        yield counted(
            "{n} row carries more than one label; the first one was taken.",
            "{n} rows carry more than one label; the first one was taken.",
            n=several,
        )
    elif several and way == "separate":
        yield counted(
            "{n} row carries more than one label, and became an example of each.",
            "{n} rows carry more than one label, and became an example of each.",
            n=several,
        )


def _no_label(labels: tuple[str, ...]) -> Message:
    if not labels:
        return Message("The label is empty.")
    return Message("It has more than one label: {labels:list}.", labels=labels)


def _notes(mended: Sequence[str], long: int, marked: Message) -> Iterator[Message]:
    if mended:
        yield counted(
            "In one row ({where}) the text holds the delimiter without quotation marks. It was taken as a part of "
            "the text.",
            "In {n} rows (the first is {where}) the text holds the delimiter without quotation marks. It was taken as "
            "a part of the text.",
            n=len(mended),
            where=mended[0],
        )
    if long:
        yield counted(
            "{n} text has more than {most} characters: models only look at the beginning.",
            "{n} texts have more than {most} characters: models only look at the beginning.",
            n=long,
            most=LONG,
        )
    if marked:
        yield Message(
            "The class of each example was read from {columns}: it is the one that is marked.", columns=marked
        )


class RowReader:
    """Takes example, label and part out of rows; remembers which ones had to be put together again. `classes` are the
    names of marked columns, without what they all begin with."""

    def __init__(self, names: Row, columns: Columns, known: frozenset[str]) -> None:
        self.columns = columns
        self.names = names
        self.known = known
        self.mended: list[str] = []
        stem = stem_of([plain_name(names[at]) for at in columns.marked])
        self.classes = {at: names[at].strip()[len(stem) + 1 :] if stem else names[at] for at in columns.marked}
        if columns.label is not None:
            self.where = Message("the column '{name}'", name=names[columns.label])
        else:
            self.where = Message("the columns {names:list}", names=[names[at] for at in columns.marked])

    def rows(self, part: Part) -> Iterator[_Read]:
        for row, name in zip(part.table.rows, part.table.row_names, strict=True):
            yield from self._row(part, row, part.prefix + name)

    def _row(self, part: Part, row: Row, name: str) -> Iterator[_Read]:
        cells = _trimmed(row)
        width = len(part.table.columns)
        if not cells:
            yield _Read(name, reason=Message("The row is empty."))
            return
        if len(cells) > width:
            whole = self._put_together(part, cells)
            if whole is None:
                yield _Read(name, reason=ragged(len(cells), width))
                return
            self.mended.append(name)
            cells = whole
        split = part.split
        if split is None and self.columns.split is not None:
            split = split_of(self._cell(part, cells, self.columns.split))
        if self.columns.are_classes:
            yield from self._cells(part, cells, name, split)
            return
        text, labels = self._example(part, cells), self._labels(part, cells)
        if text and labels:
            whom = None if self.columns.source is None else self._cell(part, cells, self.columns.source) or None
            yield _Read(name, text, labels, split, source=whom)
            return
        nothing = Message("The row is empty.") if self.columns.is_row else Message("The message is empty.")
        empty = Message("The label is empty.") if text else nothing
        is_short = len(row) < width and "sheet" not in part.table.how  # the cells at a sheet's end are empty
        if is_short:
            yield _Read(name, reason=ragged(len(row), width))
        else:
            yield _Read(name, text if self._says_nothing(part, cells) else "", split=split, reason=empty)

    def _cells(self, part: Part, cells: Row, name: str, split: str | None) -> Iterator[_Read]:
        """A message of each class that has one in this row."""
        filled = [(self.names[at], text) for at in self.columns.examples if (text := self._cell(part, cells, at))]
        yield from (_Read(f"{name}, {label}", text, (label,), split) for label, text in filled)
        if not filled:
            yield _Read(name, reason=Message("No class has a message in this row."))

    def _example(self, part: Part, cells: Row) -> str:
        """The text of the columns one after the other; or the row as a JSON object, in which nothing is missing."""
        found = [(self.names[at], cell) for at in self.columns.examples if (cell := self._cell(part, cells, at))]
        if self.columns.is_row:
            return json.dumps(dict(found), ensure_ascii=False) if found else ""
        return "\n".join(cell for _, cell in found)

    def _cell(self, part: Part, cells: Row, column: int) -> str:
        at = part.places[column]
        return cells[at].strip() if at is not None and at < len(cells) else ""

    def _labels(self, part: Part, cells: Row) -> tuple[str, ...]:
        if self.columns.label is not None:
            label = self._cell(part, cells, self.columns.label)
            return (label,) if label and not says_no_class(label) else ()
        marks = ((at, place) for at in self.columns.marked if (place := part.places[at]) is not None)
        return tuple(
            self.classes[at] for at, place in marks if place < len(cells) and cells[place].strip().casefold() in ONES
        )

    def _says_nothing(self, part: Part, cells: Row) -> bool:
        """True where no class is said, and not that it is none of those that could be marked."""
        return self.columns.label is not None or not any(self._cell(part, cells, at) for at in self.columns.marked)

    def _put_together(self, part: Part, cells: Row) -> Row | None:
        """A row with too many cells, if the text is what was cut: what then stands in the label's place is a label."""
        delimiter = DELIMITERS.get(part.table.how.get("delimiter", ""))
        text_at = part.places[self.columns.text]
        label_at = None if self.columns.label is None else part.places[self.columns.label]
        if delimiter is None or text_at is None or label_at is None or self.columns.is_row:
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


def ragged(cells: int, width: int) -> Message:
    """The reason to leave out a row that has another number of cells than its table has columns."""
    if cells < width:
        return counted(
            "The row has one cell, but the table has {width} columns.",
            "The row has {n} cells, but the table has {width} columns.",
            n=cells,
            width=width,
        )
    return Message(
        "The row has {n} cells, but the table has {width} columns. A text that holds the delimiter must stand in "
        "quotation marks.",
        n=cells,
        width=width,
    )
