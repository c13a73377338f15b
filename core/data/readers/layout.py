"""Where the table is among the rows of a sheet: titles above it, the row that names its columns, totals below it.

Every format that has rows and no field names (CSV, workbooks, web pages) comes through here. No row vanishes: what is
neither header nor row of the table is a skip with its reason.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from core.data.readers.header import MARKS_OF_NOTHING, has_header, is_number, is_plain_value, typed_columns
from core.data.readers.names import is_known_name, plain_name
from core.data.readers.reading import OPTIONS, ReadOptions, Skip
from core.data.readers.table import TOP, Row, Table, named_columns, unnamed_columns
from core.data.readers.totals import total_rows
from core.errors import DataError
from core.messages import Message, counted

TITLE = Message("It stands above the header.")
MORE_HEADER = Message("One more row of the header, not an example.")
TOTAL = Message("A row of totals below the table, not an example.")
COMMENT = Message("A comment above the table, not an example.")
AGAIN = Message("The header once more, not an example.")
EMPTY = Message("The row is empty.")

ERRORS = frozenset(
    {"#N/A", "#N/A!", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!", "#SPILL!", "#CALC!", "#FIELD!",
     "#GETTING_DATA", "#BLOCKED!", "#CONNECT!", "#UNKNOWN!", "#ERROR!",
     "#NV", "#BEZUG!", "#WERT!", "#ZAHL!", "#ÜBERLAUF!",
     "#REF !", "#VALEUR!", "#VALEUR !", "#NOM?", "#NOM ?", "#NOMBRE!", "#NOMBRE !", "#NUL!", "#NUL !",
     "#N/D", "#¡REF!", "#¡VALOR!", "#¿NOMBRE?", "#¡DIV/0!", "#¡NUM!", "#¡NULO!",
     "#RIF!", "#VALORE!", "#NOME?", "#VALOR!", "#NÚM!", "#NULO!", "#VERW!", "#WAARDE!", "#NAAM?", "#GETAL!",
     "#ARG!", "#ADR!", "#NAZWA?", "#LICZBA!", "#N/B", "#H/Д", "#Н/Д", "#ССЫЛКА!", "#ЗНАЧ!", "#ИМЯ?", "#ДЕЛ/0!",
     "#ЧИСЛО!"}
)  # fmt: skip
"""What spreadsheet programs show in a cell whose formula has no result, in the languages that they speak."""
_LIBRE = re.compile(r"Err:5\d\d")

_LONGEST_ERROR = 20
_TOP = 40
"""Rows in which the header is looked for."""
_SAMPLE = 2000
_MOST_HEADERS = 3
_LONGEST_NAME = 60
_NAMED = 500
"""Columns that are looked at for known names."""
_IMPORT_ID = re.compile(r"\{\s*[\"']?ImportId[\"']?\s*:.*\}", re.DOTALL)
_RULING = re.compile(r":?[-=+]{3,200}:?")
_COMMENT = re.compile(r"\s*(#|%|//)\s*\w")
_ANSWER_ROW = frozenset({"response", "open_ended_response", "other_(please_specify)", "antwort"})


def tabulated(
    rows: list[Row],
    options: ReadOptions,
    how: dict[str, Any],
    choices: dict[str, Any],
    notes: tuple[Message, ...] = (),
) -> Table:
    """The table among the raw rows of a sheet; row 1 is the first of them.

    Without options the row that names the columns is looked for. They may say that there is one or none, and which row
    it is. DataError when they name a header that cannot be.
    """
    top = tuple(rows[:TOP])
    found = find_layout(rows, options)
    rows, failed = _without_errors(rows)
    first = rows[found.header] if found.header is not None else ()
    at = [n for n in range(found.start, len(rows)) if n not in found.apart]
    first, body = _without_empty_edges(first, [rows[n] for n in at])
    usual = Counter(map(len, body)).most_common(1)[0][0] if body else len(first)
    if first and len(first) == usual - 1 and _are_row_names(body):
        first = ("", *first)  # R leaves the column of row names without a name
    columns, twins = named_columns(first) if found.header is not None else (unnamed_columns(usual), ())
    body, filled = _filled_down(columns, body)
    how = {**how, "header": "no" if found.header is None else "yes"}
    if found.header is not None and (found.header or options.header_row):
        how["header_row"] = str(found.header + 1)
    return Table(
        columns,
        body,
        [row_name(n) for n in at],
        how,
        {**choices, "header": list(OPTIONS["header"].choices)},
        (*notes, *twins, *failed, *filled),
        tuple(Skip(row_name(n), reason) for n, reason in sorted(found.apart.items())),
        top,
    )


def row_name(at: int) -> str:
    """What a spreadsheet calls the row at this position."""
    return f"row {at + 1}"


# --- which row is what ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Layout:
    """`header` is the position of the row that names the columns, or None. `apart` are rows that are none of the
    table, with the reason."""

    header: int | None
    apart: Mapping[int, Message] = field(default_factory=dict)

    @property
    def start(self) -> int:
        """The first position that is no row above the header."""
        return 0 if self.header is None else self.header + 1


def find_layout(rows: Sequence[Row], options: ReadOptions) -> Layout:
    """What each row is. DataError when the options name a header that cannot be."""
    at = _header_at(rows, options)
    apart: dict[int, Message] = {}
    if at is not None:
        apart |= {n: TITLE if _count(rows[n]) else EMPTY for n in range(at)}
        more = _more_header_rows(rows, at)
        apart |= {n: MORE_HEADER for n in range(at + 1, at + 1 + more)}
        name = tuple(cell.strip() for cell in rows[at])
        if sum(map(bool, name)) > 1:
            below = ((n, rows[n]) for n in range(at + 1 + more, len(rows)))
            apart |= {n: AGAIN for n, row in below if row and row[0].strip() == name[0] and _stripped(row) == name}
    elif options.header is None:
        apart |= dict.fromkeys(_comments(rows, _usual_width(rows)), COMMENT)
    start = 0 if at is None else at + 1
    apart |= {n: TOTAL for n in total_rows(rows, start) if n not in apart}
    return Layout(at, apart)


def _header_at(rows: Sequence[Row], options: ReadOptions) -> int | None:
    """The position of the row that names the columns; None where none does."""
    headers, header, number = OPTIONS["header"].choices, options.header, options.header_row
    if header not in (None, *headers):
        raise DataError(
            Message("'{value}' does not say whether there is a header.", value=header),
            Message("Say {names:any}.", names=tuple(headers)),
        )
    if header == "no":
        return None
    if number is not None:
        if not number.isdecimal() or not 1 <= int(number[:9]) <= len(rows):
            raise DataError(
                Message("There is no row {number} that could be the header.", number=number),
                counted("The table has {n} row.", "The table has {n} rows.", n=len(rows)),
            )
        return int(number) - 1
    found = _proposed_header(rows)
    if header == "yes" and found is None:
        return next((at for at, row in enumerate(rows) if _count(row)), None)
    return found


def _proposed_header(rows: Sequence[Row]) -> int | None:
    """The first row, if it names the columns; or the one that does below titles and the like."""
    counts = list(map(_count, rows[:_TOP]))
    tops = [at for at, n in enumerate(counts) if n]
    if len(tops) < 2:
        return None
    first, usual = tops[0], _usual_width(rows)
    comments = _comments(rows, usual)
    only_titles = True  # above the row before
    for before, at in pairwise(tops):
        title = before in comments or _is_title(rows[before], counts[before], usual)
        if counts[at] >= max(min(2, usual), 0.7 * usual) and at not in comments:
            titles = only_titles and (title or _are_groups(rows[before], rows[at]))
            parted = at - before > 1 or _is_few(counts[before], usual)
            if titles and _names_columns(rows, at):
                return at
            if parted and _is_known_header(rows[at]) and not any(_is_known_header(rows[n]) for n in tops if n < at):
                return at
        only_titles = only_titles and title
    if first in comments:
        return None
    if counts[first] == 1 and _is_title(rows[first], 1, usual) and len(tops) > 2:
        return None
    return first if _names_columns(rows, first) else None


def _names_columns(rows: Sequence[Row], at: int) -> bool:
    return at + 1 < len(rows) and has_header(rows[at:])


def _usual_width(rows: Sequence[Row]) -> int:
    """The filled cells that most rows have."""
    step = max(1, len(rows) // _SAMPLE)
    counts = Counter(n for row in rows[::step] if (n := _count(row)))
    return counts.most_common(1)[0][0] if counts else 0


def _is_few(count: int, usual: int) -> bool:
    return usual > 1 and count <= max(1, usual / 2)


def _is_title(row: Row, count: int, usual: int) -> bool:
    """Few cells where the others have many, and not the only named one of several columns."""
    return _is_few(count, usual) and (count > 1 or not any(map(is_known_name, filter(str.strip, row))))


def _comments(rows: Sequence[Row], usual: int) -> frozenset[int]:
    """Rows like "# Units: C, %", as instruments write above their tables. Where all have as many cells as the rows
    below they are rows like those, or name the columns."""
    marked = [at for at, row in enumerate(rows[:_TOP]) if row and _COMMENT.match(row[0])]
    above = [at for n, at in enumerate(marked) if at == n]
    return frozenset(above if any(_count(rows[at]) != usual for at in above) else ())


def _are_groups(above: Row, row: Row) -> bool:
    """True for the names of groups of columns, above a row with more names, some of them known."""
    inner = [cell for cell in above[1:] if cell.strip()]
    return len(inner) < _count(row[1:]) and not any(map(is_known_name, inner)) and any(map(is_known_name, row))


def _is_known_header(row: Row) -> bool:
    """Different short names, of which two or all are known."""
    names = [cell.strip() for cell in row[:_NAMED] if cell.strip()]
    known = sum(map(is_known_name, names))
    return len(set(names)) == len(names) >= 2 and known >= 2 and max(map(len, names)) <= _LONGEST_NAME


def _more_header_rows(rows: Sequence[Row], at: int) -> int:
    """Rows below the header that say more about the columns: questions, ids, units, as survey tools write them."""
    following = rows[at + 1 : at + 1 + _MOST_HEADERS]
    ids = [n for n, row in enumerate(following, start=1) if _are_import_ids(row)]
    if ids:
        return ids[0]
    found = int(bool(following) and _is_ruling(following[0]))
    for n, row in enumerate(following[found:], start=found + 1):
        if not _is_header_again(row, rows[at], rows[at + 1 + n :]):
            break
        found = n
    return found


def _is_ruling(row: Row) -> bool:
    """True for a line under the header, as in a table that is drawn with characters."""
    filled = [cell.strip() for cell in row if cell.strip()]
    return bool(filled) and all(_RULING.fullmatch(cell) for cell in filled)


def _are_import_ids(row: Row) -> bool:
    filled = [cell for cell in row if cell.strip()]
    return bool(filled) and all(_IMPORT_ID.fullmatch(cell.strip()) for cell in filled)


def _is_header_again(row: Row, header: Row, body: Sequence[Row]) -> bool:
    """True where a row cannot be one of the table, told by several of its cells and by none against it."""
    sample = [one for one in body[:: max(1, len(body) // _SAMPLE)] if _count(one)]
    cells = {n: cell.strip() for n, cell in enumerate(row) if cell.strip()}
    if len(header) < 3 or len(sample) < 5 or not cells:
        return False
    if all(plain_name(cell) in _ANSWER_ROW for cell in cells.values()):
        return True
    if any(cell in {one[n].strip() for one in sample if n < len(one)} for n, cell in cells.items()):
        return False
    same = sum(_letters(cell) == _letters(header[n]) for n, cell in cells.items() if n < len(header))
    if same > 1 and 2 * same >= len(cells):
        return True
    typed = typed_columns(sample)
    against = [n for n, cell in cells.items() if n in typed and not is_plain_value(cell)]
    for_it = [n for n, cell in cells.items() if n in typed and is_plain_value(cell)]
    return len(against) > 1 and not for_it and not any(cell.casefold() in MARKS_OF_NOTHING for cell in cells.values())


def _letters(cell: str) -> str:
    return re.sub(r"[\W_]+", "", cell.casefold())


def _count(row: Row) -> int:
    """Its filled cells."""
    return sum(map(bool, map(str.strip, row)))


def _stripped(row: Row) -> Row:
    return tuple(cell.strip() for cell in row)


# --- cells ---------------------------------------------------------------------------------------------------------


def _without_errors(rows: list[Row]) -> tuple[list[Row], tuple[Message, ...]]:
    """Cells in which a formula has failed are empty; a note says so."""
    failed: Counter[str] = Counter()
    whole = []
    for row in rows:
        if any(map(is_error, row)):
            failed.update(cell.strip() for cell in row if is_error(cell))
            row = tuple("" if is_error(cell) else cell for cell in row)
        whole.append(row)
    if not failed:
        return rows, ()
    note = counted(
        "In one cell a formula has failed ({errors:list}); it was read as empty.",
        "In {n} cells a formula has failed ({errors:list}); they were read as empty.",
        n=failed.total(),
        errors=[error for error, _ in failed.most_common(3)],
    )
    return whole, (note,)


def is_error(cell: str) -> bool:
    if len(cell) > _LONGEST_ERROR or ("#" not in cell and "Err:" not in cell):
        return False
    bare = cell.strip()
    return bare in ERRORS or _LIBRE.fullmatch(bare) is not None


def _without_empty_edges(header: Row, rows: list[Row]) -> tuple[Row, list[Row]]:
    """Columns at either edge that hold nothing at all (a delimiter at the end of every line) are taken away."""
    everything = [row for row in (header, *rows) if row]
    used = max((len(row) if row[-1].strip() else _used(row) for row in everything), default=0)
    unused = used
    for row in everything:
        unused = min(unused, next((at for at, cell in enumerate(row[:unused]) if cell.strip()), unused))
        if not unused:
            break
    if not unused:
        return header[:used], [row[:used] if len(row) > used else row for row in rows]
    return header[unused:used], [row[unused:used] for row in rows]


def _used(row: Row) -> int:
    return max((at for at, cell in enumerate(row, start=1) if cell.strip()), default=0)


def _are_row_names(body: list[Row]) -> bool:
    names = [row[0] for row in body if row]
    return len(names) > 1 and len(set(names)) == len(names)


def _filled_down(columns: Row, body: list[Row]) -> tuple[list[Row], tuple[Message, ...]]:
    """A value that stands at the beginning of its block only, as in merged cells, is that of every row of the block.

    Only where nothing else can be meant: one column has it so, each of its values occurs once, and no other column has
    values that come again and again.
    """
    sparse = None
    for at in range(len(columns)) if 2 <= len(columns) <= _LONGEST_NAME and len(body) > 5 else ():
        cells = [row[at].strip() if at < len(row) else "" for row in body]
        values = [cell for cell in cells if cell]
        packed = all(cells[: len(values)])  # a short column of its own, not the beginnings of blocks
        if 2 <= len(values) <= len(cells) / 2 and cells[0] and not packed and len(set(values)) == len(values):
            if sparse is not None or max(map(len, values)) > _LONGEST_NAME or any(map(is_number, values)):
                return body, ()
            sparse = at
        elif 2 <= len(set(values)) <= len(values) / 2:
            return body, ()
    if sparse is None:
        return body, ()
    whole, value = [], ""
    for row in body:
        value = row[sparse] if sparse < len(row) and row[sparse].strip() else value
        wide = (*row, *[""] * (sparse + 1 - len(row)))
        whole.append((*wide[:sparse], value, *wide[sparse + 1 :]) if _count(row) else row)
    note = Message(
        "In the column '{name}' a value stands only at the beginning of its rows; the rows below it were read with it.",
        name=columns[sparse],
    )
    return whole, (note,)
