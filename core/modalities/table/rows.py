"""A row as it comes in and as it is kept: a JSON object. Exported models carry this file's source along."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from core.errors import UnreadableExampleError
from core.messages import Message
from core.modalities.table.cells import is_missing

Row = Mapping[str, str]
"""The cells of a row by the names of their columns; a missing one is "", or is not there."""

MOST_LETTERS = 500
"""Of a longer cell so many are kept: it is neither a number nor a category."""
_THREE_DECIMALS = re.compile(r"-?\d{1,3}\.\d{3}")
NO_ROW = Message("It is not a row, which looks like {example}.", example='{"age": 22, "sex": "male"}')


def read_row(raw: bytes) -> dict[str, str]:
    """Text, numbers, true, false or null by the names of the columns. UnreadableExampleError for anything else."""
    try:
        given = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise UnreadableExampleError(NO_ROW) from error
    if not isinstance(given, dict) or any(isinstance(value, (dict, list)) for value in given.values()):
        raise UnreadableExampleError(NO_ROW)
    row = {_as_kept(name): _cell(value) for name, value in given.items()}
    if not any(row.values()):
        raise UnreadableExampleError(Message("The row is empty."))
    return row


def row_text(cells: Mapping[str, Any]) -> str:
    """A row as it is kept, and as `read_row` takes it (encoded as UTF-8)."""
    return json.dumps(cells, ensure_ascii=False).encode(errors="replace").decode()


def row_of(text: str) -> dict[str, str] | None:
    """The row that is kept as `text`; None where that is damaged."""
    try:
        row = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return row if isinstance(row, dict) and all(isinstance(cell, str) for cell in row.values()) else None


def _cell(value: Any) -> str:
    """A value of JSON as a cell, "" where it is missing. A number with three decimals gets a fourth: they are no
    thousands."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    text = value if isinstance(value, str) else repr(value)
    if isinstance(value, float) and _THREE_DECIMALS.fullmatch(text):
        text += "0"
    text = _as_kept(text)[:MOST_LETTERS]
    return "" if is_missing(text) else text


def _as_kept(given: str) -> str:
    """As it can be kept: half of an emoji is replaced."""
    return given.replace("\x00", "").encode(errors="replace").decode().strip()
