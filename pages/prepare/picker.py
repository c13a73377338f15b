"""Which way to read it: every guess with a preview, and for a table its first rows, with what each column is for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import streamlit as st

from core.data.dataset import Dataset
from core.data.readers.columns import CLASS_COLUMNS
from core.data.readers.names import first_names
from core.data.readers.propose import read_options
from core.data.readers.reading import TO_SAY, ReadOptions
from core.messages import Message, counted, quoted, sentences
from core.modalities import MODALITIES
from pages.shared.columns import columns_of
from pages.shared.words import plain, tr

PICKED = frozenset(
    {
        "header",
        "header_row",
        "kind",
        "text_column",
        "example_columns",
        "label_column",
        "marked_columns",
        "split_column",
        "ignored_columns",
    }
)
"""What is chosen here, where there is a table to choose from."""
_KEPT = (
    "files",
    "sheet",
    "encoding",
    "delimiter",
    "header",
    "header_row",
    "several_labels",
    "label_level",
    "unsorted",
    "title",
)
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


_ASKED = {
    "several_labels": Message("Where an example carries more than one label, take"),
    "unsorted": Message("What is called as if it had no class (“unsorted”, “NA”) is"),
}
assert _ASKED.keys() == set(TO_SAY)


def ask(name: str, source: Mapping[str, Any], read: Read) -> None:
    """One of the options `TO_SAY`, where nobody has said it yet: examples with several labels, a folder that is a class
    or none."""
    ways = read_options()[name].choices
    chosen = st.segmented_control(
        tr(_ASKED[name]), list(ways), key=f"{name}-{source['path']}", format_func=lambda way: tr(ways[way].title)
    )
    if chosen:
        read(ReadOptions(**{**source["options"], name: chosen}))


def show_class_column(proposal: Mapping[str, Any], source: Mapping[str, Any], read: Read, dataset: Dataset) -> None:
    """Which column of a table says the class, and from which ones it is learnt; another class is read at once."""
    columns = proposal["picker"]["columns"]
    names = [column["name"] for column in columns]
    uses = {use: [column["name"] for column in columns if column["role"] == use] for use in _USES}
    if proposal.get("label_column") is None and not proposal.get("marked_columns"):
        return  # every column is a class
    current = tuple(uses["label"])
    choices = [*([current] if len(current) != 1 else []), *((name,) for name in names)]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = st.selectbox(
            tr("The class is in the column"), choices, index=choices.index(current), width=320,
            format_func=lambda labels: plain(Message("{names:list}", names=labels)),
            key=f"class-{source['path']}-{'-'.join(current)}-{len(names)}",
            help=tr("If another column says the class, choose it: the files are imported again at once."),
        )  # fmt: skip
        with st.container(width="stretch"):
            st.caption(tr(_learnt_from(dataset, uses["example"], [name for name in names if (name,) != current])))
    if chosen != current:
        said = ReadOptions(**source["options"])
        asked = _as_chosen(
            said, names, proposal.get("kind"), chosen, proposal.get("split_column"), uses["example"], uses,
            named=said.example_columns is not None,
        )  # fmt: skip
        if not isinstance(asked, Message):
            read(asked)


def _learnt_from(dataset: Dataset, examples: Sequence[str], names: Sequence[str]) -> Message:
    """The columns that are learnt from, and of all the `names` those that are not: ignored, or saying nothing."""
    learnt = columns_of(dataset).names if dataset.kind.is_row else examples
    left = [name for name in names if name not in learnt]
    found = counted("Learns from the column {names}.", "Learns from {n} columns: {names}.", n=len(learnt),
                    names=first_names(learnt))  # fmt: skip
    if not left:
        return found
    return sentences(found, counted("Not from {names}.", "Not from {n} others: {names}.", n=len(left),
                                    names=first_names(left)))  # fmt: skip


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
        before = uses["label"][0] if len(uses["label"]) == 1 else None
        label = left.selectbox(
            tr(read_options()["label_column"].label), [None, *names], key=f"label-{key}",
            index=0 if before is None else 1 + names.index(before), format_func=_column,
        )  # fmt: skip
        split = right.selectbox(
            tr("Column with the split"), [None, *names], key=f"split-{key}", format_func=_column,
            index=1 + names.index(uses["split"][0]) if uses["split"] else 0,
            help=tr("A column that says which rows are for training and which for test."),
        )  # fmt: skip
        labels = (label,) if label is not None else ()
        can_mark = [column["name"] for column in picker["columns"] if column["marks"]]
        if len(can_mark) > 1:
            option = read_options()["marked_columns"]
            marked = st.multiselect(
                tr(option.label), can_mark, uses["label"] if before is None else [], key=f"marked-{key}",
                placeholder=plain(_NO_COLUMN), help=tr(option.help),
            )  # fmt: skip
            labels = tuple(marked) if marked and label == before else labels
        examples = st.multiselect(
            tr("Columns with the example"), names, uses["example"], key=f"examples-{key}",
            help=tr("The text, in one or more columns; or all that is known of a row. All others are ignored."),
        )  # fmt: skip
        _say_ignored(picker)
        if st.form_submit_button(tr("Import like this"), type="primary"):
            as_it_was = kind == proposal.get("kind") and picker["width"] == len(names)
            chosen = _as_chosen(said, names, kind, labels, split, examples, uses, named=as_it_was)
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
        help=tr("The row that names the columns. Rows above it are skipped."),
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
    labels: Sequence[str],
    split: str | None,
    examples: Sequence[str],
    before: Mapping[str, Sequence[str]],
    *,
    named: bool,
) -> ReadOptions | Message:
    """What a person chose; or what is missing. One of `labels` says the class, several mark it, and without any every
    column with examples is one. A column that is the class now and was all of the example, or a part of a row, gives
    its place to the class before it.

    Columns that nobody changed are `named` only where these are all there are, and for the same kind of example.
    """
    taken = {*labels, split}
    chosen = [name for name in names if name in examples and name not in taken]
    is_row = kind is not None and MODALITIES[kind].is_row
    if (is_row or not chosen) and not set(before["label"]) & taken and set(labels) & set(before["example"]):
        chosen = [name for name in names if name in chosen or name in before["label"]]
    label = labels[0] if len(labels) == 1 else None
    classes: dict[str, Any] = {"label_column": label, "marked_columns": None if label else tuple(labels) or None}
    if labels and not named and set(examples) == set(before["example"]):
        return replace(ReadOptions(**_kept(said)), kind=kind, split_column=split, **classes)
    if not chosen:
        return Message("Choose at least one column with the example.")
    if not labels and len(chosen) < 2:
        return Message("Choose the column with the class; or two columns or more that are a class each.")
    ignored = [name for name in names if name not in (*chosen, *taken)]
    options = ReadOptions(**_kept(said))
    options = replace(options, example_columns=tuple(chosen), ignored_columns=tuple(ignored) or None,
                      split_column=split)  # fmt: skip
    if not labels:
        return replace(options, structure=CLASS_COLUMNS)
    return replace(options, kind=kind, **classes)
