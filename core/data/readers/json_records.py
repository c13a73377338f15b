"""The ways in which people nest examples in JSON, told apart by their shape."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from core.data.readers.names import LABEL_NAMES, TEXT_NAMES, is_known_name, plain_name, split_of
from core.data.readers.reading import Skip
from core.data.readers.table import Row, Table, check_rows, named_columns
from core.errors import DataError
from core.limits import Limits

_DEEPEST_WRAPPER = 4
_DEEPEST_CELL = 4


@dataclass(frozen=True)
class Entries:
    """Examples, each a record or a list of cells; their names; and columns that stand outside them (split, label)."""

    values: list[Any]
    names: list[str]
    extra: dict[str, list[str]] = field(default_factory=dict)


def entries_of(document: Any) -> Entries | None:
    """The examples in a JSON document, or None: a list of names, say, holds none."""
    if isinstance(document, list):
        return _listed(document) if _is_examples(document) else None
    if not isinstance(document, dict) or not document:
        return None
    for shape in (_split_columns, _columns, _by_split, _by_label, _by_id):
        found = shape(document)
        if found is not None:
            return found
    return _wrapped(document)


def flat_cells(value: Any) -> dict[str, str]:
    """The cells of one example by column: records inside it become "a.b", a bare list "column 1", "column 2"."""
    if isinstance(value, list):
        return {f"column {at}": cell_text(cell) for at, cell in enumerate(value, start=1)}
    cells: dict[str, str] = {}
    _flatten(value, "", cells, 0)
    return cells


def _flatten(record: dict[str, Any], prefix: str, cells: dict[str, str], depth: int) -> None:
    for key, value in record.items():
        name = f"{prefix}{key}"
        if isinstance(value, list) and value and all(isinstance(v, dict) and len(v) == 1 for v in value):
            inner = {k for v in value for k in v}
            if len(inner) == 1:  # [{"category": "a"}, {"category": "b"}]
                cells[_clean(f"{name}.{next(iter(inner))}")] = cell_text([next(iter(v.values())) for v in value])
                continue
        if isinstance(value, dict) and value and depth < _DEEPEST_CELL:
            _flatten(value, f"{name}.", cells, depth + 1)
        else:
            cells[_clean(name)] = cell_text(value)


def cell_text(value: Any) -> str:
    """One value as the text of a cell. A list of one is its value; longer ones stay lists, written as JSON."""
    if value is None or value == []:
        return ""
    if isinstance(value, str):
        return _clean(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list) and len(value) == 1:
        return cell_text(value[0])
    return _clean(json.dumps(value, ensure_ascii=False))


def _clean(text: str) -> str:
    """JSON can spell half of a character of two halves; no file can hold that."""
    return text.encode("utf-8", errors="replace").decode("utf-8")


# --- shapes ------------------------------------------------------------------------------------------------------


def _is_record(value: Any) -> bool:
    return isinstance(value, dict) and bool(value)


def _is_tuple(value: Any) -> bool:
    return isinstance(value, list) and len(value) >= 2 and not any(isinstance(cell, dict) for cell in value)


def _mostly(values: Iterable[Any], test: Callable[[Any], bool]) -> bool:
    tested = [test(value) for value in values]
    return bool(tested) and sum(tested) >= 0.9 * len(tested)


def _is_examples(values: Any) -> bool:
    """A list of records, or a list of [text, label]."""
    return isinstance(values, list) and (_mostly(values, _is_record) or _mostly(values, _is_tuple))


def _is_texts(values: Any) -> bool:
    return isinstance(values, list) and _mostly(values, lambda value: isinstance(value, str))


def _numbered(values: list[Any], within: str = "") -> Entries:
    """Entries called "entry 5", or "train entry 5"."""
    names = [f"{within} entry {n}".strip() for n in range(1, len(values) + 1)]
    return Entries([v if isinstance(v, dict | list) else [v] for v in values], names)


def _listed(values: list[Any]) -> Entries:
    """A list of examples; lists of cells may begin with the names of the columns, as a sheet does."""
    first = values[0]
    if not isinstance(first, list) or not all(isinstance(cell, str) and is_known_name(cell) for cell in first):
        return _numbered(values)
    rest = _numbered(values[1:])
    named = [
        dict(zip(first, row, strict=False)) if isinstance(row, list) and len(row) <= len(first) else row
        for row in rest.values
    ]
    return Entries(named, rest.names)


def _joined(parts: Iterable[tuple[Entries, dict[str, str]]]) -> Entries:
    """Several lots of entries as one; what holds for a whole lot becomes a column."""
    whole = Entries([], [])
    for entries, said in parts:
        whole.values.extend(entries.values)
        whole.names.extend(entries.names)
        for column in {*said, *entries.extra}:
            own = entries.extra.get(column) or [said[column]] * len(entries.values)
            whole.extra.setdefault(column, []).extend(own)
    return whole


def _by_split(document: dict[str, Any]) -> Entries | None:
    """{"train": [...], "test": [...]}: examples of any shape under names of parts."""
    splits = {key: split_of(key) for key in document}
    if len(splits) < 2 or None in splits.values():
        return None
    lots = []
    for key, value in document.items():
        found = _numbered(value, key) if _is_examples(value) else None
        if found is None and isinstance(value, dict):
            found = _by_label(value, key) or _by_id(value, key)
        if found is None and value not in ([], {}):
            return None
        if found is not None:
            lots.append((found, {"split": str(splits[key])}))
    return _joined(lots) if lots else None


def _by_label(document: dict[str, Any], within: str = "") -> Entries | None:
    """{"greeting": ["hello", ...], ...}: texts under their label."""
    if len(document) < 2 or not all(_is_texts(value) or value == [] for value in document.values()):
        return None
    if all(split_of(key) for key in document):
        return None  # parts of a set of bare texts: there are no labels
    lots = []
    for label, texts in document.items():
        entries = _numbered(texts, f"{within} {label}".strip())
        values = [{"text": value[0] if isinstance(value, list) else value} for value in entries.values]
        lots.append((Entries(values, entries.names), {"label": _clean(label)}))
    return _joined(lots)


def _by_id(document: dict[str, Any], within: str = "") -> Entries | None:
    """{"q17": {"text": ..., "label": ...}, ...}: records under their id, which becomes a column."""
    if len(document) < 2 or not _mostly(document.values(), _is_record):
        return None
    records = [value if _is_record(value) else {} for value in document.values()]
    shared = set.intersection(*(set(record) for record in records if record))
    if not shared:
        return None
    names = [f"{within} entry {_clean(key)}".strip() for key in document]
    return Entries(records, names, {"id": [_clean(key) for key in document]})


def _columns(document: dict[str, Any]) -> Entries | None:
    """{"text": [...], "label": [...]} or {"text": {"0": ...}, "label": {"0": ...}}: columns, as data frames write."""
    names = {plain_name(key) for key in document}
    if not names & set(map(plain_name, TEXT_NAMES)) or not names & set(map(plain_name, LABEL_NAMES)):
        return None
    if all(isinstance(value, dict) for value in document.values()):
        keys = [list(value) for value in document.values()]
        columns = [list(value.values()) for value in document.values()]
        if any(key != keys[0] for key in keys):
            return None
    elif all(isinstance(value, list) for value in document.values()):
        columns = list(document.values())
    else:
        return None
    if len({len(column) for column in columns}) != 1:
        return None
    return _numbered([dict(zip(document, cells, strict=True)) for cells in zip(*columns, strict=True)])


def _split_columns(document: dict[str, Any]) -> Entries | None:
    """{"columns": [...], "data": [[...], ...]}, as data frames write as well."""
    columns, data = document.get("columns"), document.get("data")
    if not _is_texts(columns) or not isinstance(data, list):
        return None
    if not _mostly(data, lambda row: isinstance(row, list) and len(row) == len(columns)):
        return None
    return _numbered([dict(zip(columns, row, strict=False)) for row in data if isinstance(row, list)])


def _wrapped(document: dict[str, Any]) -> Entries | None:
    """{"data": [...]}, or deeper: the longest list of examples on the first level that has any."""
    best: list[Any] = []
    level = [document]
    for _ in range(_DEEPEST_WRAPPER):
        values = [value for part in level for value in part.values()]
        best = max((value for value in values if _is_examples(value)), key=len, default=[]) or best
        if best:
            break
        level = [value for value in values if isinstance(value, dict)]
    return _listed(best) if best else None


# JSON and JSON Lines: whatever nests examples and their labels becomes a table.

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
