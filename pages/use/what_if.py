"""A row to ask about, put together by sliders and choices: what would it say if this were otherwise?"""

from __future__ import annotations

import math
import zlib
from datetime import date
from typing import Any

import streamlit as st

from core.errors import UserError
from core.modalities.table.columns import CATEGORY, DATE, Column, Columns
from core.modalities.table.dates import TIME
from core.modalities.table.rows import row_of, row_text
from core.models.catalogue import about_model
from core.results.finished_run import FinishedRun
from core.runs.folder import RunFolder
from pages.shared.current import open_run
from pages.shared.services import workspace
from pages.shared.words import escape, example_name, plain, tr

_BESIDE = 2
"""So many fields stand side by side."""
_AT_ONCE = 24
"""Of more columns the others are folded away, as they were in the row one begins with."""
_ROWS = 50
"""So many rows can be begun with."""
_STEPS = 200


def what_if(run: RunFolder) -> list[str]:
    """The row as `TableModality.read` takes it, alone in a list; none where the model knows no columns."""
    columns = Columns.from_dict(about_model(run.id, workspace())["extras"] or {"columns": [], "mark": "."})
    if not columns.columns:
        st.info(tr("No column of its table said anything, so it answers the same whatever the row."))
        return []
    begun = _begin_with(run)
    shown, folded = columns.columns[:_AT_ONCE], columns.columns[_AT_ONCE:]
    cells = _fields(columns, shown, begun, run.id)
    if folded:
        with st.expander(tr("{n} more columns", n=len(folded))):
            cells |= _fields(columns, folded, begun, run.id)
    if not any(cells.values()):
        st.warning(tr("Nothing is filled in."))
        return []
    return [row_text(cells)]


def _begin_with(run: RunFolder) -> dict[str, str]:
    """The cells of a row of the dataset that it was not trained on, or nothing."""
    rows = _held_back(open_run(run))
    if not rows:
        return {}
    names = list(rows)
    chosen = st.selectbox(
        tr("Begin with"), names, key=f"what-if-row-{run.id}", help=tr("A row that it was not trained on."),
    )  # fmt: skip
    return rows[chosen]


def _held_back(run: FinishedRun) -> dict[str, dict[str, str]]:
    """Rows by what is said of them: where they are, and their class."""
    try:
        dataset, split = run.dataset, run.split
    except UserError:  # it was deleted
        return {}
    indices = (split.test or split.validation or split.train)[:_ROWS]
    examples = [dataset.examples[i] for i in indices]
    return {
        plain("{name} ({label})", name=example_name(example.name), label=example.label): row_of(example.text or "")
        or {}
        for example in examples
    }


def _fields(columns: Columns, shown: tuple[Column, ...], begun: dict[str, str], run_id: str) -> dict[str, str]:
    """What stands in each field, as the cell of a table; the fields begin with the cells of the row `begun`."""
    cells: dict[str, str] = {}
    row = zlib.crc32(row_text(begun).encode())
    for start in range(0, len(shown), _BESIDE):
        for place, column in zip(st.columns(_BESIDE), shown[start : start + _BESIDE], strict=False):
            key = f"what-if-{run_id}-{column.name}-{row}"
            with place:
                cells[column.name] = _field(columns, column, begun.get(column.name, ""), key)
    return cells


def _field(columns: Columns, column: Column, cell: str, key: str) -> str:
    if column.kind == CATEGORY:
        return _choice(column, cell, key)
    amount = columns.amount(column, cell)
    if column.gaps and not st.toggle(escape(column.name), value=amount is not None, key=f"{key}-known"):
        st.caption(tr("nothing there"))
        return ""
    label = escape(column.name)
    hidden: Any = "collapsed" if column.gaps else "visible"
    amount = column.median if amount is None else amount
    if column.form == TIME:
        moment = st.time_input(label, columns.moment(amount).time(), key=key, label_visibility=hidden)
        return moment.strftime(TIME) if moment else ""
    if column.kind == DATE:
        day = st.date_input(label, date.fromordinal(int(amount)), key=key, label_visibility=hidden)
        return columns.cell(column, day.toordinal()) if isinstance(day, date) else ""
    low, high = min(column.low, amount), max(column.high, amount)
    chosen: float
    if column.whole:
        chosen = st.slider(label, int(low), int(high), int(amount), key=key, label_visibility=hidden)
    else:
        step = 10.0 ** math.floor(math.log10((high - low) / _STEPS)) if high > low else 0.01
        places = max(0, -math.floor(math.log10(step)))
        chosen = st.slider(
            label, low, high, amount, step, format=f"%.{places}f{column.unit and ' ' + column.unit}", key=key,
            label_visibility=hidden,
        )  # fmt: skip
    return columns.cell(column, float(chosen))


def _choice(column: Column, cell: str, key: str) -> str:
    """A value of a category; one that it does not know can be kept, and where others are missing, so can this one."""
    if not column.values:  # only whether something stands there counts
        known = st.toggle(escape(column.name), value=bool(cell), key=key, help=tr("Whether something stands there."))
        return (cell or plain("something")) if known else ""
    values = list(dict.fromkeys([*column.values, *([cell] if cell else [])]))
    values += [""] if column.gaps or not cell else []
    return st.selectbox(
        escape(column.name), values, index=values.index(cell), key=key,
        format_func=lambda value: value or plain("(missing)"),
    )  # fmt: skip
