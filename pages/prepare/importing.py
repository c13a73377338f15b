"""Importing files: one drop zone for all of them, what was read and what was skipped, and how it was understood."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path, PurePath
from typing import Any

import streamlit as st

from core.data.dataset import Dataset, Example
from core.data.readers.propose import is_by_cells, is_by_rows, read_options
from core.data.readers.reading import OPTIONS, TO_SAY, ReadOptions
from core.messages import Message, counted
from core.modalities import get_modality
from core.options import Option
from core.spreadsheets import csv_lines
from pages.prepare.picker import PICKED, ask, show_class_column, show_guesses, show_picker
from pages.shared.current import about_dataset, current_dataset_id
from pages.shared.intake import failed_reading, failure, forget_failure, start_adding, start_intake
from pages.shared.services import where_it_stays
from pages.shared.uploads import Upload, keep_as_zip, keep_file
from pages.shared.words import example_name, plain, problems_shown, tr

_SHAPES = (
    (
        Message("Pictures in folders"),
        Message("pets.zip\n  cat/  tom.jpg  felix.png ...\n  dog/  rex.jpg  bello.JPG ..."),
    ),
    (
        Message("Recordings in folders"),
        Message("sounds.zip\n  clap/     1.wav  2.mp3 ...\n  whistle/  1.wav  2.ogg ..."),
    ),
    (
        Message("A table of messages"),
        Message("text,label\nMy bus is late,transport\nNo nuts please,meals"),
    ),
    (
        Message("A table of measurements"),
        Message("species,mass_g,wing_mm\nAdelie,3750,181\nGentoo,5400,217"),
    ),
    (
        Message("Pictures named by class"),
        Message("cat_01.jpg  cat_02.jpg ...\ndog_01.jpg  dog_02.jpg ..."),
    ),
)
"""Simple ways to arrange files, each with an example."""


def drop_zone() -> None:
    """Wait for files; once there are some, a worker reads them."""
    folder = st.toggle(tr("Choose a whole folder instead of files"), key="upload-folder")
    # A new key releases the uploaded bytes from memory once they are on disk.
    key = st.session_state.setdefault("uploader", 0)
    uploads = st.file_uploader(
        tr("Drop a zip, a table, or many files at once"),
        accept_multiple_files="directory" if folder else True,
        key=f"uploader-{key}-{folder}",
        help=tr("Pictures, recordings, CSV, Excel, JSON or plain text. {where}", where=where_it_stays()),
    )
    if uploads:
        with problems_shown():  # what was uploaded stays in the field: it is kept as soon as there is room
            path, title = _keep(uploads)
            start_intake(str(path), ReadOptions(title=title))
            st.session_state["uploader"] = key + 1
            st.rerun()
    with st.container(horizontal=True):
        for name, shape in _SHAPES:
            with st.container(width=290):
                st.caption(tr(name))
                st.code(plain(shape), language=None)
    st.caption(
        tr(
            "Also: one text file for each class, folders of text files, a table that names files and their "
            "classes, JSON, and lines that begin with their label."
        )
    )


def _keep(uploads: Sequence[Upload]) -> tuple[Path, str]:
    """Where what was uploaded lies now, and a title for it."""
    if len(uploads) == 1:
        return keep_file(uploads[0]), PurePath(uploads[0].name).stem
    tops = {PurePath(upload.name).parts[0] for upload in uploads}
    title = tops.pop() if len(tops) == 1 else plain(counted("{n} file", "{n} files", n=len(uploads)))
    return keep_as_zip(uploads, title), title


def ask_how_to_read() -> bool:
    """What cannot be read without an answer is asked about in a dialog; whether anything is. Closed without an answer,
    it is not read."""
    failed = failed_reading()
    if failed is None:
        return False
    proposal, source = failed
    dataset_id = current_dataset_id()

    def dialog() -> None:
        st.markdown(tr(failure()))
        if proposal.get("unlabelled"):
            ask_class(proposal, source, dataset_id)
        else:
            show_understanding(proposal, source, None)

    st.dialog(plain("How should this be read?"), width="large", on_dismiss=forget_failure)(dialog)()
    return True


def ask_class(proposal: Mapping[str, Any], source: Mapping[str, Any], dataset_id: str | None) -> None:
    """Which class are these? Asked of files that came without one; all of them are kept as examples of it."""
    kind = get_modality(proposal["modality"])
    into = source.get("into") or dataset_id
    about = about_dataset(into) if into else None
    if about is None or about["modality"] != kind.name:
        into = about = None
    with st.container(border=True):
        st.subheader(tr("Which class are these?"))
        st.caption(tr("{examples} came without one.", examples=kind.count(proposal["unlabelled"])))
        if about and not source.get("into"):
            anew = tr("New dataset")
            ways = [tr("Add to “{title}”", title=about["title"]), anew]
            first = ways[len(about["counts"]) > 1]  # a dataset of one class is waiting for a second
            into = None if st.segmented_control(tr("Save to"), ways, default=first, required=True) == anew else into
        label = st.text_input(
            tr("Class of all of them"), placeholder=plain("What it is, such as “apple”"), max_chars=_LONGEST_NAME
        ).strip()
        pressed = st.button(tr("Keep them as this class"), type="primary", icon=":material/label:")
        if pressed and not label:
            st.warning(tr("First write which class they belong to."))
        elif pressed:
            with problems_shown():
                title = None if into else plain(kind.first_title)
                start_adding(source["path"], label=label, into=into, title=title)
                st.rerun()
        st.caption(tr("Afterwards drop those of the next class and answer the same for them."))


# --- what was read, how it was understood, and another way to understand it ---


_PREVIEW = 6
_NAMED = 3
_LONGEST_NAME = 100


def show_report(dataset: Dataset, report: Mapping[str, Any]) -> None:
    """How many of the files given became examples, and the list of every one of them."""
    skipped, unlabelled = report["skipped"], report.get("unlabelled", ())
    n, given = report["used"], report["used"] + len(skipped) + len(unlabelled)
    classes = counted("{n} class", "{n} classes", n=len(report["classes"]))
    if is_by_cells(report["proposal"].get("structure")):
        said = Message("Imported **{examples}**: **{classes}**, a column for each.", examples=dataset.kind.count(n),
                       classes=classes)  # fmt: skip
    elif is_by_rows(report["proposal"].get("structure")):
        said = Message("Imported **{n} of {given}** rows: **{classes}**.", n=n, given=given, classes=classes)
    else:
        said = Message("Imported **{n} of {given}** files: **{classes}**.", n=n, given=given, classes=classes)
    st.markdown(tr(said))
    if unlabelled:
        kept = counted(
            "**{n}** more has no class, and is kept without it.",
            "**{n}** more have no class, and are kept without it.",
            n=len(unlabelled),
        )
        st.markdown(tr(kept))
    if heeded := report.get("heeded"):
        says = counted("**{n}** more holds no example, and was read for what it says of the others: {names:list}.",
                       "**{n}** more hold no example, and were read for what they say of the others: {names:list}.",
                       n=len(heeded), names=[one["file"] for one in heeded[:_NAMED]])  # fmt: skip
        st.markdown(tr(says))
    if skipped:
        with st.expander(tr("{n} skipped, and why", n=len(skipped))):
            shown = _listed(skipped)
            st.dataframe(
                shown, hide_index=True, column_config={"file": plain("File or row"), "reason": plain("Reason")}
            )
            # Written at once, not when it is pressed: a page drawn anew in between would cancel the download.
            st.download_button(
                tr("Download the whole list"),
                _as_csv(dataset, [*shown, *_listed(unlabelled), *_listed(heeded or ())]),
                "what_was_imported.csv",
                "text/csv",
            )


def _listed(skips: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
    return [{"file": skip["file"], "reason": plain(skip["reason"])} for skip in skips]


def _as_csv(dataset: Dataset, skipped: list[dict[str, str]]) -> bytes:
    """Every file or row with what became of it."""
    header = [plain("file"), plain("class"), plain("skipped because")]
    used = [(example_name(example.name), example.label, "") for example in dataset.examples]
    return b"".join(csv_lines([header, *used, *((skip["file"], "", skip["reason"]) for skip in skipped)]))


def show_understanding(proposal: Mapping[str, Any], source: Mapping[str, Any], dataset: Dataset | None) -> None:
    """How the files were understood, with a preview; another choice reads them again at once.

    Without a dataset they were not read: then every way to read them stands first.
    """
    options = read_options()

    def read(said: ReadOptions) -> None:
        _read_again(said, source, dataset)

    if dataset is not None and proposal.get("picker") and not source.get("into"):
        show_class_column(proposal, source, read, dataset)
    show_guesses(proposal, source, read, undecided=dataset is None)
    to_say = {name for name in TO_SAY if proposal.get(name, "") is None}
    for name in sorted(to_say):
        ask(name, source, read)
    says = tr("Import settings of what was added last") if source.get("into") else tr("Import settings")
    with st.expander(says, expanded=dataset is None):
        picked = PICKED if proposal.get("picker") else frozenset()
        picked |= to_say
        choices = {name: list(values) for name, values in proposal.get("choices", {}).items() if name in options}
        open_to_choice = [name for name in options if name not in picked and len(choices.get(name, ())) > 1]
        for name, option in options.items():
            if name not in (*open_to_choice, *picked) and proposal.get(name) not in (None, ""):
                shown = Message("{option}: **{value}**", option=option.label, value=_named(option, proposal[name]))
                st.markdown(tr(shown))
        if proposal.get("picker"):
            show_picker(proposal, source, read)
        if open_to_choice and dataset is not None:
            st.caption(tr("If something looks wrong, choose otherwise; the files are imported again at once."))
        for name in open_to_choice:
            chosen = _choice(name, choices[name], proposal, source)
            if chosen != proposal.get(name):
                read(_as_chosen(name, chosen, source))
        if proposal.get("tree"):
            _show_tree(proposal["tree"])
        if dataset is not None and (dataset.kind.in_tables or dataset.kind.is_row):
            columns = {"text": plain("Example"), "label": plain("Class")}
            rows = [{"text": dataset.kind.line(e.text or ""), "label": e.label} for e in _preview(dataset, source)]
            st.dataframe(rows, hide_index=True, column_config=columns)


def _show_tree(tree: Sequence[Mapping[str, Any]]) -> None:
    """Where examples lie, and what was made of it."""
    names = {"folder": plain("Folder"), "label": plain("Class"), "split": plain("Split"), "count": plain("Files")}
    rows = [
        {key: plain(row[key]) if isinstance(row[key], Message) else row[key] or "" for key in names} for row in tree
    ]
    st.dataframe(rows, hide_index=True, column_config=names)


def _choice(name: str, values: list[str | None], proposal: Mapping[str, Any], source: Mapping[str, Any]) -> str | None:
    current, option = proposal.get(name), read_options()[name]
    values = values if current in values else [current, *values]
    return st.selectbox(
        tr(option.label),
        values,
        index=values.index(current),
        format_func=lambda value: plain(_named(option, value)),
        key=f"read-{name}-{source['path']}-{source.get('into')}-{current}",
        help=tr(option.help),
    )


def _as_chosen(name: str, chosen: str | None, source: Mapping[str, Any]) -> ReadOptions:
    """How to read now: what was chosen above `name` stays, all below is open again."""
    said = ReadOptions(**source["options"])
    kept: dict[str, Any] = {key: getattr(said, key) for key in list(OPTIONS)[: list(OPTIONS).index(name)]}
    return ReadOptions(**{**kept, name: chosen, "title": said.title})


def _read_again(options: ReadOptions, source: Mapping[str, Any], dataset: Dataset | None) -> None:
    replaced = dataset.id if dataset else None
    with problems_shown():
        if source.get("into"):
            start_adding(source["path"], into=source["into"], options=options, replaces=replaced)
        else:
            start_intake(source["path"], options, replaces=replaced)
        st.rerun()


def _named(option: Option, value: Any) -> Message:
    """What a person calls a value of an option."""
    if isinstance(value, list):
        return Message("{values:list}", values=value)
    return option.title(value)


def _preview(dataset: Dataset, source: Mapping[str, Any]) -> list[Example]:
    """A few examples from all over the dataset, or of those that were added last."""
    if source.get("into"):
        batch = dataset.examples[-1].name.split("/")[0]
        return [example for example in dataset.examples if example.name.startswith(f"{batch}/")][:_PREVIEW]
    step = max(1, len(dataset.examples) // _PREVIEW)
    return list(dataset.examples[::step][:_PREVIEW])
