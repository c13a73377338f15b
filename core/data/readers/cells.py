"""Cells of formats that know numbers, dates and nothing: each as the text that a person reads."""

from __future__ import annotations

import datetime
import json
import math
from decimal import Decimal
from typing import Any


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
        return "" if math.isnan(value) else str(int(value)) if value.is_integer() else repr(value)
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
