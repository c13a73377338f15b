"""What every kind of table file becomes, and the names of its columns."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from core.data.readers.names import is_known_name
from core.data.readers.reading import Skip
from core.errors import DataError
from core.limits import Limits

Row = tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """The cells of one file, as the text they are. A row may be shorter or longer than `columns`.

    `row_names` say where each row is ("row 5" is what a spreadsheet calls it). `how` holds what was proposed, under
    the options' names, and `choices` what else there is. `skips` are rows that could not be read at all.
    """

    columns: Row
    rows: list[Row] = field(repr=False)
    row_names: list[str] = field(repr=False)
    how: dict[str, Any]
    choices: dict[str, Any]
    notes: tuple[str, ...] = ()
    skips: tuple[Skip, ...] = ()


def named_columns(header: Sequence[str]) -> tuple[Row, tuple[str, ...]]:
    """Names for all columns, no two the same, and a note where that took a change."""
    columns: list[str] = []
    twins: list[str] = []
    for number, raw in enumerate(header, start=1):
        name = " ".join(raw.split()) or f"column {number}"
        if name in columns:
            twins.append(name)
            name = next(f"{name} ({n})" for n in range(2, len(header) + 2) if f"{name} ({n})" not in columns)
        columns.append(name)
    if not twins:
        return tuple(columns), ()
    called = ", ".join(f"'{name}'" for name in dict.fromkeys(twins))
    return tuple(columns), (f"More than one column is called {called}. The later ones got a number.",)


def unnamed_columns(width: int) -> Row:
    return tuple(f"column {number}" for number in range(1, width + 1))


def without_empty_edge(header: Row, rows: list[Row]) -> tuple[Row, list[Row]]:
    """Columns at the right that hold nothing at all (a delimiter at the end of every line) are taken away."""
    used = max((len(row) if row[-1].strip() else _used(row) for row in [header, *rows] if row), default=0)
    return header[:used], [row[:used] if len(row) > used else row for row in rows]


def _used(row: Row) -> int:
    return max((at for at, cell in enumerate(row, start=1) if cell.strip()), default=0)


def check_size(name: str, size: int, limits: Limits) -> None:
    """DataError when a table file is larger than the limit, before it is read."""
    if size > limits.table_megabytes * 1024**2:
        raise DataError(
            f"'{name}' is larger than {limits.table_megabytes} MB, the limit for one table.",
            'Cut it into smaller files, or raise "table_megabytes" in settings.json.',
        )


def check_rows(name: str, count: int, limits: Limits) -> None:
    """DataError when there are more rows than the limit."""
    if count > limits.rows:
        raise DataError(
            f"'{name}' has more than {limits.rows:,} rows, which is the limit.",
            'Use fewer rows, or raise "rows" in settings.json.',
        )


# Whether the first row of a table names the columns.

_NUMBER = re.compile(r"[+-]?\d+([.,]\d+)*%?")
_SAMPLE = 2000
_LONG_NAME = 60


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
