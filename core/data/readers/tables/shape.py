"""What every kind of table file becomes, and the names of its columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from core.data.readers.items import Skip
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
