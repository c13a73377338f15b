"""Rows that come to a table later, or to a model of it: under its names of columns, numbers and dates written its way,
and what does not fit."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from core.errors import UnreadableExampleError
from core.messages import Message, counted, sentences
from core.modalities.table.cells import decimal_mark, is_missing, plain_number
from core.modalities.table.columns import CATEGORY, DATE, NUMBER, Column, Columns, cell_of, folded, name_in
from core.modalities.table.fitting import fit_columns
from core.modalities.table.rows import Row

_MOST_ROWS = 5000
"""So many rows of the table tell what its columns hold."""
_NAMED = 5
_LETTERS = 30
_NAME_THEM = Message("Give the columns the names that they had in training; in a table they stand in the first row.")


def joined(held: Sequence[Row], given: Mapping[str, Row]) -> tuple[list[dict[str, str]], list[Message]]:
    """The rows `given` by their names as rows of the table that has those `held`, and a sentence on each column in
    which some of them do not fit.

    Cells of columns that the table does not have are left out. A cell that is no number where the table has numbers is
    kept as it is, and counts as missing.
    """
    step = max(1, len(held) // _MOST_ROWS)
    known = fit_columns(held[::step])
    names = list(dict.fromkeys(name for row in held for name in row))
    rows = {called: {name: cell_of(row, name) for name in names} for called, row in given.items()}
    mark = decimal_mark((cell for row in rows.values() for cell in row.values()), known.mark)
    own = {folded(column.name): column for column in fit_columns(rows.values()).columns}
    notes: list[Message] = []
    for column in known.columns:
        if column.kind == CATEGORY:
            notes += _new_values(column, held, rows)
            continue
        odd = []
        for called, row in rows.items():
            cell = row[column.name]
            if is_missing(cell):
                continue
            written = _as_there(cell, column, known, own.get(folded(column.name)), mark)
            if written is None:
                odd.append(called)
            else:
                row[column.name] = written
        if odd:
            notes.append(_odd(column, odd))
    return list(rows.values()), notes


def suited(columns: Columns, rows: Sequence[Row]) -> Callable[[Row], Row]:
    """How rows like these are rewritten for the model that knows these `columns`: their numbers get its decimal mark.

    The function raises UnreadableExampleError for a row without any of its columns: the answer would tell nothing.
    """
    known = {folded(name) for name in columns.names}
    numbers = [column for column in columns.columns if column.kind == NUMBER]
    mark = decimal_mark((cell_of(row, column.name) for column in numbers for row in rows), columns.mark)

    def suit(row: Row) -> Row:
        if known and known.isdisjoint(map(folded, row)):
            raise UnreadableExampleError(_foreign(columns.names, list(row)), _NAME_THEM)
        if mark == columns.mark:
            return row
        there = [(name, column) for column in numbers if (name := name_in(row, column.name)) is not None]
        written = {name: _as_there(row[name], column, columns, None, mark) for name, column in there}
        return {**row, **{name: cell for name, cell in written.items() if cell is not None}}

    return suit


def unlike(columns: Columns, rows: Mapping[str, Row]) -> list[Message]:
    """What the model that knows these `columns` does not find in `rows`, by their names, or does not know of them."""
    there = {folded(name): name for row in rows.values() for name in row}
    lacking = [column for column in columns.columns if folded(column.name) not in there]
    notes: list[Message] = []
    if lacking:
        known = {folded(name) for name in columns.names}
        more = [name for fold, name in there.items() if fold not in known]
        notes.append(_lacking([column.name for column in lacking], more))
    for column in columns.columns:
        if column in lacking:
            continue
        cells = {called: cell_of(row, column.name) for called, row in rows.items()}
        filled = {called: cell for called, cell in cells.items() if not is_missing(cell)}
        if column.kind != CATEGORY:
            odd = [called for called, cell in filled.items() if columns.amount(column, cell) is None]
            if odd:
                notes.append(_odd(column, odd))
        elif column.values:
            values = {folded(value) for value in column.values}
            new = dict.fromkeys(cell[:_LETTERS] for cell in filled.values() if folded(cell) not in values)
            notes += [_unknown(column, list(new))] if new else []
    return notes


def _foreign(needed: Sequence[str], found: Sequence[str]) -> Message:
    return Message(
        "The model needs the columns {needed:list}, and none of them is there. Found were: {found:list}.",
        needed=_some([repr(name) for name in needed]), found=_some([repr(name) for name in found]),
    )  # fmt: skip


def _some(names: Sequence[str]) -> list[str | Message]:
    """The first of these, and how many more there are."""
    more = [counted("{n} more", "{n} more", n=len(names) - _NAMED)] if len(names) > _NAMED else []
    return [*names[:_NAMED], *more]


def _lacking(names: Sequence[str], more: Sequence[str]) -> Message:
    said = counted(
        "The column {names:list} is not there, and counts as missing in every row.",
        "The columns {names:list} are not there, and count as missing in every row.",
        n=len(names), names=_some(list(map(repr, names))),
    )  # fmt: skip
    if not more:
        return said
    return sentences(said, Message(
        "The model does not know these: {more:list}. If one of them is meant, give it the name it had in training.",
        more=_some(list(map(repr, more))),
    ))  # fmt: skip


def _unknown(column: Column, values: Sequence[str]) -> Message:
    return counted(
        "In '{column}' it does not know this value, which tells it nothing: {values:list}.",
        "In '{column}' it does not know these values, which tell it nothing: {values:list}.",
        n=len(values), column=column.name, values=_some(values),
    )  # fmt: skip


def _as_there(cell: str, column: Column, known: Columns, own: Column | None, mark: str) -> str | None:
    """A number or a date as the table writes them; None where it is none."""
    there, here = column.mark or known.mark, (own.mark if own else "") or mark
    if column.kind == NUMBER and here != there:
        amount = plain_number(cell, here, column.unit)
        return None if amount is None else repr(amount).removesuffix(".0").replace(".", there)
    if known.amount(column, cell) is not None:
        return cell
    if column.kind == DATE and own is not None and own.kind == DATE:
        day = known.amount(own, cell)
        return None if day is None else known.cell(column, day)
    return None


def _odd(column: Column, rows: Sequence[str]) -> Message:
    some = _some(rows)
    if column.kind == DATE:
        return counted(
            "In {n} row '{column}' holds no date that can be read, which counts as missing: {rows:list}.",
            "In {n} rows '{column}' holds no date that can be read, which counts as missing: {rows:list}.",
            n=len(rows), column=column.name, rows=some,
        )  # fmt: skip
    return counted(
        "In {n} row '{column}' holds no number, which counts as missing: {rows:list}.",
        "In {n} rows '{column}' holds no number, which counts as missing: {rows:list}.",
        n=len(rows), column=column.name, rows=some,
    )  # fmt: skip


def _new_values(column: Column, held: Sequence[Row], rows: Mapping[str, Row]) -> Iterator[Message]:
    if not column.values:
        return
    there = {folded(row.get(column.name, "")) for row in held}
    new = dict.fromkeys(row[column.name][:_LETTERS] for row in rows.values() if folded(row[column.name]) not in there)
    if found := [value for value in new if not is_missing(value)]:
        yield counted(
            "'{column}' holds a value that the table did not have: {values:list}.",
            "'{column}' holds {n} values that the table did not have: {values:list}.",
            n=len(found), column=column.name, values=_some(found),
        )  # fmt: skip
