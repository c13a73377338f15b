"""Texts in tables: which files of a source hold them, which of those belong together, and what their columns mean."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from typing import Any

from core.data.readers.columns import CLASS_COLUMNS, WEAK, Columns, rank_columns
from core.data.readers.guesses import guesses_of, kind_of_rows, picker_of
from core.data.readers.labels import several_proposal
from core.data.readers.names import LITTER, first_names, is_archive, is_litter, is_note, spoken_suffix
from core.data.readers.reading import (
    Declined,
    Item,
    Reading,
    ReadOptions,
    Skip,
    Source,
    SourceFile,
    UndecidedError,
)
from core.data.readers.rows import Joined, Part, align, join
from core.data.readers.table import Row, Table
from core.data.readers.table_files import Found, Group, grouped, is_table, load_table, patterns, read_alike
from core.errors import DataError, UnreadableExampleError
from core.limits import Limits
from core.messages import NOTHING, Message, sentences

_MOST_LISTS = 50
"""Files that are not called like tables. More of them are documents, and each would have to be read to find out."""

_NO_TABLES = frozenset(
    {".py", ".ipynb", ".js", ".css", ".html", ".htm", ".xml", ".pdf", ".doc", ".docx", ".ppt", ".pptx", ".rtf", ".odt",
     ".pkl", ".pickle", ".npy", ".pt", ".pth", ".h5", ".bin", ".safetensors", ".onnx",
     ".mp3", ".wav", ".mp4", ".mov", ".avi", ".svg", ".sqlite", ".db", ".exe", ".dll"}
)  # fmt: skip


_WEB = frozenset({".html", ".htm", ".css"})
"""What a spreadsheet in the web is downloaded as: a page for each sheet."""


@dataclass
class _Search:
    """What was found in a source. `failed` is the first error: it counts when nothing else is found."""

    tables: list[Found] = field(default_factory=list)
    skips: list[Skip] = field(default_factory=list)
    failed: DataError | None = None


@dataclass(frozen=True)
class _Fit:
    """Tables that belong together, their columns all together, and what these may be for, the likeliest first."""

    group: Group
    whole: Row
    ranked: list[Columns]

    @property
    def columns(self) -> Columns:
        return self.ranked[0]


class Tables:
    """The structure: a row is an example and its label. Lines that begin with their label are tables of two columns."""

    names = {
        "table": Message("A table with a column for the class"),
        CLASS_COLUMNS: Message("A table with a column of messages for each class"),
        "lines": Message("Lines that begin with their class"),
    }
    whole_files = False

    def look(self, source: Source, options: ReadOptions, limits: Limits) -> Reading | Declined:
        """Of several tables that do not belong together, those with the most rows are read, among those that are read
        with some confidence.

        DataError when the only tables cannot be opened, when options do not fit, when a limit is passed, and when
        examples carry several labels.
        """
        written = replace(options, structure="table") if options.structure == CLASS_COLUMNS else options
        search = _search(source, written, limits)
        fitting: list[_Fit] = []
        misfits: list[tuple[Group, Message]] = []
        for group in grouped(search.tables):
            tables = [member.read(limits) for member in group.members]
            whole, rows = _whole(tables)
            ranked = _ranked(whole, rows, options, search)
            why_not = ranked if isinstance(ranked, Message) else _no_such_kind(ranked[0], whole)
            if isinstance(ranked, Message) or why_not:
                misfits.append((group, why_not or NOTHING))
            else:
                fitting.append(_Fit(group, whole, ranked))
            del tables, rows
        if not fitting:
            if search.failed:
                raise search.failed
            return _declined(source, search, misfits, limits)
        fitting.sort(key=lambda fit: fit.columns.score < WEAK)
        chosen = fitting[0]
        parts = _parts(chosen.group, chosen.whole, limits)
        first = _of_first(replace(parts[0].table, columns=chosen.whole), chosen.columns)
        try:
            joined = join(parts, chosen.whole, chosen.columns, options, source.name)
        except UndecidedError as error:
            choices = {**first["choices"], **error.proposal["choices"]}
            raise UndecidedError(
                error.problem, error.advice, {**first, **error.proposal, "choices": choices}
            ) from error
        another = Message("Another table in the same place; it was not chosen. Choose it under 'Files'.")
        left = [*((fit.group, another) for fit in fitting[1:]), *misfits]
        skips = [*source.skipped, *search.skips]
        skips += [member.file.skip(reason) for group, reason in left for member in group.members]
        groups = [fit.group for fit in fitting]
        return _reading(parts, joined, skips, chosen, _said(first, groups, source, chosen, parts, joined, options))


def _declined(source: Source, search: _Search, misfits: Sequence[tuple[Group, Message]], limits: Limits) -> Declined:
    """The largest table without examples or labels is nearest, then a file that is called like a table and is none."""
    if misfits:
        group, why = misfits[0]
        advice = Message(
            "Say which column is the class and which ones hold the example, or call them 'label' and 'text'."
        )
        table = group.members[0].read(limits)
        return Declined(_about(str(group.members[0].path), why), 0.8, advice, proposal=_of_first(table, None))
    called = [skip for skip in search.skips if is_table(PurePosixPath(skip.file)) or len(source.files) == 1]
    if called:
        return Declined(_about(called[0].file, called[0].reason), 0.4)
    return Declined(Message("No file in '{source}' is a table.", source=source.name))


def _no_such_kind(columns: Columns, whole: Row) -> Message | None:
    """Why the likeliest reading cannot be used, where nothing here learns from such examples."""
    if kind_of_rows(columns):
        return None
    return sentences(
        Message("It holds rows of numbers and categories, and no messages."),
        *columns.why,
        Message("The columns are: {columns}.", columns=first_names(whole)),
    )


def _about(file: str, why: Message) -> Message:
    return Message("'{file}': {why}", file=file, why=why)


def _search(source: Source, options: ReadOptions, limits: Limits) -> _Search:
    search = _Search()
    alone = all(file.path.suffix.casefold() in _WEB for file in source.files) or len(source.files) == 1
    lists = sum(not is_table(file.path) and not _why_not(file) for file in source.files)
    seen: list[Found] = []
    kept = 0
    for file in source.files:
        reason = None if alone else _why_not(file)
        if reason is None and lists > _MOST_LISTS and not is_table(file.path):
            reason = Message("One of many texts, not a table.")
        if reason:
            search.skips.append(file.skip(reason))
            continue
        kept += file.size
        seen += _tried(file, options, limits, search, keep=kept <= limits.table_megabytes * 1024**2)
    for one in read_alike(seen, limits):
        if one.how is not None and options.structure in (None, one.how["structure"]):
            search.tables.append(one)
        else:
            search.skips.append(one.file.skip(one.why_not or Message("It is a table of another kind.")))
    return search


def _why_not(file: SourceFile) -> Message | None:
    path = file.path
    if is_litter(path):
        return LITTER
    if file.kind and not file.kind.in_tables:
        return Message("Another kind of file; the examples here are texts in a table.")
    if is_note(path) or path.suffix.casefold() == ".md":
        return Message("A note about the data, not an example.")
    if is_archive(path) or path.suffix.casefold() in _NO_TABLES:
        return Message("Not a kind of file that holds a table of texts ('{suffix}').", suffix=spoken_suffix(path))
    return None


def _tried(file: SourceFile, options: ReadOptions, limits: Limits, search: _Search, keep: bool) -> list[Found]:
    """What is in `file`, or nothing and a skip when it cannot be read. DataError when a table passes the limit."""
    if is_table(file.path):
        limits.check_table(str(file.path), file.size)
    try:
        return [Found.of(file, load_table(file, options, limits), options, keep)]
    except DataError as error:
        search.failed = search.failed or error
        search.skips.append(file.skip(error.message))
    except UnreadableExampleError as error:
        problem = Message("'{file}' cannot be used. {problem}", file=str(file.path), problem=error.problem)
        search.failed = search.failed or DataError(problem, error.advice)
        search.skips.append(file.skip(error.message))
    return []


def _whole(tables: Sequence[Table]) -> tuple[Row, list[Row]]:
    """The columns of all tables together, and the rows of the first as they are."""
    columns = list(tables[0].columns)
    for table in tables[1:]:
        if None in align(tuple(columns), table) or len(table.columns) > len(columns):
            known = {column.casefold() for column in columns}
            columns += [column for column in table.columns if column.casefold() not in known]
    return tuple(columns), tables[0].rows


def _ranked(whole: Row, rows: list[Row], options: ReadOptions, search: _Search) -> list[Columns] | Message:
    try:
        return rank_columns(whole, rows, options)
    except DataError as error:
        search.failed = search.failed or error
        return error.message


def _parts(group: Group, whole: Row, limits: Limits) -> list[Part]:
    names = [member.path.name for member in group.members]
    parts = []
    for member, split in zip(group.members, group.parts, strict=True):
        table = member.read(limits)
        called = member.path.name if names.count(member.path.name) == 1 else str(member.path)
        parts.append(Part(table, f"{called} " if len(names) > 1 else "", split, align(whole, table)))
    limits.check_rows(str(group.members[0].path.parent), sum(len(part.table.rows) for part in parts))
    return parts


def _of_first(table: Table, columns: Columns | None) -> dict[str, Any]:
    """How the first table was read, and what else there is to choose; of a whole, these are its own columns."""
    names = list(table.columns)
    choices = {"text_column": names, "label_column": names}
    picker = picker_of(table, table.columns, columns)
    return {**table.how, "columns": names, "picker": picker, "choices": {**table.choices, **choices}}


def _said(
    said: dict[str, Any],
    groups: Sequence[Group],
    source: Source,
    chosen: _Fit,
    parts: Sequence[Part],
    joined: Joined,
    options: ReadOptions,
) -> dict[str, Any]:
    """The proposal: what was chosen, and what else there is to choose. `said` is what is known of the first table."""
    whole, columns = chosen.whole, chosen.columns
    encodings = [part.table.how["encoding"] for part in parts if "encoding" in part.table.how]
    foreign = [encoding for encoding in encodings if encoding != "utf-8"]
    said = {**said, **({"encoding": (foreign or encodings)[0]} if encodings else {})}
    several = several_proposal(joined.several, options.several_labels or "skip")
    kind = kind_of_rows(columns)
    said["kind"] = kind.name if kind else None
    said["example_columns"] = [whole[at] for at in columns.examples]
    said["text_column"] = None if columns.is_row or columns.are_classes else whole[columns.text]
    said["label_column"] = None if columns.label is None else whole[columns.label]
    said["marked_columns"] = [whole[at] for at in columns.marked] or None
    said["split_column"] = None if columns.split is None else whole[columns.split]
    said["structure"] = CLASS_COLUMNS if columns.are_classes else said["structure"]
    choices = {**said["choices"], **several.pop("choices", {}), **joined.levels.choices, **joined.nothing.choices}
    if len(groups) > 1:
        all_patterns = patterns(groups, [file.path for file in source.files])
        said["files"], choices["files"] = all_patterns[0], all_patterns
    said["splits"] = any(isinstance(item, Item) and item.split for item in joined.items)
    said["guesses"] = guesses_of(chosen.ranked, parts[0], whole, sum(len(part.table.rows) for part in parts))
    return {**said, **several, **joined.levels.proposal, **joined.nothing.proposal, "choices": choices}


def _reading(
    parts: Sequence[Part], joined: Joined, skips: Sequence[Skip], chosen: _Fit, proposal: dict[str, Any]
) -> Reading:
    notes = [_about(part.prefix.strip(), note) if part.prefix else note for part in parts for note in part.table.notes]
    notes += chosen.columns.notes
    return Reading(
        proposal["kind"], proposal, (*skips, *joined.items), (*notes, *joined.notes), score=chosen.columns.score,
        doubt=chosen.columns.doubt,
    )  # fmt: skip
