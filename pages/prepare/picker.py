"""Which way to read it: every guess with a preview, and for a table its first rows, with what each column is for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import streamlit as st

from core.data.readers.propose import read_options
from core.data.readers.reading import ReadOptions
from core.messages import Message, quoted, sentences
from pages.shared.words import plain, tr

PICKED = frozenset(
    {
        "header",
        "header_row",
        "kind",
        "text_column",
        "example_columns",
        "label_column",
        "split_column",
        "ignored_columns",
    }
)
"""What is chosen here, where there is a table to choose from."""
_KEPT = ("files", "sheet", "encoding", "delimiter", "header", "header_row", "several_labels", "label_level", "title")
"""What stays as it was said when columns are chosen, or another guess."""
_USES = {
    "label": Message("Class"),
    "example": Message("Example"),
    "split": Message("Split"),
    "ignored": Message("Ignored"),
}
_NO_COLUMN = Message("None")

Read = Callable[[ReadOptions], None]
"""Reads the same files again, as these options say."""


def show_guesses(proposal: Mapping[str, Any], source: Mapping[str, Any], read: Read, *, undecided: bool) -> None:
    """The ways to read it, where it is not certain, or where another is nearly as likely as the one that was taken."""
    guesses = proposal.get("guesses", [])
    others = guesses if undecided else [guess for guess in guesses[1:] if guess["close"]]
    if not others:
        return
    st.markdown(tr("**Is it this?**") if undecided else tr("**Imported as it is most likely meant. Or is it this?**"))
    for at, guess in enumerate(others):
        with st.container(border=True):
            with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
                st.markdown(tr("**{title}**", title=guess["title"]), width="stretch")
                if st.button(tr("Read it like this"), key=f"guess-{at}-{source['path']}"):
                    said = ReadOptions(**source["options"])
                    read(replace(ReadOptions(**_kept(said)), **guess["options"]))
            if guess["why"]:
                st.caption(tr(sentences(*guess["why"])))
            names = {"label": plain("Class"), "example": plain("Example")}
            st.dataframe(guess["preview"], hide_index=True, column_config=names, column_order=list(names))


def show_several(source: Mapping[str, Any], read: Read) -> None:
    """What is to become of examples with several labels, where nobody has said so yet."""
    ways = read_options()["several_labels"].choices
    chosen = st.segmented_control(
        tr("Where an example carries more than one label, take"), list(ways), key=f"several-{source['path']}",
        format_func=lambda name: tr(ways[name].title),
    )  # fmt: skip
    if chosen:
        read(replace(ReadOptions(**source["options"]), several_labels=chosen))


def show_picker(proposal: Mapping[str, Any], source: Mapping[str, Any], read: Read) -> None:
    """The first rows of a table as they stand, the row of its header, and what each column is for."""
    picker, said = proposal["picker"], ReadOptions(**source["options"])
    roles = "".join(column["role"][0] for column in picker["columns"])  # read otherwise, it begins anew
    key = f"{source['path']}-{source.get('into')}-{proposal.get('header_row')}-{proposal.get('kind')}-{roles}"
    _show_top(picker)
    if "header" in proposal:
        _choose_header(proposal, picker["top"], read, said, key)
    names = [column["name"] for column in picker["columns"]]
    uses = {use: [column["name"] for column in picker["columns"] if column["role"] == use] for use in _USES}
    with st.form(f"picker-{key}"):
        kinds = read_options()["kind"].choices
        kind = proposal.get("kind") or next(iter(kinds))
        if len(kinds) > 1:
            kind = st.segmented_control(
                tr("Examples are"), list(kinds), default=kind, required=True, key=f"kind-{key}",
                format_func=lambda name: tr(kinds[name].title),
            )  # fmt: skip
        left, right = st.columns(2)
        label = left.selectbox(
            tr(read_options()["label_column"].label), [None, *names], key=f"label-{key}",
            index=1 + names.index(uses["label"][0]) if uses["label"] else 0, format_func=_column,
        )  # fmt: skip
        split = right.selectbox(
            tr("Column with the split"), [None, *names], key=f"split-{key}", format_func=_column,
            index=1 + names.index(uses["split"][0]) if uses["split"] else 0,
            help=tr("A column that says which rows are for training and which for test."),
        )  # fmt: skip
        examples = st.multiselect(
            tr("Columns with the example"), names, uses["example"], key=f"examples-{key}",
            help=tr("The text, in one or more columns; or all that is known of a row. All others are ignored."),
        )  # fmt: skip
        _say_ignored(picker)
        if st.form_submit_button(tr("Import like this"), type="primary"):
            as_it_was = kind == proposal.get("kind") and picker["width"] == len(names)
            chosen = _as_chosen(said, names, kind, label, split, examples, uses, named=as_it_was)
            if isinstance(chosen, Message):
                st.warning(tr(chosen))
            else:
                read(chosen)


def _kept(said: ReadOptions) -> dict[str, Any]:
    return {name: getattr(said, name) for name in _KEPT}


def _show_top(picker: Mapping[str, Any]) -> None:
    """Rows by their numbers; over each column stands what it is for."""
    top, columns = picker["top"], picker["columns"]
    width = max((len(row) for row in top), default=0)
    st.caption(tr("The first rows as they stand in the file. Above each column stands what it is used for."))
    rows = [{"row": n, **{str(at): cell for at, cell in enumerate(row)}} for n, row in enumerate(top, start=1)]
    uses = [columns[at]["role"] if at < len(columns) else "ignored" for at in range(width)]
    config: dict[str, Any] = {str(at): plain(_USES[use]) for at, use in enumerate(uses)}
    config["row"] = st.column_config.NumberColumn(plain("Row"), width="small", pinned=True)
    st.dataframe(rows, hide_index=True, column_config=config, height=250)
    if picker["width"] > len(columns):
        st.caption(tr("The table has {n} columns; the first {shown} are shown.", n=picker["width"], shown=len(columns)))


def _choose_header(
    proposal: Mapping[str, Any], top: Sequence[Sequence[str]], read: Read, said: ReadOptions, key: str
) -> None:
    """Another header changes the names of all columns, so it is read again at once."""
    current = 0 if proposal["header"] == "no" else int(proposal.get("header_row") or 1)
    numbers = list(range(len(top) + 1))
    chosen = st.selectbox(
        tr("Header row"), numbers if current in numbers else [*numbers, current], key=f"header-{key}",
        index=numbers.index(current) if current in numbers else len(numbers),
        format_func=lambda number: plain(_header(number, top)),
        help=tr("The row that names the columns. Rows above it are left out."),
    )  # fmt: skip
    if chosen != current:
        kept = {**_kept(said), "header": "yes" if chosen else "no", "header_row": str(chosen) if chosen > 1 else None}
        read(ReadOptions(**kept))


def _header(number: int, top: Sequence[Sequence[str]]) -> Message:
    if not number:
        return Message("No")
    cells = [cell for cell in top[number - 1] if cell.strip()][:4] if number <= len(top) else []
    return Message("Row {n}: {cells}", n=number, cells=" · ".join(cells)[:80])


def _column(name: str | None) -> str:
    return plain(_NO_COLUMN if name is None else quoted(name))


def _say_ignored(picker: Mapping[str, Any]) -> None:
    left = [column for column in picker["columns"] if column["role"] == "ignored" and column["why"]]
    if left:
        with st.expander(tr("Ignored columns, and why: {n}", n=len(left))):
            names = {"name": plain("Column"), "cells": plain("For example"), "why": plain("Reason")}
            rows = [{**column, "why": plain(column["why"])} for column in left]
            st.dataframe(rows, hide_index=True, column_config=names, column_order=list(names))


def _as_chosen(
    said: ReadOptions,
    names: Sequence[str],
    kind: str | None,
    label: str | None,
    split: str | None,
    examples: Sequence[str],
    before: Mapping[str, Sequence[str]],
    *,
    named: bool,
) -> ReadOptions | Message:
    """What a person chose; or what is missing. A column that is the class now and was an example gives its place to the
    class before it. Without a class every column with examples is one.

    Columns that nobody changed are `named` only where these are all there are, and for the same kind of example.
    """
    chosen = [name for name in names if name in examples and name not in (label, split)]
    if not chosen and label in before["example"]:
        chosen = [name for name in before["label"] if name != label]
    if label is not None and not named and set(examples) == set(before["example"]):
        return replace(ReadOptions(**_kept(said)), kind=kind, label_column=label, split_column=split)
    if not chosen:
        return Message("Choose at least one column with the example.")
    if label is None and len(chosen) < 2:
        return Message("Choose the column with the class; or two columns or more that are a class each.")
    ignored = [name for name in names if name not in (*chosen, label, split)]
    options = ReadOptions(**_kept(said))
    options = replace(options, example_columns=tuple(chosen), ignored_columns=tuple(ignored) or None,
                      split_column=split)  # fmt: skip
    if label is None:
        return replace(options, structure="class-columns")
    return replace(options, kind=kind, label_column=label)
