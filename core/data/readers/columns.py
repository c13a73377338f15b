"""Which column of a table holds the texts, which the labels, and which the part of the dataset."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from core.data.readers.names import (
    LABEL_NAMES,
    OTHER_NAMES,
    SPLIT_NAMES,
    TEXT_NAMES,
    first_names,
    looks_like_file,
    plain_name,
    split_of,
)
from core.data.readers.table import Row
from core.errors import DataError
from core.messages import Message

_SAMPLE = 4000
_LONGEST_LABEL = 60
_NUMBER = re.compile(r"[+-]?\d+([.,:/\-]\d+)*%?")
_ADDRESS = re.compile(r"\w+://\S+")
_ZERO_ONE = frozenset({"0", "1", "0.0", "1.0", "true", "false"})


@dataclass(frozen=True, slots=True)
class Columns:
    """Positions of columns. `marked`: there is no label column, but one for each class, that says 1 or 0."""

    text: int
    label: int | None
    split: int | None = None
    marked: tuple[int, ...] = ()


def choose_columns(
    columns: Row, rows: Sequence[Row], text: str | None = None, label: str | None = None
) -> Columns | Message:
    """The columns that `text` and `label` name, or those that names and contents speak for; or what is missing.

    DataError when a named column is not there, or when one is named for both.
    """
    text_at = None if text is None else _named(columns, text)
    label_at = None if label is None else _named(columns, label)
    about = _profiles(columns, rows)
    split_at = _split(columns, rows, {text_at, label_at})
    free = [at for at in range(len(columns)) if at != split_at]
    if label_at is None:
        label_at = _label_by_name(about, [at for at in free if at != text_at])
    if text_at is None:
        rest = [at for at in free if at != label_at]
        named = _text_by_name(about, rest)
        text_at = _most_like_text(about, rest) if named is None else named
    if text_at is None:
        return _no_texts(columns)
    rest = [at for at in free if at != text_at]
    if label_at is None:
        marked = _marked(about, rest)
        if marked:
            return Columns(text_at, None, split_at, marked)
        label_at = _most_like_label(about, rest)
    if label_at is None:
        return Message(
            "None of its columns ({columns}) holds labels, short values that come again and again.",
            columns=first_names(columns),
        )
    if text_at == label_at:
        raise DataError(
            Message("The column '{column}' cannot be both the text and the label.", column=columns[text_at]),
            Message("Choose another column for one of them: {columns:list}.", columns=columns),
        )
    return Columns(text_at, label_at, split_at)


def choose_text(columns: Row, rows: Sequence[Row], text: str | None = None) -> int | Message:
    """The column that holds the texts, where no labels are asked for: the one called `text`, or as in
    `choose_columns`; or why there is none. DataError when the named column is not there."""
    if text is not None:
        return _named(columns, text)
    if len(columns) == 1:
        return 0
    about = _profiles(columns, rows)
    label_at, split_at = _label_by_name(about, range(len(columns))), _split(columns, rows, set())
    rest = [at for at in range(len(columns)) if at not in (label_at, split_at)]
    named = _text_by_name(about, rest)
    found = _most_like_text(about, rest) if named is None else named
    return _no_texts(columns) if found is None else found


def _no_texts(columns: Row) -> Message:
    return Message("None of its columns ({columns}) holds texts.", columns=first_names(columns))


def _named(columns: Row, name: str) -> int:
    """The column with exactly this name; else without regard to case; else by its number, "column 2"."""
    ways: list[Callable[[str], str]] = [str, lambda column: column.strip().casefold(), plain_name]
    for way in ways:
        found = [at for at, column in enumerate(columns) if way(column) == way(name)]
        if found:
            return found[0]
    number = re.fullmatch(r"column (\d{1,4})", name.strip().casefold())
    if number and 1 <= int(number[1]) <= len(columns):
        return int(number[1]) - 1
    raise DataError(
        Message("There is no column '{column}'.", column=name),
        Message("The columns are: {columns:list}.", columns=columns),
    )


@dataclass(frozen=True, slots=True)
class _Profile:
    """What a sample of a column's cells is like. `different` counts distinct cells, `length` is their mean."""

    name: str
    filled: int
    different: int
    length: float
    numbers: bool
    addresses: bool
    zero_one: bool


def _profiles(columns: Row, rows: Sequence[Row]) -> list[_Profile]:
    sample = rows[:: max(1, len(rows) // _SAMPLE)]  # spread over all: files are often sorted by label
    found = []
    for at, name in enumerate(columns):
        cells = [cell for row in sample if at < len(row) and (cell := row[at].strip())]
        counts = Counter(cells)
        found.append(
            _Profile(
                plain_name(name),
                len(cells),
                len(counts),
                sum(map(len, cells)) / max(1, len(cells)),
                all(_NUMBER.fullmatch(cell) for cell in counts),
                bool(counts) and all(looks_like_file(cell) or _ADDRESS.fullmatch(cell) for cell in counts),
                bool(counts) and {cell.casefold() for cell in counts} <= _ZERO_ONE,
            )
        )
    return found


def _could_be_text(profile: _Profile) -> bool:
    return not profile.numbers and not profile.addresses


def _by_name(about: Sequence[_Profile], free: Sequence[int], names: Sequence[str]) -> list[int]:
    """The columns called by one of `names`, then those called by several words of which one is among them."""
    called: dict[str, list[int]] = {}
    saying: dict[str, list[int]] = {}
    for at in free:
        called.setdefault(about[at].name, []).append(at)
        for word in set(about[at].name.split("_")):
            saying.setdefault(word, []).append(at)
    exact = [at for name in map(plain_name, names) for at in called.get(name, ())]
    wordy = [at for name in names for at in saying.get(name, ())]
    return list(dict.fromkeys((*exact, *wordy)))


def _label_by_name(about: Sequence[_Profile], free: Sequence[int]) -> int | None:
    found = _by_name(about, free, LABEL_NAMES)
    return next((at for at in found if about[at].different >= 2), next(iter(found), None))


def _text_by_name(about: Sequence[_Profile], free: Sequence[int]) -> int | None:
    """Numbers and addresses are not the text, whatever they are called, as long as there is something better."""
    found = _by_name(about, free, TEXT_NAMES)
    better = any(_could_be_text(about[at]) for at in free)
    return next((at for at in found if _could_be_text(about[at])), None if better else next(iter(found), None))


def _most_like_text(about: Sequence[_Profile], free: Sequence[int]) -> int | None:
    """Long, and mostly different from row to row."""

    def score(at: int) -> tuple[bool, bool, float]:
        profile = about[at]
        distinct = profile.different / max(1, profile.filled)
        return _could_be_text(profile), profile.name not in OTHER_NAMES, profile.length * distinct**2

    best = max(free, key=score, default=None)
    return best if best is not None and _could_be_text(about[best]) and about[best].filled else None


def _most_like_label(about: Sequence[_Profile], free: Sequence[int]) -> int | None:
    """Short, and few different ones that come again and again."""
    fitting = [at for at in free if _repeats(about[at])]
    few_rows = [at for at in free if about[at].filled < 20 and about[at].different >= 2]
    return min(
        fitting or few_rows,
        key=lambda at: (about[at].name in OTHER_NAMES, about[at].addresses, about[at].different),
        default=None,
    )


def _repeats(profile: _Profile) -> bool:
    return 2 <= profile.different <= profile.filled / 2 and profile.length <= _LONGEST_LABEL


def _marked(about: Sequence[_Profile], free: Sequence[int]) -> tuple[int, ...]:
    """Columns named after the classes, with 1 or 0 in each row; none where another column could be the label."""
    zero_one = tuple(at for at in free if about[at].zero_one)
    others = [at for at in free if not about[at].zero_one and about[at].name not in OTHER_NAMES]
    return zero_one if len(zero_one) >= 2 and not any(_repeats(about[at]) for at in others) else ()


def _split(columns: Row, rows: Sequence[Row], taken: set[int | None]) -> int | None:
    """A column called like one of parts, that holds nothing but names of parts."""
    for at, column in enumerate(columns):
        if at not in taken and plain_name(column) in SPLIT_NAMES:
            values = {cell for row in rows if at < len(row) and (cell := row[at].strip())}
            if values and len(values) <= 20 and all(split_of(value) for value in values):
                return at
    return None
