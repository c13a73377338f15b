"""Several sheets in one file: which of them hold the table, and those of one layout as one table.

A workbook has them, and a web page with several tables. Where they are read together, a column says which sheet a row
is from: with a sheet for each class it is the class.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from core.data.readers.cells import in_one_notation
from core.data.readers.layout import find_layout, tabulated
from core.data.readers.names import SHEET, divides, first_names, is_known_name, plain_name, split_of
from core.data.readers.reading import ALL_SHEETS, ReadOptions, Skip
from core.data.readers.table import Row, Table, TableFile
from core.errors import DataError
from core.limits import Limits
from core.messages import Message

_PEEK = 200
"""Rows from which is told what a sheet holds."""
_FAR_FEWER = 3
"""The first sheet is read, unless another has this many times its rows: it may be a legend, or a note on the export."""


@dataclass(frozen=True)
class Sheet:
    """`rows` gives the cells from the top, as often as it is asked; `remarks` what is to be said about some of them."""

    title: str
    rows: Callable[[], Iterator[Row]]
    hidden: bool = False
    remarks: Callable[[Sequence[Row]], tuple[Message, ...]] = lambda rows: ()


@dataclass(frozen=True)
class _Peek:
    """What the first rows of a sheet tell. `header` is the row that names the columns."""

    sheet: Sheet
    top: list[Row]
    header: Row | None
    width: int

    @property
    def rows(self) -> int:
        return sum(any(cell.strip() for cell in row) for row in self.top)

    @property
    def likeness(self) -> tuple[object, ...]:
        """The same for sheets of one layout."""
        if self.header is None or self.width == 1:
            return (self.width,)
        return tuple(sorted(plain_name(cell) for cell in self.header if cell.strip()))


def read_sheets(sheets: Sequence[Sheet], file: TableFile, options: ReadOptions, limits: Limits) -> Table | Message:
    """The table on the chosen sheet, or on the first with one together with all sheets like it; or why there is none.

    DataError when there is no sheet of the chosen name, or when there are more rows or cells than the limits.
    """
    titles = [sheet.title for sheet in sheets]
    if options.sheet not in (None, ALL_SHEETS):
        chosen = [_peek(_named(sheets, options.sheet or ""), options)]
        others: list[_Peek] = []
    else:
        chosen, others = _proposed([_peek(sheet, options) for sheet in sheets], file.fewest)
    if not chosen or not all(_holds_a_table(one, file.fewest if len(chosen) == 1 else 1) for one in chosen):
        if file.fewest < 2:
            return Message("No sheet with two rows was found in it ({sheets:list}).", sheets=titles)
        return Message("No sheet with two rows and two columns was found in it ({sheets:list}).", sheets=titles)
    tables = _tables(chosen, file, options, limits)
    whole = _together(chosen, tables) if len(chosen) > 1 else tables[0]
    name = ALL_SHEETS if len(chosen) > 1 else chosen[0].sheet.title
    offered = [*([ALL_SHEETS] if len(chosen) > 1 or (options.sheet and len(titles) > 1) else []), *titles]
    left = tuple(Skip(f"sheet {one.sheet.title}", _why_not(one)) for one in others if one.rows)
    return replace(
        whole,
        how={"structure": "table", "sheet": name, **whole.how},
        choices={"sheet": offered, **whole.choices},
        skips=(*left, *whole.skips),
    )


def _named(sheets: Sequence[Sheet], wanted: str) -> Sheet:
    for way in (str, lambda title: title.strip().casefold()):
        found = [sheet for sheet in sheets if way(sheet.title) == way(wanted)]
        if found:
            return found[0]
    raise DataError(
        Message("The workbook has no sheet '{sheet}'.", sheet=wanted),
        Message("Its sheets are: {names:list}.", names=[sheet.title for sheet in sheets]),
    )


def _peek(sheet: Sheet, options: ReadOptions) -> _Peek:
    top = list(islice(sheet.rows(), _PEEK))
    numbered = options.header_row is not None and options.header_row.isdecimal() and int(options.header_row) > len(top)
    at = find_layout(top, replace(options, header_row=None) if numbered or not top else options).header
    left = min((next((n for n, cell in enumerate(row) if cell.strip()), len(row)) for row in top if row), default=0)
    widths = Counter(len(row) - left for row in top if any(cell.strip() for cell in row))
    return _Peek(sheet, top, None if at is None else top[at], widths.most_common(1)[0][0] if widths else 0)


def _holds_a_table(one: _Peek, fewest: int) -> bool:
    wide = sum(len(row) >= fewest for row in one.top if any(cell.strip() for cell in row))
    return one.rows >= 2 and wide >= 2


def _proposed(peeks: Sequence[_Peek], fewest: int) -> tuple[list[_Peek], list[_Peek]]:
    """The sheets to read together, and all others. Hidden ones are read only where no shown one holds a table."""
    for seen in ([one for one in peeks if not one.sheet.hidden], peeks):
        groups: dict[tuple[object, ...], list[_Peek]] = {}
        for one in seen:
            if _holds_a_table(one, 1):
                groups.setdefault(one.likeness, []).append(one)
        fitting = [group for group in groups.values() if len(group) > 1 or _holds_a_table(group[0], fewest)]
        if fitting:
            most = max(sum(one.rows for one in group) for group in fitting)
            chosen = next(group for group in fitting if sum(one.rows for one in group) * _FAR_FEWER >= most)
            return chosen, [one for one in peeks if not any(one is other for other in chosen)]
    return [], list(peeks)


def _why_not(one: _Peek) -> Message:
    if one.sheet.hidden:
        return Message("A hidden sheet; it was not read. Choose it under 'Sheet'.")
    return Message("Another sheet, with other columns; it was not read. Choose it under 'Sheet'.")


def _tables(chosen: Sequence[_Peek], file: TableFile, options: ReadOptions, limits: Limits) -> list[Table]:
    header = max(chosen, key=lambda one: one.rows).header
    tables, count, cells = [], 0, 0
    for one in chosen:
        rows: list[Row] = []
        for row in one.sheet.rows():
            rows.append(row)
            cells += len(row)
            limits.check_cells(file.name, cells)
            limits.check_rows(file.name, count + len(rows) - 1)
        count += len(rows)
        said = options
        if len(chosen) > 1 and one.width == 1 and options.header is None:
            said = replace(options, header="yes" if _is_heading(one, chosen) else "no")
        elif header is not None and options.header_row is None and header in one.top:  # what a short sheet hides
            said = replace(options, header="yes", header_row=str(one.top.index(header) + 1))
        table = tabulated(in_one_notation(rows), said, {}, {}, one.sheet.remarks(rows))
        tables.append(replace(table, how=_as_proposed(table.how, options)))
    return tables


def _is_heading(one: _Peek, chosen: Sequence[_Peek]) -> bool:
    """True where the first cell of a sheet of one column is no example: it has a name, or stands on all the sheets."""
    first = {_first(other) for other in chosen}
    return is_known_name(_first(one)) or len(first) == 1 or _first(one) == one.sheet.title.strip().casefold()


def _first(one: _Peek) -> str:
    return next((cell.strip().casefold() for row in one.top for cell in row if cell.strip()), "")


def _as_proposed(how: dict[str, Any], options: ReadOptions) -> dict[str, Any]:
    """Without the number of a header that nobody has asked for and that is the first row."""
    plain = options.header_row is None and how.get("header_row") == "1"
    return {name: value for name, value in how.items() if not (plain and name == "header_row")}


def _together(chosen: Sequence[_Peek], tables: Sequence[Table]) -> Table:
    """Rows of all sheets, and one column more that says from which each is."""
    columns = tables[0].columns
    by_name = chosen[0].width > 1 and chosen[0].header is not None
    titles = [one.sheet.title for one in chosen]
    parts = [split_of(title) for title in titles]
    name = "split" if None not in parts and divides(parts) and "split" not in columns else SHEET
    rows: list[Row] = []
    row_names: list[str] = []
    notes: list[Message] = []
    skips: list[Skip] = []
    for title, table in zip(titles, tables, strict=True):
        places = {plain_name(column): at for at, column in reversed([*enumerate(table.columns)])} if by_name else {}
        order = [places.get(plain_name(column), at) for at, column in enumerate(columns)]
        straight = order == list(range(len(order)))
        for row in table.rows:
            cells = row if straight else tuple(row[at] if at < len(row) else "" for at in order)
            if not any(cell.strip() for cell in row) or len(row) > len(columns):
                rows.append(row)  # empty or too long, it is left out for that
            else:
                rows.append((*cells, *[""] * (len(columns) - len(cells)), title))
        row_names += [f"{title} {row_name}" for row_name in table.row_names]
        notes += [Message("'{sheet}': {note}", sheet=title, note=note) for note in table.notes]
        skips += [replace(skip, file=f"{title} {skip.file}") for skip in table.skips]
    told = Message(
        "Sheets of the same layout were read together: {names}. The column '{column}' says from which sheet a row is.",
        names=first_names(titles),
        column=name,
    )
    first = tables[0]
    return Table(
        (*columns, _free(name, columns)), rows, row_names, first.how, first.choices, (told, *notes), tuple(skips),
        first.top,
    )  # fmt: skip


def _free(name: str, columns: Row) -> str:
    number = 2
    taken = {plain_name(column) for column in columns}
    free = name
    while free in taken:
        free, number = f"{name} ({number})", number + 1
    return free
