"""What every kind of table file becomes, and whether its first row names the columns."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import count
from pathlib import PurePosixPath
from typing import Any, Protocol

from core.data.readers.encoding import Decoded, decode
from core.data.readers.names import is_known_name
from core.data.readers.reading import OPTIONS, ReadOptions, Skip
from core.errors import DataError
from core.limits import Limits
from core.messages import Message, counted

Row = tuple[str, ...]

TOP = 20
"""So many rows are shown as they stand in the file."""

_NUMBER = re.compile(r"[+-]?\d+([.,]\d+)*%?")
_SAMPLE = 2000
_LONG_NAME = 60


@dataclass(frozen=True)
class Table:
    """The cells of one file, as the text they are. A row may be shorter or longer than `columns`.

    `row_names` say where each row is ("row 5" is what a spreadsheet calls it). `how` holds what was proposed, under
    the options' names, and `choices` what else there is. `skips` are rows that could not be read at all, or stand above
    the header. `top` are the first rows as they stand in the file, header and titles among them, for a person who says
    which is which; none where a format has no such rows.
    """

    columns: Row
    rows: list[Row] = field(repr=False)
    row_names: list[str] = field(repr=False)
    how: dict[str, Any]
    choices: dict[str, Any]
    notes: tuple[Message, ...] = ()
    skips: tuple[Skip, ...] = ()
    top: tuple[Row, ...] = field(default=(), repr=False)


@dataclass(frozen=True)
class TableFile:
    """A file that may hold a table: its path in the source, its bytes, and the encoding that a person named.

    A table has `fewest` columns or more: two, or one where no labels are asked for.
    """

    path: PurePosixPath
    raw: bytes = field(repr=False)
    encoding: str | None = None
    fewest: int = 2

    @property
    def name(self) -> str:
        return str(self.path)

    @property
    def suffix(self) -> str:
        return self.path.suffix.casefold()

    @cached_property
    def decoded(self) -> Decoded:
        """Its text. DataError when the encoding that was named is not its own."""
        return decode(self.raw, self.name, self.encoding)

    @property
    def text(self) -> str:
        return self.decoded.text


class Format(Protocol):
    """One way to write a table into a file.

    `suffixes` are those of files in it, as in ".csv". `is_text` is true where it is made of characters; then a file
    that is not is never shown to it.
    """

    @property
    def suffixes(self) -> frozenset[str]: ...

    @property
    def is_text(self) -> bool: ...

    def fits(self, file: TableFile, options: ReadOptions) -> bool:
        """True when the file is written in this format, as far as can be told without reading all of it.

        DataError when it is, and cannot be read (protected, of an old kind), or when an option does not fit it.
        """
        ...

    def read(self, file: TableFile, options: ReadOptions, limits: Limits) -> Table | Message:
        """Its table, or why there is none in it. DataError when it is damaged, or has more rows than the limit."""
        ...


def tabulated(
    rows: list[Row],
    options: ReadOptions,
    how: dict[str, Any],
    choices: dict[str, Any],
    notes: tuple[Message, ...] = (),
) -> Table:
    """A table from its raw rows, of which one may name the columns. Rows above it are skips. Row 1 is the first of all.

    DataError when `options` name a header that cannot be.
    """
    at = _header_at(rows, options)
    first, body = (rows[at], rows[at + 1 :]) if at is not None else ((), rows)
    first, body = _without_empty_edge(first, body)
    usual = Counter(map(len, body)).most_common(1)[0][0] if body else len(first)
    if at is not None and len(first) == usual - 1 and _are_row_names(body):
        first = ("", *first)  # R leaves the column of row names without a name
    columns, twins = named_columns(first) if at is not None else (unnamed_columns(usual), ())
    start = 1 if at is None else at + 2
    names = [f"row {number}" for number in range(start, start + len(body))]
    above = at or 0
    skips = tuple(Skip(f"row {number}", Message("It stands above the header.")) for number in range(1, above + 1))
    how = {**how, "header": "no" if at is None else "yes", **({"header_row": str(above + 1)} if above else {})}
    choices = {**choices, "header": list(OPTIONS["header"].choices)}
    return Table(columns, body, names, how, choices, (*notes, *twins), skips, tuple(rows[:TOP]))


def _header_at(rows: list[Row], options: ReadOptions) -> int | None:
    """The row that names the columns, from 0; None where none does."""
    headers, header, number = OPTIONS["header"].choices, options.header, options.header_row
    if header not in (None, *headers):
        raise DataError(
            Message("'{value}' does not say whether there is a header.", value=header),
            Message("Say {names:any}.", names=tuple(headers)),
        )
    if number is not None and header != "no":
        if not number.isdecimal() or not 1 <= int(number[:9]) <= len(rows):
            raise DataError(
                Message("There is no row {number} that could be the header.", number=number),
                counted("The table has {n} row.", "The table has {n} rows.", n=len(rows)),
            )
        return int(number) - 1
    if header is None:
        return 0 if len(rows) > 1 and has_header(rows) else None
    return 0 if header == "yes" and rows else None


def named_columns(header: Sequence[str]) -> tuple[Row, tuple[Message, ...]]:
    """Names for all columns, no two the same, and a note where that took a change."""
    columns: dict[str, None] = {}
    twins: dict[str, count[int]] = {}
    for number, raw in enumerate(header, start=1):
        name = " ".join(raw.split()) or f"column {number}"
        if name in columns:
            free = twins.setdefault(name, count(2))
            name = next(other for n in free if (other := f"{name} ({n})") not in columns)
        columns[name] = None
    if not twins:
        return tuple(columns), ()
    note = Message("More than one column is called {names:any}. The later ones got a number.", names=tuple(twins))
    return tuple(columns), (note,)


def unnamed_columns(width: int) -> Row:
    return tuple(f"column {number}" for number in range(1, width + 1))


def _without_empty_edge(header: Row, rows: list[Row]) -> tuple[Row, list[Row]]:
    """Columns at the right that hold nothing at all (a delimiter at the end of every line) are taken away."""
    used = max((len(row) if row[-1].strip() else _used(row) for row in [header, *rows] if row), default=0)
    return header[:used], [row[:used] if len(row) > used else row for row in rows]


def _used(row: Row) -> int:
    return max((at for at, cell in enumerate(row, start=1) if cell.strip()), default=0)


def _are_row_names(body: list[Row]) -> bool:
    names = [row[0] for row in body if row]
    return len(names) > 1 and len(set(names)) == len(names)


# --- does the first row name the columns? ------------------------------------------------------------------------


def has_header(rows: Sequence[Row]) -> bool:
    """Judged by what the first row has in common with the others. `rows` has two rows or more."""
    first = [cell.strip() for cell in rows[0]]
    body = [row for row in rows[1:] if any(cell.strip() for cell in row)]
    known = [at for at, cell in enumerate(first) if is_known_name(cell)]
    if any(all(first[at] not in row[at : at + 1] for row in body) for at in known) and all(
        len(cell) <= _LONG_NAME for cell in first
    ):
        return True
    if first == [str(number) for number in range(len(first))]:
        return True  # what pandas calls columns that have no name
    if any(_NUMBER.fullmatch(cell) for cell in first) or len({c for c in first if c}) < len([c for c in first if c]):
        return False
    step = max(1, len(body) // _SAMPLE)
    votes = [_vote(cell, [row[at].strip() for row in body[::step] if at < len(row)]) for at, cell in enumerate(first)]
    if sum(votes) == 0:
        return all(len(cell) <= 30 for cell in first)
    return sum(votes) > 0


def _vote(cell: str, below: list[str]) -> int:
    """Above 0 when `cell` cannot be one more value of its column, below 0 when it looks like one."""
    filled = [value for value in below if value]
    if not filled:
        return 0
    counts = Counter(filled)
    if not cell:
        return 1  # the corner above an index
    if cell in counts:
        return -3
    if all(_NUMBER.fullmatch(value) for value in filled):
        return 3
    few = len(counts) * 2 <= len(filled)
    if few and len(filled) >= 4:
        return 2
    if len(cell) > _LONG_NAME or _kind(cell) in {_kind(value) for value in filled[:50]} - {"word"}:
        return -2
    usual = sorted(map(len, filled))[len(filled) // 10]
    return 1 if len(cell) * 2 < usual and " " not in cell.strip() else 0


def _kind(value: str) -> str:
    """A file, an address, a sentence or else a word."""
    if re.search(r"\.\w{2,4}$", value) and not re.search(r"\s\w+\.$", value):
        return "file"
    if re.search(r"://|\\|@\w", value):
        return "address"
    return "sentence" if value.count(" ") >= 4 or re.search(r"[.!?。！？]$", value) else "word"
