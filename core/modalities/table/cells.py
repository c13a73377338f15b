"""What one cell of a table says: a number, or nothing. Exported models carry this file's source along."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable

MISSING = frozenset(
    {"", "na", "n/a", "n.a.", "#n/a", "nan", "null", "nil", "none", "?", "-", "--", "\u2013", "\u2014", ".", "..",
     "#value!", "#div/0!", "#ref!", "#null!", "#num!", "<na>", "nat"}
)  # fmt: skip
"""What people and programs write where there is nothing, in small letters."""

_MOST = 1e100
"""Larger numbers count as this one: their squares are still numbers."""
_LONGEST = 60
"""No number has more letters."""
_SIGNS = str.maketrans("\u2212\u00a0\u202f\u2009\u2019", "-   '", "$\u20ac\u00a3\u00a5\u20b9\u20bd\u20a9\u20ba%")
_GAP_IN_NUMBER = re.compile(r"(?<=\d)[ '_](?=\d{3}(?!\d))")
_PLAIN = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d{1,3})?", re.IGNORECASE)
_GROUPED = {
    ",": re.compile(r"[+-]?\d{1,3}((,\d{3})+|(,\d{2})+,\d{3})(\.\d*)?"),
    ".": re.compile(r"[+-]?\d{1,3}(\.\d{3})+(,\d*)?"),
}
"""A number whose thousands are set apart by this mark; in India, lakhs and crores too ("1,23,456")."""
_DECIMAL_COMMA = re.compile(r"[+-]?\d*,\d+")


def is_missing(cell: str) -> bool:
    return cell.strip().casefold() in MISSING


def plain_number(cell: str, mark: str = ".", unit: str = "") -> float | None:
    """The number that a cell holds, or None. `mark` stands before its decimals, "." or ","; `unit` behind all of it
    ("kg"), where it is written. A currency or "%" counts for nothing."""
    if len(cell) > _LONGEST:
        return None
    if mark == "." and _PLAIN.fullmatch(cell):  # as nearly all are
        return _finite(float(cell))
    text = cell.strip().removesuffix(unit).translate(_SIGNS).strip()
    text = _GAP_IN_NUMBER.sub("", text)
    group = "," if mark == "." else "."
    if group in text:
        if _GROUPED[group].fullmatch(text):
            text = text.replace(group, "")
        elif group == ",":
            return None  # else it is a decimal point, which no program leaves out
    text = text.replace(mark, ".")
    if not _PLAIN.fullmatch(text):
        return None
    return _finite(float(text))


def _finite(number: float) -> float | None:
    """None for "1e400", which is larger than any number that a program can hold."""
    return None if math.isinf(number) else max(-_MOST, min(_MOST, number))


def decimal_mark(cells: Iterable[str], otherwise: str = ".") -> str:
    """What stands before the decimals in these cells, "." or ",".

    "1,234" alone can be either and says nothing; where nothing does, it is as `otherwise`.
    """
    points = commas = 0
    for cell in cells:
        text = cell.strip().translate(_SIGNS).strip()
        if len(text) > _LONGEST or not ("," in text or "." in text):
            continue
        if _GROUPED["."].fullmatch(text) and "," in text:
            commas += 1
        elif _GROUPED[","].fullmatch(text):
            points += "." in text
        elif _DECIMAL_COMMA.fullmatch(text):
            commas += 1
        elif _PLAIN.fullmatch(text):
            points += not _GROUPED["."].fullmatch(text)
    if commas == points:
        return otherwise
    return "," if commas > points else "."
