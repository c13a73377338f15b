"""Does a row name the columns below it? Told by what it has in common with the other rows."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence, Set

from core.data.readers.names import is_known_name
from core.data.readers.table import Row

MARKS_OF_NOTHING = frozenset({"", "-", "?", ".", "na", "n/a", "nan", "null", "none", "nil", "k.a.", "missing"})
"""What people and programs write where a value is missing, in small letters."""

_NUMBER = re.compile(r"[+-]?\d+([.,]\d+)*%?")
_DATE = re.compile(r"\d{1,4}[-./]\d{1,2}[-./]\d{1,4}([ T].*)?|\d{1,2}:\d{2}(:\d{2})?")
_SAMPLE = 2000
_LONG_NAME = 60
_VOTING = 500
"""So many columns say whether they have a name."""


def is_number(cell: str) -> bool:
    return _NUMBER.fullmatch(cell.strip()) is not None


def is_plain_value(cell: str) -> bool:
    """True for a number, a date or a time."""
    return is_number(cell) or _DATE.fullmatch(cell.strip()) is not None


def typed_columns(rows: Sequence[Row]) -> Set[int]:
    """The positions of columns that hold nothing but numbers and dates, in most of the rows."""
    columns = range(max(map(len, rows), default=0))
    cells = {at: [cell for row in rows if at < len(row) and (cell := row[at].strip())] for at in columns}
    return {at for at in columns if 2 * len(cells[at]) > len(rows) and all(map(is_plain_value, cells[at]))}


def has_header(rows: Sequence[Row]) -> bool:
    """Told by what the first row has in common with the others. `rows` has two rows or more."""
    first = [cell.strip() for cell in rows[0]]
    body = [
        row for row in rows[1:] if any(cell.strip() for cell in row) and row != rows[0]
    ]  # it may stand on each page
    known = [at for at, cell in enumerate(first) if is_known_name(cell)]
    if any(all(first[at] not in row[at : at + 1] for row in body) for at in known) and all(
        len(cell) <= _LONG_NAME for cell in first
    ):
        return True
    if first == [str(number) for number in range(len(first))]:
        return True  # what pandas calls columns that have no name
    if any(_NUMBER.fullmatch(cell) for cell in first):
        return False
    times = Counter(first)
    twins = {at for at, cell in enumerate(first) if cell and times[cell] > 1}
    if twins and not _are_names(first, twins, body):
        return False
    sample = body[:: max(1, len(body) // _SAMPLE)]
    votes = [_vote(cell, at, body, sample) for at, cell in enumerate(first[:_VOTING])]
    if sum(votes) == 0:
        return all(len(cell) <= 30 for cell in first)
    return sum(votes) > 0


def _are_names(first: Sequence[str], twins: Set[int], body: Sequence[Row]) -> bool:
    """True where cells name columns though those at `twins` are not the only ones with their name: a word stands above
    numbers alone, and no twin comes again below."""
    sample = body[:_SAMPLE]
    if len(sample) < 2 or any(first[at] == row[at].strip() for row in sample for at in twins if at < len(row)):
        return False
    typed = [first[at] for at in typed_columns(sample) if at < len(first)]
    return any(cell.casefold() not in MARKS_OF_NOTHING and not is_plain_value(cell) for cell in typed)


def _vote(cell: str, at: int, body: Sequence[Row], sample: Sequence[Row]) -> int:
    """Above 0 when `cell` cannot be one more value of its column, below 0 when it looks like one. All rows say whether
    it is a value: a rare class stands in few of them."""
    if cell and any(at < len(row) and row[at].strip() == cell for row in body):
        return -3
    below = [row[at].strip() for row in sample if at < len(row)]
    filled = [value for value in below if value]
    if not filled:
        return 0
    counts = Counter(filled)
    if not cell:
        return 1  # the corner above an index
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
