"""Cells of formats that know numbers, dates and nothing: each as the text that a person reads."""

from __future__ import annotations

import datetime
import json
import math
from decimal import Decimal
from typing import Any

from core.modalities.table.cells import decimal_mark, plain_number


class Number(str):
    """A cell that its format knows to be a number with decimals: a point stands before them, whatever texts beside it
    have."""

    __slots__ = ()


def in_one_notation(rows: list[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """Rows in which numbers that somebody typed as texts ("2,50") are written as the numbers beside them ("2.50").

    A column's texts say together what stands before their decimals; a table without a `Number` stays as it is.
    """
    if not any(isinstance(cell, Number) for row in rows for cell in row):
        return rows
    commas = set()
    for at in range(max(map(len, rows))):
        texts = [row[at] for row in rows if at < len(row) and "," in row[at]]
        if texts and decimal_mark(texts) == ",":
            commas.add(at)
    return (
        [tuple(_with_point(cell) if at in commas else cell for at, cell in enumerate(row)) for row in rows]
        if commas
        else rows
    )


def _with_point(cell: str) -> str:
    amount = None if isinstance(cell, Number) or "," not in cell else plain_number(cell, ",")
    return cell if amount is None else cell_text(amount)


def cell_text(value: Any) -> str:
    """1.0 is "1", a day is "2024-05-01", true is "TRUE", nothing and not-a-number are empty; lists are written as JSON.

    Bytes have no text; they are said to be some.
    """
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return "" if math.isnan(value) else str(int(value)) if value.is_integer() else Number(repr(value))
    if isinstance(value, datetime.datetime):
        midnight = value.time() == datetime.time()
        return value.date().isoformat() if midnight else value.isoformat(sep=" ")
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, list | dict | tuple):
        return json.dumps(value, ensure_ascii=False, default=cell_text)
    return "" if isinstance(value, bytes | bytearray | memoryview) else str(value)
