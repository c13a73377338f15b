"""What a person is shown to choose from: each guess with a preview, and the first rows of a table as they stand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any

from core.data.readers.columns import CLASS_COLUMNS, LEFT_SO, Columns
from core.data.readers.profiles import ONES, ZERO_ONE
from core.data.readers.reading import Item, Reading
from core.data.readers.rows import Part, RowReader
from core.data.readers.table import Row, Table
from core.data.readers.unsorted import find_nothing, says_no_class
from core.messages import Message, counted
from core.modalities import MODALITIES
from core.modalities.base import Modality

CLOSE = 0.12
"""A guess that scores at most so much less than the best may be right as well."""
_MOST = 4
_PREVIEW = 3
_SEARCHED = 200
"""So many rows, or examples, are looked through for a preview that shows different classes; of wide tables fewer."""
_CELLS = 100_000
_LETTERS = 80
_WIDTH = 60
"""Columns that are shown of a wider table."""

Guess = dict[str, Any]
"""Plain data: "title" and "why" (messages), "options" (what to say so that it is read so), "preview" (rows of "label"
and "example"), "score", and whether it is "close" to the best."""


def kind_of_rows(columns: Columns) -> Modality[Any, Any] | None:
    """The kind of example that a table read so holds; None while there is no such kind."""
    return next((kind for kind in MODALITIES.values() if (kind.is_row if columns.is_row else kind.in_tables)), None)


def guesses_of(ranked: Sequence[Columns], part: Part, names: Row, total: int) -> list[Guess]:
    """Every way to read a table that is worth telling; `part` is its first part, `total` its rows in all parts."""
    best = ranked[0].score
    return [_guess(columns, part, names, total, best) for columns in ranked[:_MOST] if kind_of_rows(columns)]


def _guess(columns: Columns, part: Part, names: Row, total: int, best: float) -> Guess:
    kind = kind_of_rows(columns)
    assert kind is not None
    reader = RowReader(names, columns, frozenset())
    searched = max(_PREVIEW, min(_SEARCHED, _CELLS // max(1, len(names))))
    read = [one for one in islice(reader.rows(part), searched) if one.labels]
    preview = [{"label": ", ".join(one.labels)[:_LETTERS], "example": _shown(one.text, kind)} for one in read]
    examples = [names[at] for at in columns.examples]
    options: dict[str, Any] = {"kind": kind.name, "example_columns": examples}
    if columns.are_classes:
        options = {"structure": CLASS_COLUMNS, "example_columns": examples}
        title = Message("Messages in {n} classes, a column for each", n=len(columns.examples))
    elif columns.label is None:
        title = Message("{examples}: {n} classes, a column of 0 and 1 for each", examples=kind.count(total),
                        n=len(columns.marked))  # fmt: skip
        options["marked_columns"] = [names[at] for at in columns.marked]
    else:
        options["label_column"] = names[columns.label]
        classes, without = _classes(columns.label, part)
        about: dict[str, Any] = {
            "examples": kind.count(total - without), "classes": classes, "label": names[columns.label]
        }  # fmt: skip
        if columns.is_row:
            told = counted("{n} other column", "{n} other columns", n=len(examples))
            title = Message("{examples}: {classes} (“{label}”), from {columns}", columns=told, **about)
        else:
            title = Message(
                "{examples} (“{text}”): {classes} (“{label}”)", text=" + ".join(examples)[:_LETTERS], **about
            )
    return {
        "title": title,
        "why": list(columns.why),
        "options": options,
        "preview": _different(preview),
        "score": round(columns.score, 2),
        "close": columns.score >= best - CLOSE,
    }


def guess_of_reading(reading: Reading, name: Message, best: float) -> Guess:
    """A guess of another structure than tables."""
    kind = MODALITIES[reading.modality]
    items = [item for item in reading.items if isinstance(item, Item)]
    classes = counted("{n} class", "{n} classes", n=len({item.label for item in items}))
    step = max(1, len(items) // _SEARCHED)
    preview = [{"label": item.label[:_LETTERS], "example": item.name[-_LETTERS:]} for item in items[::step]]
    return {
        "title": Message("{name}: {examples}, {classes}", name=name, examples=kind.count(len(items)), classes=classes),
        "why": [],
        "options": {"structure": reading.proposal["structure"]},
        "preview": _different(preview),
        "score": round(reading.score, 2),
        "close": reading.score >= best - CLOSE,
    }


def agree(labels: Mapping[str, str], others: Mapping[str, str]) -> bool:
    """True where both divide the same examples in the same way, whatever they call the classes."""
    if labels.keys() != others.keys():
        return False
    pairs = {(label, others[name]) for name, label in labels.items()}
    return len(pairs) == len({label for label, _ in pairs}) == len({other for _, other in pairs})


def guess_of_column(kind: Modality[Any, Any], column: str, said: Sequence[tuple[str, str]], score: float) -> Guess:
    """The guess that `column` of a table beside files says their classes; `said` are the name and the label of each."""
    labels = {label for _, label in said if label}
    preview = [{"label": label[:_LETTERS], "example": name[-_LETTERS:]} for name, label in said[:_SEARCHED]]
    return {
        "title": Message("{examples}: {classes} (“{label}”)", examples=kind.count(len(said)),
                         classes=counted("{n} class", "{n} classes", n=len(labels)), label=column),
        "why": [],
        "options": {"structure": "label-table", "label_column": column},
        "preview": _different(preview),
        "score": score,
        "close": True,
    }  # fmt: skip


def _classes(label: int, part: Part) -> tuple[Message, int]:
    """How many classes there are, and how many rows without one."""
    at = part.places[label]
    values = Counter(row[at].strip() if at is not None and at < len(row) else "" for row in part.table.rows)
    nothing = find_nothing(filter(None, values), None).written
    without = sum(n for value, n in values.items() if not value or value in nothing or says_no_class(value))
    classes = sum(1 for value in values if value and value not in nothing and not says_no_class(value))
    return counted("{n} class", "{n} classes", n=classes), without


def _shown(text: str, kind: Modality[Any, Any]) -> str:
    return " ".join(kind.line(text).split())[:_LETTERS]


def _different(preview: Sequence[Mapping[str, str]]) -> list[Mapping[str, str]]:
    """A few of different classes first."""
    first: dict[str, Mapping[str, str]] = {}
    for row in preview:
        first.setdefault(row["label"], row)
    rest = [row for row in preview if row is not first[row["label"]]]
    return [*first.values(), *rest][:_PREVIEW]


# --- the rows and columns themselves ---------------------------------------------------------------------------------


def picker_of(table: Table, names: Row, columns: Columns | None) -> dict[str, Any]:
    """For the choice of rows and columns: the "top" of the table, and for each column its "name", its first "cells",
    what it is for ("role": "label", "example", "split" or "ignored") and "why", and whether it could mark a class. At
    most so many columns as fit."""
    roles: dict[int, str] = {}
    why: dict[int, Message] = {}
    if columns is not None:
        why = dict(columns.ignored)
        roles = dict.fromkeys(columns.examples, "example")
        roles |= {at: "label" for at in (columns.label, *columns.marked) if at is not None}
        roles |= {columns.split: "split"} if columns.split is not None else {}
    top = table.top or (table.columns, *table.rows[: 20 - 1])
    return {
        "top": [[_cut(cell) for cell in row[:_WIDTH]] for row in top],
        "width": len(names),
        "columns": [
            {
                "name": name,
                "cells": _first_cells(table, at),
                "role": roles.get(at, "ignored"),
                "why": why.get(at),
                "marks": _marks(table, at),
            }
            for at, name in enumerate(names[:_WIDTH])
        ],
    }


def ignored_columns(proposal: Mapping[str, Any]) -> list[tuple[str, Message]]:
    """The columns that a proposal leaves out by itself, each with the reason."""
    columns = (proposal.get("picker") or {}).get("columns", ())
    found = [(column["name"], column["why"]) for column in columns if column["role"] == "ignored"]
    return [(name, why) for name, why in found if isinstance(why, Message) and why != LEFT_SO]


def _first_cells(table: Table, at: int) -> str:
    cells = (row[at].strip() for row in table.rows[:_SEARCHED] if at < len(row))
    return ", ".join(_cut(cell)[:20] for cell in islice(dict.fromkeys(filter(None, cells)), 3))


def _marks(table: Table, at: int) -> bool:
    cells = {row[at].strip().casefold() for row in table.rows[:_SEARCHED] if at < len(row)} - {""}
    return not cells.isdisjoint(ONES) and cells <= ZERO_ONE


def _cut(cell: str) -> str:
    return cell if len(cell) <= _LETTERS else f"{cell[: _LETTERS - 1]}…"
