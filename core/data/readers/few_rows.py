"""A handful of rows without a header, as one pastes them: too few for their columns to show a pattern.

What helps instead: the classes of the set that they are for, and how a spreadsheet copies its cells.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence, Set
from math import inf
from statistics import fmean

from core.data.readers.delimited import DELIMITERS, records
from core.data.readers.encoding import decode, looks_like_text
from core.data.readers.json_records import document_of
from core.data.readers.lines import colon_label
from core.data.readers.names import is_known_name
from core.data.readers.reading import ReadOptions, Source
from core.data.readers.table import Row
from core.errors import DataError, UnreadableExampleError

_MOST_BYTES = 100_000
_FEW = 20
_LABEL_WORDS = 3


def rows_of_known_classes(source: Source, classes: Set[str]) -> ReadOptions | None:
    """How to read rows of which half or more, the first among them, name one of `classes`; None where none do."""
    text = _text(source)
    known = {label.casefold() for label in classes}
    if not text or not known:
        return None
    for delimiter, rows in _tables(text):
        for at in range(-1, min(map(len, rows)) - 1):  # the last one first: commas stand in messages before it
            if _name_classes([row[at] for row in rows], known):
                return _table(delimiter, rows, at % _width(rows))
    labels = [colon_label(line) for line in _lines(text)]
    return ReadOptions(structure="lines") if None not in labels and _name_classes(labels, known) else None


def few_rows(source: Source) -> ReadOptions | None:
    """How to read up to twenty rows of classes nobody knows yet; None where they do not look like rows."""
    text = _text(source)
    lines = _lines(text or "")
    if not text or not 1 <= len(lines) <= _FEW:
        return None
    tables = dict(_tables(text))
    if "tab" in tables and _hold_words(tables["tab"]):
        return _table("tab", tables["tab"], _likely_label(tables["tab"]))
    if all(map(colon_label, lines)):
        return ReadOptions(structure="lines")
    for delimiter, rows in tables.items():
        at = _likely_label(rows)
        if f"{DELIMITERS[delimiter]} " in text:
            continue  # a sentence goes on after its comma
        if {len(row) for row in rows} == {2} and all(_are_message_and_label(row[1 - at], row[at]) for row in rows):
            return _table(delimiter, rows, at)
    return None


def _text(source: Source) -> str | None:
    """What stands in a small text that is all there is."""
    if len(source.files) != 1 or source.skipped:
        return None
    (file,) = source.files
    if file.size > _MOST_BYTES or len(file.path.parts) > 1:  # a folder may be the class
        return None
    try:
        raw = file.read()
        text = decode(raw, source.name, None).text if looks_like_text(raw) else None
        return None if text and document_of(text) is not None else text
    except (DataError, UnreadableExampleError):
        return None


def _lines(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.strip()]


def _tables(text: str) -> Iterator[tuple[str, list[Row]]]:
    """Each delimiter that divides every row, with its rows. A header is left to the readers that know headers.

    Three cells or more, parted by commas with a blank after them, are a sentence: no word of it may get lost.
    """
    for name in ("tab", "semicolon", "comma", "pipe"):
        rows = [row for row in records(text, DELIMITERS[name], _MOST_BYTES).rows if any(map(str.strip, row))]
        if not rows or min(map(len, rows)) < 2 or sum(map(is_known_name, rows[0])) > 1:
            continue
        if name == "tab" or _width(rows) == 2 or not any(cell.startswith(" ") for row in rows for cell in row):
            yield name, rows


def _width(rows: Sequence[Row]) -> int:
    return Counter(map(len, rows)).most_common(1)[0][0]


def _name_classes(cells: Sequence[str | None], known: Set[str]) -> bool:
    are_known = [(cell or "").strip().casefold() in known for cell in cells]
    return are_known[0] and sum(are_known) * 2 >= len(cells)


def _table(delimiter: str, rows: Sequence[Row], label_at: int) -> ReadOptions:
    others = [at for at in range(min(map(len, rows))) if at != label_at]
    text_at = max(others, key=lambda at: _mean_length(rows, at))
    return ReadOptions(
        structure="table",
        delimiter=delimiter,
        header="no",
        text_column=f"column {text_at + 1}",
        label_column=f"column {label_at + 1}",
    )


def _hold_words(rows: Sequence[Row]) -> bool:
    """False for a few rows of a table of numbers: in half of the columns or more there are no words."""
    worded = [any(char.isalpha() for row in rows for char in row[at]) for at in range(min(map(len, rows)))]
    return 2 * sum(worded) > len(worded)


def _likely_label(rows: Sequence[Row]) -> int:
    """The shortest column that is not just numbers; the last of several."""

    def rank(at: int) -> tuple[bool, float, int]:
        return all(row[at].strip().isdecimal() for row in rows), _mean_length(rows, at) or inf, -at

    return min(range(min(map(len, rows))), key=rank)


def _mean_length(rows: Sequence[Row], at: int) -> float:
    return fmean(len(row[at].strip()) for row in rows)


def _are_message_and_label(message: str, label: str) -> bool:
    """A label is clearly the shorter part."""
    words = re.findall(r"\S+", label)
    return 1 <= len(words) <= _LABEL_WORDS and len(message.split()) > len(words) and len(message) > 2 * len(label)
