"""What every kind of table file becomes, and what a format of one is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import count
from pathlib import PurePosixPath
from typing import Any, Protocol

from core.data.readers.encoding import Decoded, decode
from core.data.readers.reading import ReadOptions, Skip
from core.limits import Limits
from core.messages import Message

Row = tuple[str, ...]

TOP = 20
"""So many rows are shown as they stand in the file."""


@dataclass(frozen=True)
class Table:
    """The cells of one file, as the text they are. A row may be shorter or longer than `columns`.

    `row_names` say where each row is ("row 5" is what a spreadsheet calls it). `how` holds what was proposed, under
    the options' names, and `choices` what else there is. `skips` are rows that could not be read at all, or are none of
    the table (titles, totals). `top` are the first rows as they stand in the file, header and titles among them, for a
    person who says which is which; none where a format has no such rows.
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

    A table has `fewest` columns or more: two, or one where no labels are asked for. `found` is what a format has found
    out about it when it was asked whether it fits.
    """

    path: PurePosixPath
    raw: bytes = field(repr=False)
    encoding: str | None = None
    fewest: int = 2
    found: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

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
