"""The rows of a delimited text. A quotation mark that is never closed costs one row at most."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice

from core.data.readers.tables.shape import Row

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+$")
_LONGEST = 1000
"""Lines. No message in a table has more; a quotation mark that stays open for longer was never meant to open one."""


@dataclass(frozen=True, slots=True)
class Records:
    """All rows; `mended` are the positions of those whose quotation marks were taken as ordinary characters."""

    rows: list[Row]
    mended: list[int] = field(default_factory=list)


def records(text: str, delimiter: str, at_most: int, after_space: bool = False) -> Records:
    """The rows of `text`, one more than `at_most` if there are more. `after_space`: quotes follow ", ".

    What is written by the rules (RFC 4180) is read by them. Otherwise every line is looked at on its own.
    """
    csv.field_size_limit(2**31 - 1)  # a cell is never larger than its file, which has a limit
    for escape in (None, "\\") if '\\"' in text else (None,):
        rows = _strict(_lines(text), delimiter, at_most, after_space, escape)
        if rows is not None and not _swallowing(rows, delimiter):
            return Records(rows)
    return _careful(list(_lines(text)), delimiter, at_most, after_space)


def _lines(text: str) -> Iterator[str]:
    """Lines with their ends, one at a time: io.StringIO would need four bytes a character."""
    return (match[0] for match in _LINE.finditer(text))


def _strict(
    lines: Iterable[str], delimiter: str, at_most: int, after_space: bool, escape: str | None = None
) -> list[Row] | None:
    reader = csv.reader(lines, delimiter=delimiter, strict=True, skipinitialspace=after_space, escapechar=escape)
    try:
        return [tuple(row) for row in islice(reader, at_most + 1)]
    except csv.Error:
        return None


def _swallowing(rows: list[Row], delimiter: str) -> bool:
    """True when a cell holds whole rows: two stray marks can look like one very long cell."""
    if not any("\n" in cell or "\r" in cell for row in rows for cell in row):
        return False
    plain = _Plain.of(row for row in rows if not any("\n" in cell for cell in row))
    return any(plain.is_swallowed(row, delimiter, at_least=3) for row in rows)


@dataclass(frozen=True, slots=True)
class _Plain:
    """What ordinary rows look like: their width, and for each column the values that occur again and again."""

    width: int
    repeated: tuple[frozenset[str], ...]

    @classmethod
    def of(cls, rows: Iterable[Row]) -> _Plain:
        sample = list(islice(rows, 20_000))
        width = Counter(map(len, sample)).most_common(1)[0][0] if sample else 0
        columns = zip(*(row for row in sample if len(row) == width), strict=True)
        counts = [Counter(column) for column in columns]
        return cls(width, tuple(frozenset(v for v, n in count.items() if n > 1 and v.strip()) for count in counts))

    def is_swallowed(self, row: Row, delimiter: str, at_least: int) -> bool:
        """True when the lines inside a cell of `row` are rows themselves, with values that other rows have."""
        for at, cell in enumerate(row):
            pieces = re.split(r"\r\n|\r|\n", cell)[:-1]
            if len(pieces) < at_least or self.width < 2:
                continue
            inner = [tuple(piece.split(delimiter)) for piece in pieces]
            inner[0] = (*row[:at], *inner[0])
            if any(len(cells) != self.width for cells in inner):
                continue
            if any(all(cells[i] in self.repeated[i] for cells in inner) for i in range(self.width)):
                return True
        return False


def _careful(lines: list[str], delimiter: str, at_most: int, after_space: bool) -> Records:
    alone = [_parsed(line, delimiter, after_space) for line in lines]
    plain = _Plain.of(row for row in alone if row)
    open_ends = _next_open(lines, alone)
    found = Records([])
    at = 0
    while at < len(lines) and len(found.rows) <= at_most:
        row, end = alone[at], at + 1
        if row is None and at < open_ends[at] <= at + _LONGEST:
            end = open_ends[at] + 1
            row = _parsed("".join(lines[at:end]), delimiter, after_space)
            if row is not None and plain.is_swallowed(row, delimiter, at_least=1):
                row = None
        if row is None:
            end = at + 1
            found.mended.append(len(found.rows))
            row = _literal(lines[at], delimiter, plain.width)
        found.rows.append(row)
        at = end
    return found


def _parsed(line: str, delimiter: str, after_space: bool) -> Row | None:
    if '"' not in line:
        return tuple(line.rstrip("\r\n").split(delimiter)) if line.strip("\r\n") else ()
    rows = _strict(_lines(line), delimiter, 1, after_space)
    return rows[0] if rows and len(rows) == 1 else None


def _next_open(lines: list[str], alone: list[Row | None]) -> list[int]:
    """For every line the next one with an odd number of marks, where what it opens may be closed; -1 without one."""
    following = -1
    found = [-1] * len(lines)
    for at in range(len(lines) - 1, -1, -1):
        if alone[at] is None and lines[at].count('"') % 2 == 0:
            found[at] = -1
        else:
            found[at] = following
        if lines[at].count('"') % 2:
            following = at
    return found


def _literal(line: str, delimiter: str, width: int) -> Row:
    """Marks as ordinary characters, unless only reading them as marks gives the right number of cells."""
    bare = line.rstrip("\r\n")
    cells = tuple(bare.split(delimiter))
    if len(cells) != width:
        lenient = next(csv.reader([bare], delimiter=delimiter), [])
        if len(lenient) == width:
            return tuple(lenient)
    return cells
