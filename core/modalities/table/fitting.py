"""What training rows say about their columns: which hold numbers, dates or categories, and which say nothing."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import islice

import numpy as np

from core.modalities.table.cells import decimal_mark, is_missing, plain_number
from core.modalities.table.columns import CATEGORY, DATE, NUMBER, Column, Columns, folded
from core.modalities.table.dates import DATE_FORMATS, ISO, TIME, date_form, day_number, is_date, is_written
from core.modalities.table.rows import Row

MOST_COLUMNS = 500
"""Of a wider table the first so many columns are learnt from: few programs make more that a person measured."""
_MOST_VALUES = 30
"""Of a category so many values are told apart."""
_NEARLY_ALL = 0.9
"""So much of what a column holds must be numbers, or dates; the rest counts as missing."""
_MOSTLY = 0.5
_CLEARLY = 0.7
"""At least so much of a column must be days that there are, for the rest to be meant as days."""
_SAMPLED = 30
_FEWEST_NUMBERS = 10
_FEW_WORDS = 3
_STRANGE = 0.05
"""Where at least half are numbers, so many different ones, the rest may be so many words ("unknown"), numbers with a
sign or a unit ("<5"), and so much else: they count as missing, too."""
_TOLD_APART = 0.5
"""So many of its rows must have a value that others have, too; else it is free text, or names each row."""
_FEW = 20
"""In fewer rows a value counts though it stands there once."""
_COUNTED = 3
"""Numbers that only rise, by less than this on average, count the rows."""
_SAMPLE = 1000
_MEASURE = re.compile(
    r"(?:[<>~\u2248\u2264\u2265=]|ca\.?|about|approx\.?|circa)?\s*([-+]?[\d.,]+)\s*[^\W\d]{0,6}\.?%?", re.IGNORECASE
)
_UNIT = re.compile(r"[\d.,)]\s*([^\d\s.,%()+-][^\d]{0,9})$")


def fit_columns(rows: Iterable[Row]) -> Columns:
    """The columns of these training rows that say something, in their order."""
    rows = list(rows)
    names = list(dict.fromkeys(name for row in rows for name in row))[:MOST_COLUMNS]
    held = {name: [row.get(name, "").strip() for row in rows] for name in names}
    mark = decimal_mark(cell for cells in held.values() for cell in cells[:_SAMPLE])
    found = [_fitted(name, cells, mark) for name, cells in held.items()]
    return Columns(tuple(column for column in found if column), mark)


def extended(known: Columns, rows: Iterable[Row]) -> Columns:
    """`known` columns as they are, their values and those of these training rows, and then the rows' new columns.

    A column is known by its name, if it holds the same kind of thing.
    """
    fitted = fit_columns(rows)
    new = {folded(column.name): column for column in fitted.columns}
    kept = []
    for column in known.columns:
        other = new.get(folded(column.name))
        if other and other.kind == column.kind:
            del new[folded(column.name)]
            kept.append(
                _with_values(replace(column, name=other.name, form=other.form, unit=other.unit, mark=other.mark), other)
            )
        else:
            kept.append(column)
    return Columns((*kept, *new.values()), fitted.mark)


def shared_columns(known: Columns, rows: Columns) -> list[str]:
    """Names of the columns that both have."""
    names = {(folded(column.name), column.kind) for column in known.columns}
    return [column.name for column in rows.columns if (folded(column.name), column.kind) in names]


def _with_values(column: Column, other: Column) -> Column:
    known = {folded(value) for value in column.values}
    values = (*column.values, *(value for value in other.values if folded(value) not in known))
    return replace(column, values=values, gaps=column.gaps or other.gaps)


def _fitted(name: str, cells: Sequence[str], mark: str) -> Column | None:
    """None for a column that says nothing: always the same, a number for each row, free text."""
    filled = [cell for cell in cells if not is_missing(cell)]
    gaps = len(filled) < len(cells)
    if not filled or (not gaps and len({folded(cell) for cell in filled}) == 1):
        return None
    unit = _unit(filled)
    marks = mark, "," if mark == "." else "."  # one column may be from another program than the rest
    numbers = (_numbers(name, cells, filled, unit, mark, own, _NEARLY_ALL) for own in marks)
    return (
        next(filter(None, numbers), None)
        or _dates(name, cells, filled)
        or _spoilt(name, cells, filled, unit, mark)
        or _category(name, filled, gaps)
    )


def _numbers(
    name: str, cells: Sequence[str], filled: Sequence[str], unit: str, usual: str, mark: str, least: float
) -> Column | None:
    """A column of numbers with this decimal `mark`, where that is such a share of what is filled; the table's `usual`
    mark is not noted."""
    column = Column(name, NUMBER, unit=unit, mark="" if mark == usual else mark)
    return _amounts(column, [plain_number(cell, mark, unit) for cell in cells], least * len(filled))


def _spoilt(name: str, cells: Sequence[str], filled: Sequence[str], unit: str, usual: str) -> Column | None:
    mark = decimal_mark(filled, usual)
    return _numbers(name, cells, filled, unit, usual, mark, _MOSTLY) if spoilt_numbers(filled, mark, unit) else None


def spoilt_numbers(filled: Iterable[str], mark: str = ".", unit: str = "") -> bool:
    """True where most of these cells are numbers and the others a few words ("unknown") or numbers with a sign or a
    unit ("<5", "12 mg"): they are meant as numbers, and those others count as missing."""
    counts = Counter(filled)
    odd = Counter({cell: n for cell, n in counts.items() if plain_number(cell, mark, unit) is None})
    numbers = len(counts) - len(odd)
    if odd.total() > (1 - _MOSTLY) * counts.total() or numbers < _FEWEST_NUMBERS:
        return False
    words = Counter(cell for cell in map(folded, odd.elements()) if not _MEASURE.fullmatch(cell))
    strange = words.total() - sum(n for _, n in words.most_common(_FEW_WORDS))
    return strange <= _STRANGE * counts.total() and _FEW_WORDS * len(words) <= numbers


def spoilt_dates(filled: Iterable[str]) -> str | None:
    """How most of these cells write a date, where the others are days that there are not ("2023-02-30", "00.00.0000"),
    are written in another way, or are a few words ("unknown"): they are meant as dates, and those others count as
    missing. None where that is not so."""
    counts = Counter(filled)
    if not any(map(is_date, islice(counts, _SAMPLED))):
        return None
    known = {form: sum(n for cell, n in counts.items() if day_number(cell, form) is not None) for form in DATE_FORMATS}
    form = max(known, key=lambda form: known[form])
    if known[form] < _CLEARLY * counts.total():
        return None
    words = {folded(cell) for cell in counts if not is_written(cell, form) and not is_date(cell)}
    return form if len(words) <= min(_FEW_WORDS, len(counts) // _FEW_WORDS - 1) else None


def _unit(filled: Sequence[str]) -> str:
    """What stands behind nearly all numbers of a column."""
    ends = [found[1].strip() if (found := _UNIT.search(cell)) else "" for cell in filled[:_SAMPLE]]
    unit, n = Counter(ends).most_common(1)[0]
    return unit if unit and n >= _NEARLY_ALL * len(ends) else ""


def _dates(name: str, cells: Sequence[str], filled: Sequence[str]) -> Column | None:
    form = date_form(filled[:_SAMPLE], _NEARLY_ALL) or spoilt_dates(filled[:_SAMPLE])
    if form is None:
        return None
    days = [day_number(cell, form) for cell in cells]
    timed = form not in (ISO, TIME) and any(day is not None and day % 1 for day in days)
    return _amounts(Column(name, DATE, form=f"{form} %H:%M" if timed else form), days, _CLEARLY * len(filled))


def _amounts(column: Column, found: Sequence[float | None], least: float) -> Column | None:
    """The column of these amounts; None where there are fewer than `least`."""
    known = np.array([amount for amount in found if amount is not None])
    if len(known) < least or not len(known):
        return None
    whole = bool(np.all(known == np.floor(known)))
    gaps = len(known) < len(found)
    if column.kind == NUMBER and whole and not gaps and _numbers_the_rows(known):
        return None
    if not gaps and known.min() == known.max():
        return None
    median = float(np.median(known))
    filled_in = np.array([median if amount is None else amount for amount in found])
    scale = float(filled_in.std())
    return replace(
        column, gaps=gaps, median=median, mean=float(filled_in.mean()), scale=scale if scale > 0 else 1.0,
        low=float(known.min()), high=float(known.max()), whole=whole,
    )  # fmt: skip


def _numbers_the_rows(known: np.ndarray) -> bool:
    """Counted through, perhaps with a few left out (those that are held back)."""
    return len(known) >= _FEW and bool(np.all(np.diff(known) > 0)) and known[-1] - known[0] < _COUNTED * len(known)


def _category(name: str, filled: Sequence[str], gaps: bool) -> Column | None:
    counts = Counter(map(folded, filled))
    spelt = {folded(cell): " ".join(cell.split()) for cell in reversed(filled)}
    least = 1 if len(filled) < _FEW else 2
    ranked = sorted(counts, key=lambda value: (-counts[value], value))
    values = [value for value in ranked if counts[value] >= least][:_MOST_VALUES]
    told = sum(counts[value] for value in values)
    if told < _TOLD_APART * len(filled):
        return Column(name, CATEGORY, gaps) if gaps else None  # whether something stands there may say a lot
    return Column(name, CATEGORY, gaps, values=tuple(spelt[value] for value in values))
