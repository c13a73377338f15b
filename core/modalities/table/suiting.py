"""Rows that a model is asked about: written as it takes them, refused where they tell it nothing, and what is said of
them that it has never seen the like of. Exported models carry this file's source along."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from core.errors import UnreadableExampleError
from core.messages import NOTHING, Message, counted, sentences
from core.modalities.table.cells import decimal_mark, is_missing, plain_number
from core.modalities.table.columns import CATEGORY, DATE, FARTHEST, NUMBER, Column, Columns, cell_of, folded, name_in
from core.modalities.table.rows import Row

_NAMED = 5
_LETTERS = 30
_NAME_THEM = Message("Give the columns the names that they had in training; in a table they stand in the first row.")


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
        written = {name: as_there(row[name], column, columns, None, mark) for name, column in there}
        return {**row, **{name: cell for name, cell in written.items() if cell is not None}}

    return suit


def remark(columns: Columns, row: Row, *, of_table: bool = False) -> Message:
    """What a person should know beside the answer to a row: cells that count as missing since they hold no number or
    day, values that the model does not know, numbers far outside of what it has seen, and columns that are not there
    (of a table's rows `unlike` says those once for all)."""
    there = [(column, cell_of(row, column.name)) for column in columns.columns]
    filled = [(column, cell) for column, cell in there if not is_missing(cell)]
    lacking = [] if of_table else [column.name for column in columns.columns if name_in(row, column.name) is None]
    amounts = [(column, cell, columns.amount(column, cell)) for column, cell in filled if column.kind != CATEGORY]
    odd = [
        Message("{column} is {cell}", column=column.name, cell=cell[:_LETTERS])
        for column, cell, amount in amounts
        if amount is None
    ]
    new = [
        Message("{column} is {cell}", column=column.name, cell=cell[:_LETTERS])
        for column, cell in filled
        if column.values and folded(cell) not in map(folded, column.values)
    ]
    far = [
        Message(
            "{column} is {cell} (trained on {low} to {high})",
            column=column.name, cell=cell, low=columns.cell(column, column.low), high=columns.cell(column, column.high),
        )
        for column, cell, amount in amounts
        if is_far(column, amount)
    ]  # fmt: skip
    return sentences(
        Message("Cannot be read as a number or a date, and counts as missing: {cells:list}.", cells=some_of(odd))
        if odd else NOTHING,
        Message("Not known from training, so it tells the model nothing: {cells:list}.", cells=some_of(new))
        if new else NOTHING,
        Message("Far outside of what the model was trained on: {cells:list}.", cells=some_of(far)) if far else NOTHING,
        Message("Not given, and counts as missing: {names:list}.", names=some_of(in_quotes(lacking)))
        if lacking else NOTHING,
    )  # fmt: skip


def is_far(column: Column, amount: float | None) -> bool:
    """True for a number or a day beyond all that training had, and so far out that it no longer counts in full."""
    if amount is None or column.low <= amount <= column.high:
        return False
    return abs(amount - column.mean) > FARTHEST * column.scale


def as_there(cell: str, column: Column, known: Columns, own: Column | None, mark: str) -> str | None:
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


def _foreign(needed: Sequence[str], found: Sequence[str]) -> Message:
    return Message(
        "The model needs the columns {needed:list}, and none of them is there. Found were: {found:list}.",
        needed=some_of(in_quotes(needed)), found=some_of(in_quotes(found)),
    )  # fmt: skip


def in_quotes(names: Sequence[str]) -> list[Message]:
    """Each between the quotation marks of the reader's language."""
    return [Message("'{name}'", name=name) for name in names]


def some_of(names: Sequence[str] | Sequence[Message]) -> list[str | Message]:
    """The first of these, and how many more there are."""
    more = [counted("{n} more", "{n} more", n=len(names) - _NAMED)] if len(names) > _NAMED else []
    return [*names[:_NAMED], *more]
