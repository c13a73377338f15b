"""What stands between the columns of a delimited text."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

from core.data.readers.tables.quoting import records
from core.data.readers.tables.shape import Row
from core.data.readers.tables.words import is_known_name

DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t", "pipe": "|"}
"""Names of the delimiters, as options call them."""

_BY_SUFFIX = {".tsv": "tab", ".tab": "tab", ".psv": "pipe"}
_TABLE_SUFFIXES = (".csv", *_BY_SUFFIX)
_SAMPLE_LINES = 400
_FEWEST_LINES = 20
_SAMPLE_CHARACTERS = 400_000


@dataclass(frozen=True, slots=True)
class Dialect:
    """A delimiter by its name, and how far it makes a table of the text.

    `consistency` is the share of rows that have the usual number of cells, two or more. `names` counts the cells of
    the first row that are called like a column. `repeats`: some column has values that occur again and again.
    `after_space`: cells are quoted after ", ".
    """

    name: str
    after_space: bool
    rows: int
    width: int
    consistency: float
    names: int
    first_fits: bool
    repeats: bool

    @property
    def delimiter(self) -> str:
        return DELIMITERS[self.name]

    def makes_a_table(self, suffix: str) -> bool:
        """Prose with commas in it is no table, even if some lines have as many of them."""
        if self.rows < 2 or self.width < 2:
            return False
        if suffix in _TABLE_SUFFIXES:
            return self.consistency >= 0.5 or self.names > 0
        if self.names and self.first_fits:
            return self.consistency >= 0.5
        return self.consistency >= 0.9 and self.repeats


def propose_dialect(text: str, suffix: str, delimiter: str | None = None) -> Dialect:
    """The delimiter that makes the most regular table of the beginning of `text`; only the named one if one is."""
    sample = _beginning(text)
    found = []
    for name in (delimiter,) if delimiter else ("tab", "semicolon", "comma", "pipe"):
        # What is quoted by the rules never has this: within quotes a mark is doubled.
        mark = re.escape(DELIMITERS[name])
        if re.search(rf'{mark} +"(?!["\r\n]|{mark}|\Z)', sample):
            found.append(_judged(sample, name, after_space=True))
        found.append(_judged(sample, name, after_space=False))
    return max(found, key=lambda dialect: _score(dialect, suffix))


def _score(dialect: Dialect, suffix: str) -> float:
    hints = 0.3 * min(dialect.names, 2) + 0.15 * dialect.first_fits + 0.1 * dialect.repeats
    return dialect.consistency + hints * (dialect.width > 1) + 0.2 * (_BY_SUFFIX.get(suffix) == dialect.name)


def _beginning(text: str) -> str:
    """Whole lines: at least a few, however long they are."""
    end = 0
    for count, match in enumerate(re.finditer(r"\r\n|\r|\n", text), start=1):
        end = match.end()
        if count == _SAMPLE_LINES or (count >= _FEWEST_LINES and end > _SAMPLE_CHARACTERS):
            return text[:end]
    return text


def _judged(sample: str, name: str, after_space: bool) -> Dialect:
    rows = [row for row in records(sample, DELIMITERS[name], _SAMPLE_LINES, after_space).rows if any(row)]
    widths = Counter(len(row) for row in rows if len(row) > 1)
    width, count = widths.most_common(1)[0] if widths else (0, 0)
    return Dialect(
        name, after_space, len(rows), width, count / max(1, len(rows)),
        sum(map(is_known_name, rows[0])) if rows and len(rows[0]) > 1 else 0,
        bool(rows) and len(rows[0]) == width,
        _repeats([row for row in rows if len(row) == width]),
    )  # fmt: skip


def _repeats(rows: list[Row]) -> bool:
    counts = [Counter(cell.strip() for cell in column) for column in zip(*rows, strict=True)]
    return any(1 < len(count) <= len(rows) / 2 for count in counts)
