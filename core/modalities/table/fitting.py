"""What training rows say about their columns: which hold numbers, dates or categories, and which say nothing."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from core.modalities.table.cells import DATE_FORMATS, day_number, decimal_mark, is_missing, plain_number
from core.modalities.table.columns import CATEGORY, DATE, NUMBER, Column, Columns, folded
from core.modalities.table.rows import Row

MOST_COLUMNS = 500
"""Of a wider table the first so many columns are learnt from: few programs make more that a person measured."""
_MOST_VALUES = 30
"""Of a category so many values are told apart."""
_NEARLY_ALL = 0.9
"""So much of what a column holds must be numbers, or dates; the rest counts as missing."""
_TOLD_APART = 0.5
"""So many of its rows must have a value that others have, too; else it is free text, or names each row."""
_FEW = 20
"""In fewer rows a value counts though it stands there once."""
_COUNTED = 3
"""Numbers that only rise, by less than this on average, count the rows."""
_SAMPLE = 1000
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
    other = "." if mark == "," else ","  # one column from another program than the rest
    return (
        _amounts(Column(name, NUMBER, gaps, unit=unit), [plain_number(cell, mark, unit) for cell in cells], len(filled))
        or _amounts(
            Column(name, NUMBER, gaps, unit=unit, mark=other),
            [plain_number(cell, other, unit) for cell in cells],
            len(filled),
        )
        or _dates(name, cells, filled)
        or _category(name, filled, gaps)
    )


def _unit(filled: Sequence[str]) -> str:
    """What stands behind nearly all numbers of a column."""
    ends = [found[1].strip() if (found := _UNIT.search(cell)) else "" for cell in filled[:_SAMPLE]]
    unit, n = Counter(ends).most_common(1)[0]
    return unit if unit and n >= _NEARLY_ALL * len(ends) else ""


def _dates(name: str, cells: Sequence[str], filled: Sequence[str]) -> Column | None:
    sample = filled[:_SAMPLE]
    for form in DATE_FORMATS:
        if day_number(sample[0], form) is None and day_number(sample[-1], form) is None:
            continue
        if sum(day_number(cell, form) is not None for cell in sample) < _NEARLY_ALL * len(sample):
            continue
        return _amounts(Column(name, DATE, form=form), [day_number(cell, form) for cell in cells], len(filled))
    return None


def _amounts(column: Column, found: Sequence[float | None], filled: int) -> Column | None:
    """The column of these amounts; None where too many cells hold something else."""
    known = np.array([amount for amount in found if amount is not None])
    if len(known) < _NEARLY_ALL * filled or not len(known):
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
