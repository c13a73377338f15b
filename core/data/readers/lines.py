"""Lines that begin with their label: "5 How far is it ...", "NUM:dist How far ...", "__label__pos Great film"."""

from __future__ import annotations

import json
import re
from collections import Counter

from core.data.readers.encoding import lines_of
from core.data.readers.reading import ReadOptions
from core.data.readers.table import Row, Table, TableFile
from core.limits import Limits
from core.messages import Message

COLUMNS = ("label", "text")
_FASTTEXT = "__label__"
_SAMPLE = 5000
_CODE = re.compile(r"__label__\S+|[+-]?\d{1,3}|[^\s\w]*[^\W_]+([:_/][^\W_]+)+:?|\w+:")
"""Tokens that nobody begins a sentence with: numbers, words tied together, a word and a colon."""
_PHRASES = re.compile(r"[^\t]*\S +\S[^\t]*\t")
_COLON = re.compile(r"([^:：\s]+(?: [^:：\s]+){0,3})(?:: +|：\s*)(?=\S)")
"""Chinese and Japanese write a wide colon, with no blank behind it."""


class Lines:
    """The format. It becomes two columns, "label" and "text"; a line with one word only has a label and no text.

    The colon of "food: what is for lunch" is no part of the label. Where every line has one, a label may be of several
    words.
    """

    suffixes: frozenset[str] = frozenset()
    is_text = True

    def fits(self, file: TableFile, options: ReadOptions) -> bool:
        return options.structure == "lines" or looks_like_lines(file.text)

    def read(self, file: TableFile, options: ReadOptions, limits: Limits) -> Table | Message:
        lines = lines_of(file.text)
        while lines and not lines[-1].strip():
            lines.pop()
        limits.check_rows(file.name, len(lines))
        with_colons = all(colon_label(line) for line in lines if line.strip())
        rows = [_around_colon(line) if with_colons else _cells(line) for line in lines]
        names = [f"line {number}" for number in range(1, len(rows) + 1)]
        return Table(COLUMNS, rows, names, {"structure": "lines"}, {})


def colon_label(line: str) -> str | None:
    """The label of "not urgent: it can wait": up to four words before a colon. None when there is none."""
    found = _COLON.match(line.strip())
    return found[1] if found else None


def looks_like_lines(text: str) -> bool:
    """True when few different tokens begin all lines, again and again, and are no ordinary first words."""
    lines = [line for line in lines_of(text) if line.strip()]
    sample = lines[:: max(1, len(lines) // _SAMPLE)]
    if all(map(_PHRASES.match, sample)):  # two columns of phrases: "der Hund<TAB>the dog"
        return False
    parts = [line.split(None, 1) for line in sample]
    colons = Counter(map(colon_label, sample))
    if len(sample) >= 4 and None not in colons and 2 <= len(colons) <= len(sample) / 2:
        return True
    whole = [pair[0] for pair in parts if len(pair) == 2]
    if len(whole) < 4 or len(whole) < 0.9 * len(sample):
        return False
    if sum(token.startswith(_FASTTEXT) for token in whole) >= 0.9 * len(whole):
        return True
    counts = Counter(whole)
    codes = sum(n for token, n in counts.items() if _CODE.fullmatch(token)) / len(whole)
    once = sum(n for n in counts.values() if n == 1) / len(whole)
    if len(counts) < 2 or once > 0.1:
        return False
    if codes > 0.9:
        return len(counts) * 2 <= len(whole)
    return len(counts) <= min(20, len(whole) // 4) and once == 0 and all(token.islower() for token in counts)


def _around_colon(line: str) -> Row:
    found = _COLON.match(line.strip())
    return (found[1], line.strip()[found.end() :]) if found else ()


def _cells(line: str) -> Row:
    parts = line.split()
    marks = 0
    while marks < len(parts) and parts[marks].startswith(_FASTTEXT):
        marks += 1
    if marks:
        labels = [part.removeprefix(_FASTTEXT) for part in parts[:marks]]
        rest = line.split(None, marks)
        label = labels[0] if marks == 1 else json.dumps(labels, ensure_ascii=False)
        return (label, rest[marks].lstrip(", ") if len(rest) > marks else "")
    label, text = (*line.split(None, 1), "", "")[:2]
    return (label.rstrip(":") or label, text) if parts else ()
