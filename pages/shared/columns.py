"""How the values of a column of a table are spread over the classes."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import plotly.graph_objects as go
import streamlit as st

from core.data.dataset import Dataset
from core.modalities.table.columns import CATEGORY, DATE, Column, Columns, folded
from core.modalities.table.fitting import fit_columns
from core.modalities.table.rows import row_of
from core.report.charts import class_colours
from pages.shared.figures import show_chart, verbatim
from pages.shared.words import plain, tr

_MOST_ROWS = 5000
"""Of a longer table so many rows are drawn."""
_MOST_CLASSES = 12
_MOST_BARS = 12
"""So many different whole numbers are counted like categories; of more, boxes are drawn."""


def show_by_class(dataset: Dataset, first: list[str], key: str) -> None:
    """How the values of a chosen column are spread over the classes; columns named in `first` stand first."""
    columns = columns_of(dataset)
    names = list(dict.fromkeys([*(name for name in first if name in columns.names), *columns.names]))
    if not names:
        return
    st.subheader(tr("A column by class"))
    name = st.selectbox(tr("Column"), names, key=f"by-class-{key}")
    column = next(column for column in columns.columns if column.name == name)
    classes = dataset.classes[:_MOST_CLASSES]
    cells: dict[str, list[str]] = {label: [] for label in classes}
    step = max(1, len(dataset.examples) // _MOST_ROWS)
    for example in dataset.examples[::step]:
        if example.label in cells:
            cells[example.label].append((row_of(example.text or "") or {}).get(name, ""))
    if column.kind == CATEGORY:
        figure = _bars(column, cells, list(column.values) or [plain("something")], anything=not column.values)
    elif counted_values := _counted(columns, column, cells):
        figure = _bars(column, cells, counted_values)
    else:
        figure = _amounts(columns, column, cells)
    figure.update_layout(height=360, margin={"l": 8, "r": 8, "t": 8, "b": 8}, legend={"orientation": "h", "y": 1.1})
    alt = plain("{column} by class", column=name)
    show_chart(figure, key=f"by-class-chart-{key}-{name}", alt=alt)
    missing = sum(not cell for own in cells.values() for cell in own)
    if missing:
        st.caption(tr("Missing in {n} rows.", n=missing))
    if len(dataset.classes) > len(classes):
        st.caption(tr("The first {n} classes are shown.", n=len(classes)))


def columns_of(dataset: Dataset) -> Columns:
    """What the columns of a dataset hold, as all of its rows say; looked at once."""
    return _columns_of(dataset.id, dataset.store, dataset)


# By place, too: the id of a dataset that came in a project without originals is what its maker says.
@st.cache_data(max_entries=8, show_spinner=False)
def _columns_of(dataset_id: str, store: Path, _dataset: Dataset) -> Columns:
    step = max(1, len(_dataset.examples) // _MOST_ROWS)
    return fit_columns(row_of(example.text or "") or {} for example in _dataset.examples[::step])


def _amounts(columns: Columns, column: Column, cells: dict[str, list[str]]) -> go.Figure:
    """A box for each class: the middle half of its rows, the median as a line, and what lies farther out."""
    colours = class_colours(list(cells))
    figure = go.Figure()
    for label, own in cells.items():
        known = [amount for cell in own if (amount := columns.amount(column, cell)) is not None]
        shown = [columns.cell(column, amount) for amount in known] if column.kind == DATE else known
        figure.add_trace(
            go.Box(x=shown, name=verbatim(label), marker_color=colours[label], orientation="h", boxpoints="outliers")
        )
    figure.update_layout(showlegend=False, xaxis={"title": verbatim(column.name)}, yaxis={"autorange": "reversed"})
    return figure


def _counted(columns: Columns, column: Column, cells: dict[str, list[str]]) -> list[str]:
    """The values of a column of a few whole numbers, in order; none of another."""
    if column.kind == DATE or not column.whole or column.high - column.low >= 10 * _MOST_BARS:
        return []
    found = {cell: columns.amount(column, cell) for own in cells.values() for cell in own}
    values = sorted((amount, cell) for cell, amount in found.items() if amount is not None)
    return [cell for _, cell in values] if len(values) <= _MOST_BARS else []


def _bars(column: Column, cells: dict[str, list[str]], values: list[str], *, anything: bool = False) -> go.Figure:
    """For each of the values (or where there is `anything`) how it is shared among the classes, as bars of counts side
    by side."""
    colours = class_colours(list(cells))
    missing = any(not cell for own in cells.values() for cell in own)
    names = [*values, *([plain("(missing)")] if missing else [])]
    figure = go.Figure()
    for label, own in cells.items():
        said = Counter(map(folded, own))
        counts = [len(own) - said[""]] if anything else [said[folded(value)] for value in values]
        counts += [said[""]] if missing else []
        figure.add_trace(
            go.Bar(x=[verbatim(name) for name in names], y=counts, name=verbatim(label), marker_color=colours[label])
        )
    figure.update_layout(
        barmode="group", xaxis={"title": verbatim(column.name), "type": "category"}, yaxis={"title": plain("rows")}
    )
    return figure
