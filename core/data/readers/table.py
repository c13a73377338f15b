"""A CSV or TSV table with one message and its label in each row."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from pathlib import Path

from charset_normalizer import from_bytes

from core.data.readers.items import Item, Reading, Skip
from core.errors import DataError

MAX_BYTES = 200 * 1024**2
_TEXT_NAMES = ("text", "message", "sentence", "review", "question", "comment", "content", "utterance", "body", "title")
_LABEL_NAMES = ("label", "class", "category", "target", "intent", "tag", "topic", "sentiment", "coarse_label", "y")
_SPLIT_NAMES = ("split", "set", "part")
_SPLIT_VALUES = {"train": "train", "training": "train", "validation": "validation", "val": "validation",
                 "valid": "validation", "dev": "validation", "test": "test"}  # fmt: skip


def read_table(path: Path, text_column: str | None = None, label_column: str | None = None) -> Reading:
    """Read a delimited file. Columns are proposed from their names, then from what is in them.

    Every value stays the text it is: "NA", "01" and "True" are labels like any other. DataError when the
    file is no table, or when a named column is not in it.
    """
    text, encoding = _decode(path)
    delimiter = _sniff(text, path)
    rows = _rows(text, delimiter, path)
    if len(rows) < 2 or len(rows[0]) < 2:
        raise DataError(
            f"'{path.name}' does not look like a table with a text and a label column.",
            "Save it as CSV with one message a row, and the names of the columns in the first row.",
        )
    header, body = [name.strip() for name in rows[0]], rows[1:]
    text_at, label_at = _columns(header, body, text_column, label_column, path.name)
    if text_at == label_at:
        raise DataError(
            f"In '{path.name}' the column '{header[text_at]}' cannot be both the text and the label.",
            f"Choose another column for one of them: {', '.join(header)}.",
        )
    split_at = _split_column(header, body)
    proposal = {
        "structure": "table", "encoding": encoding, "delimiter": delimiter,
        "columns": header, "text_column": header[text_at], "label_column": header[label_at],
    }  # fmt: skip

    def items() -> Iterator[Item | Skip]:
        for number, row in enumerate(body, start=2):
            yield _item(row, f"row {number}", text_at, label_at, split_at)

    return Reading("text", proposal, len(body), items)


def _item(row: Sequence[str], name: str, text_at: int, label_at: int, split_at: int | None) -> Item | Skip:
    cells = [cell.strip() for cell in row]
    if not any(cells):
        return Skip(name, "The row is empty.")
    text = cells[text_at] if text_at < len(cells) else ""
    label = cells[label_at] if label_at < len(cells) else ""
    if not text:
        return Skip(name, "The message is empty.")
    if not label:
        return Skip(name, "The label is empty.")
    split = _SPLIT_VALUES.get(cells[split_at].casefold()) if split_at is not None and split_at < len(cells) else None
    return Item(name, label, text.encode, split)


def _decode(path: Path) -> tuple[str, str]:
    if path.stat().st_size > MAX_BYTES:
        raise DataError(f"'{path.name}' is larger than {MAX_BYTES // 1024**2} MB.", "Cut it into smaller files.")
    raw = path.read_bytes()
    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if raw.startswith(mark):
            return raw.decode(encoding, errors="replace"), encoding
    try:
        return raw.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        guess = from_bytes(raw[:200_000]).best()
        encoding = guess.encoding if guess else "cp1252"
        return raw.decode(encoding, errors="replace"), encoding


def _sniff(text: str, path: Path) -> str:
    if path.suffix.casefold() in (".tsv", ".tab"):
        return "\t"
    sample = text[:20_000]
    header = sample.split("\n", 1)[0]
    try:
        return csv.Sniffer().sniff(header, delimiters=",;\t|").delimiter
    except csv.Error:
        return max(",;\t|", key=header.count)


def _rows(text: str, delimiter: str, path: Path) -> list[list[str]]:
    csv.field_size_limit(10 * 1024**2)
    try:
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    except csv.Error as error:
        raise DataError(
            f"'{path.name}' breaks off as a table: {error}.", "Open it in a spreadsheet and save it as CSV again."
        ) from error


def _columns(
    header: Sequence[str], body: Sequence[Sequence[str]], text: str | None, label: str | None, file: str
) -> tuple[int, int]:
    text_at = _named(header, text, file) if text else None
    label_at = _named(header, label, file) if label else None
    names = [name.casefold() for name in header]
    if label_at is None:
        label_at = next((names.index(n) for n in _LABEL_NAMES if n in names and names.index(n) != text_at), None)
    if text_at is None:
        text_at = next((names.index(n) for n in _TEXT_NAMES if n in names and names.index(n) != label_at), None)
    columns = [[row[i] if i < len(row) else "" for row in body] for i in range(len(header))]
    if text_at is None:
        rest = [i for i in range(len(header)) if i != label_at]
        text_at = max(rest, key=lambda i: sum(map(len, columns[i])))
    if label_at is None:
        rest = [i for i in range(len(header)) if i != text_at]
        label_at = min(rest, key=lambda i: (len(set(columns[i])) < 2, len(set(columns[i]))))
    return text_at, label_at


def _named(header: Sequence[str], name: str, file: str) -> int:
    folded = [column.casefold() for column in header]
    if name.strip().casefold() not in folded:
        raise DataError(f"'{file}' has no column '{name}'.", f"Its columns are: {', '.join(header)}.")
    return folded.index(name.strip().casefold())


def _split_column(header: Sequence[str], body: Sequence[Sequence[str]]) -> int | None:
    for i, name in enumerate(header):
        if name.casefold() in _SPLIT_NAMES:
            values = {row[i].strip().casefold() for row in body if i < len(row) and row[i].strip()}
            if values and values <= set(_SPLIT_VALUES):
                return i
    return None
