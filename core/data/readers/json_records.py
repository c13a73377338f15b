"""JSON and JSON Lines: whatever nests examples and their labels, told apart by its shape, becomes a table."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeGuard

from core.data.readers.annotated import SENDER, UNLABELLED
from core.data.readers.encoding import lines_of, with_whole_characters
from core.data.readers.label_tools import export_of
from core.data.readers.names import LABEL_NAMES, TEXT_NAMES, is_known_name, plain_name, split_of
from core.data.readers.reading import Cell, ReadOptions, Skip, UnlabelledItem
from core.data.readers.table import Row, Table, TableFile, named_columns
from core.errors import DataError
from core.limits import Limits
from core.messages import Message, counted

_ASSIGNED = re.compile(r"\A\s*window\.YTD\.\w{1,40}\.part\d{1,4}\s?=\s?")
"""How an archive of Twitter begins its JSON."""
_BEGINNING = 500
_DEEPEST_WRAPPER = 4
_DEEPEST_CELL = 4


class JsonRecords:
    """The format. Numbers stay as they are written and null is an empty cell.

    Records inside records become columns "a.b".
    """

    suffixes = frozenset({".json", ".jsonl", ".ndjson", ".manifest"})
    is_text = True

    def fits(self, file: TableFile, options: ReadOptions) -> bool:
        if options.structure == "lines" or options.delimiter is not None or not _begins_like_json(file.text):
            return False
        return file.suffix in self.suffixes or _is_json(file.text)

    def read(self, file: TableFile, options: ReadOptions, limits: Limits) -> Table | Message:
        nothing = Message("It is written as JSON, but no list of records with plain values was found in it.")
        try:
            document = _load(file.text)
            if exported := _exported(document, [], file, options, limits):
                return exported
            entries = entries_of(document) or _single(document)
            if entries is None and file.fewest < 2 and _is_texts(document):
                entries = _numbered(document)
            return (_table(entries, file, limits) if entries else None) or nothing
        except (ValueError, RecursionError) as error:
            lines = _json_lines(file.text)
            if lines is None:
                raise DataError(
                    _where_it_breaks(file.name, error),
                    Message("Have the program that made it write it again; it may have been cut off."),
                ) from error
        exported = _exported(lines[0].values, lines[0].names, file, options, limits, lines[1])
        return exported or _table(lines[0], file, limits, lines[1]) or nothing


def _exported(
    document: Any,
    names: Sequence[str],
    file: TableFile,
    options: ReadOptions,
    limits: Limits,
    skips: tuple[Skip, ...] = (),
) -> Table | Message | None:
    """The texts that a label tool wrote, each with what was answered, or why there are none.

    None where no tool is known that writes so, or where a person wants another column. `names` are those of the
    entries, where they are not just counted.
    """
    export = export_of(document, file.path)
    if export is None:
        return None
    if not any(one.text and one.labels for one in export.examples):
        files = [one.file for one in export.examples if one.file]
        if not files and any(one.text for one in export.examples) and file.fewest > 1:
            return Message("It is written as {tool} writes it, and says no class of any message.", tool=export.tool)
        return _files_elsewhere(export.tool, files) if files else None
    asked = export.questions or ("label",)
    columns = ("text", *(["label"] if len(asked) == 1 and asked[0] != SENDER else asked), "split")
    wanted = {options.text_column, options.label_column} - {None}
    if not wanted <= {*columns, *(f"column {at}" for at in range(1, len(columns) + 1))}:
        return None
    limits.check_rows(file.name, len(export.examples) + len(skips))
    rows: list[Row] = []
    row_names: list[str] = []
    left = list(skips)
    for at, one in enumerate(export.examples):
        name = names[at] if names else f"entry {at + 1}"
        if one.why_not:
            nobody = one.text and one.why_not == UNLABELLED
            left.append(UnlabelledItem(name, one.why_not, Cell(one.text)) if nobody else Skip(name, one.why_not))
            continue
        answers = (cell_text(list(one.labels.get(question, ()))) for question in asked)
        rows.append((one.text, *answers, one.split or ""))
        row_names.append(name)
    if not any(row[-1] for row in rows):
        columns, rows = columns[:-1], [row[:-1] for row in rows]
    how = {"structure": "table", "tool": export.tool}
    return Table(
        columns, rows, row_names, how, {}, (Message("Read as {tool} writes it.", tool=export.tool),), tuple(left)
    )


def _files_elsewhere(tool: str, files: Sequence[str]) -> Message:
    return counted(
        "It is written as {tool} writes it, and says what {file} is, which is not here. Put both into one folder "
        "or zip.",
        "It is written as {tool} writes it, and says what {n} files are ({file} first), which are not here. Put them "
        "into one folder or zip with it.",
        n=len(files),
        tool=tool,
        file=files[0],
    )


def _begins_like_json(text: str) -> bool:
    return bool(re.match(r'\s*[\[{]\s*(["\[{\]}\d-]|true|false|null)', _ASSIGNED.sub("", text[:_BEGINNING], count=1)))


def _is_json(text: str) -> bool:
    """False for a message that begins with a bracket."""
    try:
        _load(text)
    except (ValueError, RecursionError):
        return _json_lines(text) is not None
    return True


def _load(text: str) -> Any:
    text = with_whole_characters(_ASSIGNED.sub("", text, count=1))
    return json.loads(text, parse_int=str, parse_float=str, parse_constant=str)


def document_of(text: str) -> Any:
    """What JSON says, or the list of what the lines of JSON Lines say; None where it is neither."""
    try:
        return _load(text)
    except (ValueError, RecursionError):
        lines = _json_lines(text)
        return lines[0].values if lines else None


def _where_it_breaks(name: str, error: Exception) -> Message:
    if isinstance(error, json.JSONDecodeError):
        return Message(
            "'{file}' begins like JSON but is not written as JSON should be (line {line}).",
            file=name,
            line=error.lineno,
        )
    return Message("'{file}' begins like JSON but is not written as JSON should be.", file=name)


def _single(document: Any) -> Entries | None:
    """One record alone, such as the one line of JSON Lines that is added to a set."""
    if not isinstance(document, dict) or any(isinstance(value, dict | list) for value in document.values()):
        return None
    names = set(map(plain_name, document))
    return Entries([document], ["line 1"]) if names & set(TEXT_NAMES) and names & set(LABEL_NAMES) else None


def _json_lines(text: str) -> tuple[Entries, tuple[Skip, ...]] | None:
    """The examples, and skips for the lines that are none; None unless most lines are JSON of their own."""
    entries = Entries([], [])
    skips: list[Skip] = []
    for number, line in enumerate(lines_of(text), start=1):
        if not line.strip():
            continue
        try:
            value = _load(line)
            if not isinstance(value, dict | list):
                raise ValueError
        except (ValueError, RecursionError):
            skips.append(Skip(f"line {number}", Message("This line is not written as JSON should be.")))
        else:
            entries.values.append(value)
            entries.names.append(f"line {number}")
    return None if len(entries.values) < max(2, len(skips)) else (entries, tuple(skips))


def _table(entries: Entries, file: TableFile, limits: Limits, skips: tuple[Skip, ...] = ()) -> Table | None:
    """None where the examples have fewer cells than a table needs."""
    name = file.name
    limits.check_rows(name, len(entries.values) + len(skips))
    places: dict[str, int] = {}
    rows: list[Row] = []
    count = 0
    for cells in _cells(entries):
        row = [""] * len(places)
        for column, cell in cells.items():
            at = places.setdefault(column, len(places))
            row.extend([""] * (at + 1 - len(row)))
            row[at] = cell
        rows.append(tuple(row))
        count += len(row)
        limits.check_columns(name, len(places))
        limits.check_cells(name, count)
    width = len(places)
    if width < file.fewest or not rows:
        return None
    limits.check_cells(name, width * len(rows))
    rows = [row + ("",) * (width - len(row)) for row in rows]
    columns, notes = named_columns(list(places))
    return Table(columns, rows, list(entries.names), {"structure": "table"}, {}, notes, skips)


def _cells(entries: Entries) -> Iterator[Mapping[str, str]]:
    for at, value in enumerate(entries.values):
        extra = {column: values[at] for column, values in entries.extra.items()}
        yield {**flat_cells(value), **extra}


# --- examples, however they are nested ---------------------------------------------------------------------------


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


def _is_texts(values: Any) -> TypeGuard[list[str]]:
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
    width = len(columns)
    if not _mostly(data, lambda row: isinstance(row, list) and len(row) == width):
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
