"""What was read and what was not, how the files were understood, and another way to understand them."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import streamlit as st

from core.data.dataset import Dataset, Example
from core.data.readers.options import ReadOptions, read_options
from pages.shared.intake import start_adding, start_intake
from pages.shared.words import escape, tr

_LABELS = {
    "structure": "Where the classes come from",
    "files": "Files",
    "sheet": "Sheet",
    "encoding": "Encoding of the text",
    "delimiter": "Between the columns stands",
    "header": "The first row names the columns",
    "text_column": "Column with the text",
    "label_column": "Column with the class",
    "label_level": "Classes with two levels",
}
"""In this order: another choice for one of them makes those below it open again."""

_COLUMNS = ("text_column", "label_column")

_NAMES = {
    "class-folders": "One folder for each class",
    "file-names": "The beginning of each file's name",
    "label-table": "A table that names every file",
    "text-per-class": "One text file for each class",
    "table": "A table with a column for the class",
    "lines": "Lines that begin with their class",
    "full": "both levels",
    "top": "the upper level only",
    "bottom": "the lower level only",
}
_PREVIEW = 6


def show_report(dataset: Dataset, report: Mapping[str, Any]) -> None:
    """How many of the files given became examples, and the list of every one of them."""
    skipped = report["skipped"]
    given = report["used"] + len(skipped)
    files = report["proposal"].get("structure") not in ("table", "lines", "text-per-class")
    st.markdown(
        tr(
            "I read **{used} of {given}** {kind}: **{n} classes**.",
            used=report["used"],
            given=given,
            kind=tr("files") if files else tr("rows"),
            n=len(report["classes"]),
        )
    )
    if skipped:
        with st.expander(tr("{n} left out, and why", n=len(skipped))):
            st.dataframe(skipped, hide_index=True, column_config={"file": tr("File or row"), "reason": tr("Reason")})
            # Written at once, not when it is pressed: a page drawn anew in between would cancel the download.
            st.download_button(
                tr("Download the whole list"), _as_csv(dataset, skipped), "what_was_read.csv", "text/csv"
            )


def _as_csv(dataset: Dataset, skipped: list[dict[str, str]]) -> str:
    """Every file or row with what became of it. A spreadsheet must not run a cell that begins like a formula."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["file", "class", "left out because"])
    rows = [(e.name, e.label, "") for e in dataset.examples] + [(s["file"], "", s["reason"]) for s in skipped]
    writer.writerows([("'" + cell if cell[:1] in tuple("=+-@\t\r") else cell) for cell in row] for row in rows)
    return out.getvalue()


def show_understanding(proposal: Mapping[str, Any], source: Mapping[str, Any], dataset: Dataset | None) -> None:
    """How the files were understood, with a preview; another choice reads them again at once."""
    added = source.get("into")
    says = tr("How I understood what was added last") if added else tr("How I understood your files")
    with st.expander(says, expanded=dataset is None):
        choices = {name: list(values) for name, values in proposal.get("choices", {}).items() if name in _LABELS}
        open_to_choice = [name for name in _LABELS if name in choices and len(choices[name]) > 1]
        for name in _LABELS:
            if name in proposal and name not in open_to_choice and proposal[name] not in (None, ""):
                st.markdown(f"{tr(_LABELS[name])}: **{escape(_shown(proposal[name]))}**")
        if open_to_choice:
            st.caption(tr("If something looks wrong below, choose otherwise; the files are read again at once."))
        for name in open_to_choice:
            chosen = _choice(name, choices[name], proposal, source)
            if chosen != proposal.get(name):
                _read_again(_as_chosen(name, chosen, proposal, source), source, dataset)
        if proposal.get("tree"):
            names = {"folder": tr("Folder"), "label": tr("Class"), "split": tr("Part"), "count": tr("Files")}
            rows = [{key: row[key] if row[key] is not None else "" for key in names} for row in proposal["tree"]]
            st.dataframe(rows, hide_index=True, column_config=names)
        if dataset is not None and dataset.modality == "text":
            shown = [{tr("text"): e.text, tr("class"): e.label} for e in _preview(dataset, source)]
            st.dataframe(shown, hide_index=True)


def _choice(name: str, values: list[str], proposal: Mapping[str, Any], source: Mapping[str, Any]) -> str | None:
    current = proposal.get(name)
    values = values if current in values else [current, *values]
    return st.selectbox(
        tr(_LABELS[name]),
        values,
        index=values.index(current),
        format_func=_shown,
        key=f"read-{name}-{source['path']}-{source.get('into')}-{current}",
        help=tr(read_options()[name]["help"]).capitalize() + ".",
    )


def _as_chosen(name: str, chosen: str | None, proposal: Mapping[str, Any], source: Mapping[str, Any]) -> ReadOptions:
    """How to read now: what was chosen above `name` stays, all below is open again.

    Of the two columns the other one stays as it is shown, or takes the place of the one that was chosen in its stead.
    """
    said = ReadOptions(**source["options"])
    kept = {key: getattr(said, key) for key in list(_LABELS)[: list(_LABELS).index(name)]}
    if name in _COLUMNS:
        other = _COLUMNS[1 - _COLUMNS.index(name)]
        kept[other] = proposal[name] if proposal.get(other) == chosen else proposal.get(other)
    return replace(ReadOptions(title=said.title, **kept), **{name: chosen})


def _read_again(options: ReadOptions, source: Mapping[str, Any], dataset: Dataset | None) -> None:
    replaced = dataset.id if dataset else None
    if source.get("into"):
        start_adding(source["path"], into=source["into"], options=options, replaces=replaced)
    else:
        start_intake(source["path"], options, replaces=replaced)
    st.rerun()


def _shown(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return tr(_NAMES.get(str(value), str(value)))


def _preview(dataset: Dataset, source: Mapping[str, Any]) -> list[Example]:
    """A few examples from all over the set, or of those that were added last."""
    if source.get("into"):
        batch = dataset.examples[-1].name.split("/")[0]
        return [example for example in dataset.examples if example.name.startswith(f"{batch}/")][:_PREVIEW]
    step = max(1, len(dataset.examples) // _PREVIEW)
    return list(dataset.examples[::step][:_PREVIEW])
