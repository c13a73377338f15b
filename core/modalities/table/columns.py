"""How the columns of a table become numbers. What is known of them was learnt from training rows alone.

Exported models carry this file's source along.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from functools import cached_property, lru_cache
from typing import Any

import numpy as np

from core.modalities.table.cells import is_missing, plain_number
from core.modalities.table.dates import ISO, day_number
from core.modalities.table.rows import Row

NUMBER, DATE, CATEGORY = "number", "date", "category"
FARTHEST = 5.0
"""Standard deviations: what lies farther out counts as this far."""
_MOST_OTHERS = 8
GAP, UNKNOWN, FIRST_VALUE = 0, 1, 2
"""Codes of a category that is missing, of one that training did not have, and of the first that it had."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column that says something, as its training rows have it.

    Numbers and dates (in days) have a `median`, which stands for a missing one, `mean` and `scale` (standard
    deviation), and lie between `low` and `high`; `whole`: none has decimals. `unit` is written behind numbers, and
    `mark` before their decimals, where that is another than in the table's other columns; `form` is how dates are
    written. Categories have `values`, the commonest first. `gaps`: some rows have nothing there.
    """

    name: str
    kind: str
    gaps: bool = False
    median: float = 0.0
    mean: float = 0.0
    scale: float = 1.0
    low: float = 0.0
    high: float = 0.0
    whole: bool = False
    unit: str = ""
    form: str = ""
    values: tuple[str, ...] = ()
    mark: str = ""

    @property
    def width(self) -> int:
        """How many numbers it becomes: one, or one for each value, and one more that says that it is missing."""
        return (len(self.values) if self.kind == CATEGORY else 1) + self.gaps


@dataclass(frozen=True)
class Columns:
    """All columns that say something, and the decimal `mark` of their numbers."""

    columns: tuple[Column, ...] = ()
    mark: str = "."

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)

    @cached_property
    def width(self) -> int:
        """How long a row of `features` is; a table whose columns say nothing still has one, which is always 0."""
        return max(1, sum(column.width for column in self.columns))

    @cached_property
    def _numbers(self) -> tuple[dict[str, int], ...]:
        return tuple(
            {folded(value): code for code, value in enumerate(column.values, FIRST_VALUE)} for column in self.columns
        )

    def amount(self, column: Column, cell: str) -> float | None:
        """The number or the day in a cell of `column`; None where there is none."""
        if column.kind == DATE:
            return day_number(cell, column.form)
        return plain_number(cell, column.mark or self.mark, column.unit)

    def cells(self, rows: Sequence[Row]) -> tuple[np.ndarray, np.ndarray]:
        """Numbers and dates in standard deviations from their mean, a missing one as the median, (n, columns) float32;
        and codes, (n, columns) int64: of categories, and `GAP` or something else for the others."""
        amounts = np.zeros((len(rows), len(self.columns)))
        codes = np.zeros((len(rows), len(self.columns)), dtype=np.int64)
        for at, (column, numbers) in enumerate(zip(self.columns, self._numbers, strict=True)):
            cells = [cell_of(row, column.name) for row in rows]
            if column.kind == CATEGORY:
                codes[:, at] = [GAP if is_missing(cell) else numbers.get(folded(cell), UNKNOWN) for cell in cells]
            else:
                found = [self.amount(column, cell) for cell in cells]
                codes[:, at] = [GAP if amount is None else UNKNOWN for amount in found]
                filled = np.array([column.median if amount is None else amount for amount in found])
                amounts[:, at] = (filled - column.mean) / column.scale
        return np.clip(amounts, -FARTHEST, FARTHEST).astype(np.float32), codes

    def others(self, column: Column) -> list[str]:
        """Cells that are usual in `column`: a low, a middling and a high number, or its commonest values."""
        if column.kind == CATEGORY:
            return list(column.values[:_MOST_OTHERS]) + [""] * (column.gaps and len(column.values) < 2)
        amounts = (column.mean - column.scale, column.median, column.mean + column.scale)
        return [self.cell(column, min(max(amount, column.low), column.high)) for amount in amounts]

    def cell(self, column: Column, amount: float) -> str:
        """The inverse of `amount`, for a number or a day: whole ones where the column's are."""
        if column.kind == DATE:
            moment = self.moment(amount)
            return moment.isoformat(sep=" ") if column.form == ISO else moment.strftime(column.form)
        text = str(round(amount)) if column.whole else f"{amount:.4f}".rstrip("0").rstrip(".")
        return text.replace(".", column.mark or self.mark)

    @staticmethod
    def moment(amount: float) -> datetime:
        """What so many days since the year 1 are, to the minute."""
        return datetime.fromordinal(int(amount)) + timedelta(minutes=round(amount % 1 * 1440))

    def features(self, rows: Sequence[Row]) -> np.ndarray:
        """Rows as numbers, (n, width) float32: numbers as in `cells`; categories one-hot, all zero for an unknown one;
        and, for columns with gaps, 1 where there is nothing."""
        amounts, codes = self.cells(rows)
        found = np.zeros((len(rows), self.width), dtype=np.float32)
        start = 0
        for at, column in enumerate(self.columns):
            if column.kind == CATEGORY:
                known = np.arange(FIRST_VALUE, FIRST_VALUE + len(column.values))
                found[:, start : start + len(known)] = codes[:, at, None] == known
            else:
                found[:, start] = amounts[:, at]
            start += column.width
            if column.gaps:
                found[:, start - 1] = codes[:, at] == GAP
        return found

    def arrays(self, rows: Sequence[Row], *, apart: bool) -> dict[str, np.ndarray]:
        """{"features"}, or apart {"amounts", "codes"}: as `features` and `cells` have them."""
        if not apart:
            return {"features": self.features(rows)}
        amounts, codes = self.cells(rows)
        return {"amounts": amounts, "codes": codes}

    def feature_names(self) -> list[tuple[str, str]]:
        """For each number of `features` what it is, in words that stay when columns come and go."""
        found: list[tuple[str, str]] = []
        for column in self.columns:
            name = folded(column.name)
            if column.kind == CATEGORY:
                found += [(name, f"={folded(value)}") for value in column.values]
            else:
                found.append((name, column.kind))
            found += [(name, "missing")] if column.gaps else []
        return found or [("", "")]

    def to_dict(self) -> dict[str, Any]:
        """As plain data."""
        return {"mark": self.mark, "columns": [asdict(column) for column in self.columns]}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Columns:
        """The inverse of `to_dict`; TypeError or KeyError where it is not one."""
        columns = (Column(**{**column, "values": tuple(column["values"])}) for column in data["columns"])
        return cls(tuple(columns), data["mark"])


def cell_of(row: Row, name: str) -> str:
    """The cell of the column of this name, however that is spelt here; "" where there is none."""
    return row.get(name_in(row, name) or "", "")


def name_in(row: Row, name: str) -> str | None:
    """How the name of this column is spelt here; None where there is no such column."""
    return name if name in row else _names(tuple(row)).get(folded(name))


@lru_cache(maxsize=256)
def _names(names: tuple[str, ...]) -> dict[str, str]:
    """Names of columns by how they are compared."""
    return {folded(name): name for name in reversed(names)}


def folded(text: str) -> str:
    """A name or value as it is compared: capitals and blanks make no other one of it."""
    return " ".join(text.split()).casefold()
