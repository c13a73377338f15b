"""Numbers and dates that stand for "not known": an age of 999, a weight of -1, a day in the year 9999."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from functools import partial

import numpy as np

from core.data.findings import Finding
from core.doctor.case import Case
from core.messages import Message, counted
from core.modalities.table.columns import CATEGORY, DATE

_LEAST_ROWS = 30
_LEAST_DIFFERENT = 5
"""Other values that a column must have to say what is far from them."""
_OFTEN = 3
"""A small negative number is one where it stands there so often."""
_APART = 3
"""Times as far from the lowest as others are from the next, or times as often as they."""
_NAMED = 5
_RANGE = 10.0
"""Where numbers lie closer together, a negative one is just the next."""
_DIGITS = frozenset("789")
_SMALL = frozenset({-1.0, -7.0, -8.0, -9.0})
_LIMITS = frozenset({2.0**31 - 1, -(2.0**31), 32_767.0, -32_768.0, 65_535.0})
_DAYS = frozenset(
    float(date(*day).toordinal())
    for day in ((1, 1, 1), (1753, 1, 1), (1899, 12, 30), (1899, 12, 31), (1900, 1, 1), (1901, 1, 1), (1970, 1, 1),
                (2099, 12, 31), (2999, 12, 31), (9999, 12, 31))
)  # fmt: skip
_YEARS = 5 * 365
"""Days between such a date and all others."""


def stand_ins(case: Case) -> Iterator[Finding]:
    """For each column of numbers or dates with such values a look."""
    if len(case.rows) < _LEAST_ROWS:
        return
    columns = case.fitted
    for column in columns.columns:
        if column.kind == CATEGORY or column.name not in case.columns:
            continue
        cells = dict(zip(case.rows, case.columns[column.name], strict=True))
        at = {i: amount for i, cell in cells.items() if cell and (amount := columns.amount(column, cell)) is not None}
        amounts = np.array(list(at.values()))
        odd = _odd_days(amounts) if column.kind == DATE else _odd_numbers(amounts)
        if not odd:
            continue
        found = [i for i, amount in at.items() if amount in odd]
        usual = sorted(at.keys() - set(found), key=at.__getitem__)
        yield Finding(
            "stand_ins",
            "look",
            counted(
                "'{column}' says {values:list} in {n} row, far from all others",
                "'{column}' says {values:list} in {n} rows, far from all others",
                n=len(found), column=column.name, values=list(dict.fromkeys(cells[i] for i in found))[:_NAMED],
            ),
            Message(
                "All others lie between {low} and {high}. Often that is written where a value is not known, and "
                "the model takes it for a value. Empty these cells, which says that nothing is known, and import "
                "the table again; or skip these rows.",
                low=cells[usual[0]], high=cells[usual[-1]],
            ),
            len(found),
            case.exhibits(found, partial(case.cell, column.name)),
            (case.leave_out(found),),
        )  # fmt: skip


def _odd_numbers(amounts: np.ndarray) -> list[float]:
    """Numbers such as 999 that are farther from all others than those are from each other, or the only negative one."""
    values, counts = np.unique(amounts, return_counts=True)
    suspects = np.array([_is_code(value) for value in values])
    usual = values[~suspects]
    if len(usual) < _LEAST_DIFFERENT or 2 * counts[suspects].sum() > len(amounts):
        return []
    low, high = float(usual[0]), float(usual[-1])
    room = high - low
    odd = []
    for value, count in zip(values[suspects].tolist(), counts[suspects].tolist(), strict=True):
        far = value > high + room or value < low - room
        apart = low - value > _APART * np.median(np.diff(usual)) or count > _APART * np.median(counts)
        negative = value < 0 <= low and room >= _RANGE and (value <= -99 or count >= _OFTEN)
        if far or (negative and apart):
            odd.append(value)
    return odd


def _is_code(value: float) -> bool:
    """True for what people and programs write where they know no number: 99, -999.9, -1, 0, the largest of 32 bits."""
    digits = f"{abs(value):.12g}".replace(".", "")
    alike = len(digits) > 1 and len(set(digits)) == 1 and digits[0] in _DIGITS
    return alike or value == 0 or value in _SMALL or value in _LIMITS


def _odd_days(days: np.ndarray) -> list[float]:
    values: Sequence[float] = np.unique(days).tolist()
    usual = [day for day in values if np.floor(day) not in _DAYS]
    if len(usual) < _LEAST_DIFFERENT:
        return []
    return [day for day in values if day not in usual and not usual[0] - _YEARS < day < usual[-1] + _YEARS]
