"""Rows of a table as a table: what is said of each row first, then its cells; numbers as numbers, gaps as gaps."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from core.modalities.table.cells import is_missing
from core.modalities.table.rows import row_of
from core.report.charts import class_colours
from pages.shared.words import plain

_TALLEST = 430
"""Pixels; a longer table is scrolled."""
_WHOLE, _DECIMAL = re.compile(r"[+-]?(0|[1-9]\d{0,14})"), re.compile(r"[+-]?(0|[1-9]\d{0,11})?\.\d{1,12}")
_MOST_COLOURED = 40
_LETTER, _WIDEST = 7, 260
"""Pixels of a letter on average, and of the widest column of ours."""
_APART = "\u200b"
"""Before the names of the columns of ours, which no column of a table begins with."""


def show_rows(
    texts: Sequence[str],
    said: Mapping[str, Sequence[str]],
    *,
    classes: tuple[str, Sequence[str]] | None = None,
    key: str | None = None,
    one: bool = False,
) -> list[int]:
    """Rows as their dataset's file holds them, beneath the names of their columns. What is `said` of each, by its
    heading, stands first and stays where it is; under the heading that `classes` names, the classes in their colours.

    With a `key` rows can be selected, several or `one`: the places of those that are. A row that is damaged is empty.
    """
    rows = [row_of(text) or {} for text in texts]
    cells: dict[str, Sequence[Any]] = {}
    config: dict[str, Any] = {}
    for heading, values in said.items():
        name = _APART + heading
        coloured = classes if classes and classes[0] == heading and len(classes[1]) <= _MOST_COLOURED else None
        cells[name] = [[value] for value in values] if coloured else values
        config[name] = _in_colours(heading, coloured[1]) if coloured else _pinned(heading, values)
    for name in dict.fromkeys(name for row in rows for name in row):
        cells[name] = as_numbers([row.get(name, "") for row in rows])
        config[name] = st.column_config.Column(name)
    height: Any = _TALLEST if len(rows) > 10 else "auto"
    about: dict[str, Any] = {"hide_index": True, "column_config": config, "height": height}
    about |= {"placeholder": plain("(missing)"), "row_height": 35}
    if key is None:
        st.dataframe(cells, **about)
        return []
    state = st.dataframe(
        cells, **about, key=key, on_select="rerun", selection_mode="single-row" if one else "multi-row"
    )
    return [place for place in state.selection.rows if place < len(rows)]


def as_numbers(cells: Sequence[str]) -> Sequence[int | float | str | None]:
    """The cells of a column as numbers, if all of them that are not missing are written as such; None for these."""
    held = [None if is_missing(cell) else cell.strip() for cell in cells]
    known = [cell for cell in held if cell is not None]
    if known and all(map(_WHOLE.fullmatch, known)):
        return [None if cell is None else int(cell) for cell in held]
    if known and all(_WHOLE.fullmatch(cell) or _DECIMAL.fullmatch(cell) for cell in known):
        return [None if cell is None else float(cell) for cell in held]
    return held


def _in_colours(heading: str, classes: Sequence[str]) -> Any:
    colours = class_colours(classes)
    return st.column_config.MultiselectColumn(
        heading, options=list(classes), color=[colours[label] for label in classes], pinned=True
    )


def _pinned(heading: str, values: Sequence[str]) -> Any:
    """As wide as the longest of its texts: the table's own guess passes over those that are longer than most."""
    letters = max(map(len, (heading, *values)), default=0)
    return st.column_config.TextColumn(heading, pinned=True, width=min(_WIDEST, 24 + _LETTER * letters))
