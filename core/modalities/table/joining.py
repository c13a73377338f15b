"""Rows that come to a table later: under its names of columns, numbers and dates written its way; and what does not fit
in rows that come to it or to a model of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from core.messages import Message, counted, sentences
from core.modalities.table.cells import decimal_mark, is_missing
from core.modalities.table.columns import CATEGORY, DATE, Column, Columns, cell_of, folded
from core.modalities.table.fitting import fit_columns
from core.modalities.table.rows import Row
from core.modalities.table.suiting import as_there, in_quotes, is_far, some_of

_MOST_ROWS = 5000
"""So many rows of the table tell what its columns hold."""
_LETTERS = 30


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
            written = as_there(cell, column, known, own.get(folded(column.name)), mark)
            if written is None:
                odd.append(called)
            else:
                row[column.name] = written
        if odd:
            notes.append(_odd(column, odd))
    return list(rows.values()), notes


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
            far = [called for called, cell in filled.items() if is_far(column, columns.amount(column, cell))]
            if far:
                notes.append(_far(columns, column, far))
        elif column.values:
            values = {folded(value) for value in column.values}
            new = dict.fromkeys(cell[:_LETTERS] for cell in filled.values() if folded(cell) not in values)
            notes += [_unknown(column, list(new))] if new else []
    return notes


def _lacking(names: Sequence[str], more: Sequence[str]) -> Message:
    said = counted(
        "The column {names:list} is not there, and counts as missing in every row.",
        "The columns {names:list} are not there, and count as missing in every row.",
        n=len(names), names=some_of(in_quotes(names)),
    )  # fmt: skip
    if not more:
        return said
    return sentences(said, Message(
        "The model does not know these: {more:list}. If one of them is meant, give it the name it had in training.",
        more=some_of(in_quotes(more)),
    ))  # fmt: skip


def _unknown(column: Column, values: Sequence[str]) -> Message:
    return counted(
        "In '{column}' it does not know this value, which tells it nothing: {values:list}.",
        "In '{column}' it does not know these values, which tell it nothing: {values:list}.",
        n=len(values), column=column.name, values=some_of(values),
    )  # fmt: skip


def _odd(column: Column, rows: Sequence[str]) -> Message:
    some = some_of(rows)
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


def _far(columns: Columns, column: Column, rows: Sequence[str]) -> Message:
    return counted(
        "In {n} row '{column}' lies far outside of its training values ({low} to {high}): {rows:list}.",
        "In {n} rows '{column}' lies far outside of its training values ({low} to {high}): {rows:list}.",
        n=len(rows), column=column.name, low=columns.cell(column, column.low), high=columns.cell(column, column.high),
        rows=some_of(rows),
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
            n=len(found), column=column.name, values=some_of(found),
        )  # fmt: skip
