"""JSON and JSON Lines: whatever nests examples and their labels becomes a table."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from core.data.readers.items import Skip
from core.data.readers.tables.json_shapes import Entries, entries_of, flat_cells
from core.data.readers.tables.shape import Row, Table, check_rows, named_columns
from core.data.readers.tables.words import LABEL_NAMES, TEXT_NAMES, plain_name
from core.errors import DataError
from core.limits import Limits

_BROKEN = "This line is not written as JSON should be."


def looks_like_json(text: str) -> bool:
    """True when the text begins as JSON does; whether it goes on so is seen when it is read."""
    return bool(re.match(r'\s*[\[{]\s*(["\[{\]}\d-]|true|false|null)', text))


def read_json(text: str, name: str, limits: Limits) -> Table | None:
    """The table of examples in `text`; None when it holds none. DataError when it breaks off.

    Numbers stay as they are written and null is an empty cell. Records inside records become columns "a.b".
    """
    try:
        return _one_document(_load(text), name, limits)
    except (ValueError, RecursionError) as error:
        lines = _json_lines(text, name, limits)
        if lines is not None:
            return lines
        raise DataError(
            f"'{name}' begins like JSON but is not written as JSON should be{_where(error)}.",
            "Have the program that made it write it again; it may have been cut off.",
        ) from error


def _load(text: str) -> Any:
    return json.loads(text, parse_int=str, parse_float=str, parse_constant=str)


def _where(error: Exception) -> str:
    return f" (line {error.lineno:,})" if isinstance(error, json.JSONDecodeError) else ""


def _one_document(document: Any, name: str, limits: Limits) -> Table | None:
    entries = entries_of(document) or _single(document)
    return None if entries is None else _table(entries, name, limits)


def _single(document: Any) -> Entries | None:
    """One record alone, such as the one line of JSON Lines that is added to a set."""
    if not isinstance(document, dict) or any(isinstance(value, dict | list) for value in document.values()):
        return None
    names = set(map(plain_name, document))
    return Entries([document], ["line 1"]) if names & set(TEXT_NAMES) and names & set(LABEL_NAMES) else None


def _json_lines(text: str, name: str, limits: Limits) -> Table | None:
    """None unless most lines are JSON of their own. The others are skips."""
    values: list[Any] = []
    names: list[str] = []
    skips: list[Skip] = []
    for number, line in enumerate(re.split(r"\r\n|\r|\n", text), start=1):
        if not line.strip():
            continue
        try:
            value = _load(line)
            if not isinstance(value, dict | list):
                raise ValueError
        except (ValueError, RecursionError):
            skips.append(Skip(f"line {number}", _BROKEN))
        else:
            values.append(value)
            names.append(f"line {number}")
        check_rows(name, len(values) + len(skips), limits)
    if len(values) < 2 or len(values) < len(skips):
        return None
    return _table(Entries(values, names), name, limits, tuple(skips))


def _table(entries: Entries, name: str, limits: Limits, skips: tuple[Skip, ...] = ()) -> Table | None:
    check_rows(name, len(entries.values), limits)
    places: dict[str, int] = {}
    rows: list[Row] = []
    for cells in _cells(entries):
        row = [""] * len(places)
        for column, cell in cells.items():
            at = places.setdefault(column, len(places))
            row.extend([""] * (at + 1 - len(row)))
            row[at] = cell
        rows.append(tuple(row))
    if len(places) < 2 or not rows:
        return None
    width = len(places)
    rows = [row + ("",) * (width - len(row)) for row in rows]
    columns, notes = named_columns(list(places))
    return Table(columns, rows, list(entries.names), {"structure": "table"}, {}, notes, skips)


def _cells(entries: Entries) -> Iterator[Mapping[str, str]]:
    for at, value in enumerate(entries.values):
        extra = {column: values[at] for column, values in entries.extra.items()}
        yield {**flat_cells(value), **extra}
