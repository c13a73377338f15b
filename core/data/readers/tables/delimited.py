"""CSV and its relatives: comma, semicolon, tab or pipe between the columns."""

from __future__ import annotations

import re
from collections import Counter

from core.data.readers.options import HEADERS, ReadOptions
from core.data.readers.tables.dialect import DELIMITERS, Dialect, propose_dialect
from core.data.readers.tables.header import has_header
from core.data.readers.tables.quoting import Records, records
from core.data.readers.tables.shape import (
    Row,
    Table,
    check_rows,
    named_columns,
    unnamed_columns,
    without_empty_edge,
)
from core.errors import DataError
from core.limits import Limits

_ANNOUNCED = re.compile(r"\A\"?sep=([,;|\t])\"?[ \t]*(?:\r\n|\r|\n)", re.IGNORECASE)


def judge_delimited(text: str, suffix: str, options: ReadOptions) -> Dialect:
    """How far `text` is a delimited table; the delimiter that a person or the file itself names is obeyed."""
    if options.delimiter not in (None, *DELIMITERS):
        raise DataError(f"'{options.delimiter}' is not a delimiter.", f"Choose one of: {', '.join(DELIMITERS)}.")
    announced = _ANNOUNCED.match(text)
    said = next(name for name, char in DELIMITERS.items() if char == announced[1]) if announced else None
    return propose_dialect(_ANNOUNCED.sub("", text, count=1), suffix, options.delimiter or said)


def read_delimited(text: str, name: str, dialect: Dialect, options: ReadOptions, limits: Limits) -> Table | None:
    """The table in `text`; None when it has less than a row of two cells below its header."""
    body = _ANNOUNCED.sub("", text, count=1)
    found = records(body, dialect.delimiter, limits.rows + 1, dialect.after_space)
    while found.rows and not any(found.rows[-1]) and len(found.rows[-1]) < 2:
        found.rows.pop()  # empty lines at the end of a file are no rows
    if not found.rows or max(map(len, found.rows)) < 2:
        return None
    how = {"structure": "table", "delimiter": dialect.name}
    table = tabulated(found.rows, options.header, how, {"delimiter": list(DELIMITERS)}, _marks_note(found))
    check_rows(name, len(table.rows), limits)
    return table if table.rows else None


def tabulated(
    rows: list[Row], header: str | None, how: dict[str, object], choices: dict[str, object], notes: tuple[str, ...] = ()
) -> Table:
    """A table from its raw rows, the first of which may name the columns. Row 1 is the first."""
    if header not in (None, *HEADERS):
        raise DataError(f"'{header}' does not say whether there is a header.", f"Say {' or '.join(HEADERS)}.")
    named = header == "yes" if header else len(rows) > 1 and has_header(rows)
    first, body = (rows[0], rows[1:]) if named else ((), rows)
    first, body = without_empty_edge(first, body)
    usual = Counter(map(len, body)).most_common(1)[0][0] if body else len(first)
    if named and len(first) == usual - 1 and _are_row_names(body):
        first = ("", *first)  # R leaves the column of row names without a name
    columns, twins = named_columns(first) if named else (unnamed_columns(usual), ())
    start = 2 if named else 1
    return Table(
        columns, body, [f"row {number}" for number in range(start, start + len(body))],
        {**how, "header": "yes" if named else "no"}, {**choices, "header": list(HEADERS)}, (*notes, *twins),
    )  # fmt: skip


def _are_row_names(body: list[Row]) -> bool:
    names = [row[0] for row in body if row]
    return len(names) > 1 and len(set(names)) == len(names)


def _marks_note(found: Records) -> tuple[str, ...]:
    if not found.mended:
        return ()
    count, where = len(found.mended), f"row {found.mended[0] + 1}"
    rows = f"{count:,} rows" if count > 1 else "one row"
    return (
        f'In {rows} (the first is {where}) a quotation mark (") is not closed as it should be. '
        "It was read as an ordinary character; check those rows.",
    )
