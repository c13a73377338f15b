"""Pictures or documents beside a table that names each of them and says its label."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from core.data.readers.examples import PLURAL, Examples, Said, find_examples, parts_by_folder, reading_of
from core.data.readers.label_files import LIST_SUFFIXES, Entry, FileIndex, Key, read_key
from core.data.readers.labels import label_levels, refuse_several
from core.data.readers.names import divides, is_table, split_of
from core.data.readers.options import ReadOptions
from core.data.readers.reading import Reading, Skip
from core.data.readers.source import Source, SourceFile
from core.errors import DataError
from core.limits import Limits

NAME = "label-table"
_KEY = "The table of labels: it was read, and holds no example itself."


@dataclass(frozen=True)
class Consulted:
    """What came of asking the tables. `rest` is the source without those that name files; they are skips in it.

    `possible` says that the tables name some of the examples, so that a person may insist on them.
    """

    reading: Reading | None
    rest: Source
    possible: bool = False


def consult(source: Source, options: ReadOptions, limits: Limits) -> Consulted:
    """Read the label of each example in the tables beside them.

    Tables are believed when they name at least half of the examples and at least half of what they name is here, or
    when `options` insist. DataError when they insist and no table names any example, and when the examples have
    several labels each.
    """
    forced = options.structure == NAME
    examples = find_examples(source)
    index = FileIndex(examples.paths)
    tables = [file for file in source.files if _may_be_a_key(file, examples)] if examples.files else []
    keys = [key for key in (read_key(file, index, options, limits) for file in tables) if key]
    if not keys:
        if forced:
            raise DataError(
                f"No table in '{source.name}' names the pictures or text documents that lie beside it.",
                "Make a table with two columns: the file's name, and its label.",
            )
        return Consulted(None, source)
    named = [(index.find(entry.name), entry) for key in keys for entry in key.entries]
    missing = list(dict.fromkeys(entry.name for number, entry in named if number is None))
    here = {number for number, _ in named if number is not None}
    believed = 2 * len(here) >= len(examples.files) and 2 * sum(n is not None for n, _ in named) >= len(named)
    if not forced and not believed:
        return Consulted(None, _without(source, keys, [_why_left_aside(key, index, missing) for key in keys]), True)
    rest = _without(source, keys, [_KEY] * len(keys))
    return Consulted(_reading(find_examples(rest), keys, index, missing, options), rest, True)


def _may_be_a_key(file: SourceFile, examples: Examples) -> bool:
    """Tables by name; beside pictures also lists in plain text. A document is never a key to other documents."""
    return is_table(file.path) or (examples.modality == "image" and file.path.suffix.casefold() in LIST_SUFFIXES)


def _without(source: Source, keys: Sequence[Key], reasons: Sequence[str]) -> Source:
    gone = {key.file for key in keys}
    skips = [Skip(str(key.file.path), reason) for key, reason in zip(keys, reasons, strict=True)]
    rest = tuple(file for file in source.files if file not in gone)
    return replace(source, files=rest, skipped=(*source.skipped, *skips))


def _why_left_aside(key: Key, index: FileIndex, missing: Sequence[str]) -> str:
    absent = sum(index.find(entry.name) is None for entry in key.entries)
    return (
        f"A table of labels that was left aside: of the {len(key.entries):,} files it names, {absent:,} are not here"
        f" (all tables together: {len(missing):,}). To use it all the same, choose '{NAME}' as the structure."
    )


def _reading(
    examples: Examples, keys: Sequence[Key], index: FileIndex, missing: Sequence[str], options: ReadOptions
) -> Reading:
    by_file: list[list[Entry]] = [[] for _ in examples.files]
    for key in _with_parts(keys):
        for entry in key.entries:
            number = index.find(entry.name)
            if number is not None:
                by_file[number].append(entry)
    _refuse_several_labels(by_file)
    folders = parts_by_folder(examples.paths)
    said = [_said(entries, part) for entries, part in zip(by_file, folders, strict=True)]
    levels = label_levels((s.label for s in said if s.label), options.label_level)
    said = [replace(s, label=levels(s.label)) if s.label else s for s in said]
    columns = list(dict.fromkeys(column for key in keys for column in key.columns))
    proposal = {
        "structure": NAME,
        "tables": [str(key.file.path) for key in keys],
        "label_column": keys[0].label_column,
        **levels.proposal,
    }
    choices = {**({"label_column": columns} if len(columns) > 1 else {}), **levels.choices}
    return reading_of(examples, said, proposal, choices, options.encoding, _notes(missing, examples.modality))


def _with_parts(keys: Sequence[Key]) -> list[Key]:
    """Where the tables' own names are a division (my_training.csv, my_test.csv), they say the parts."""
    parts = [split_of(key.file.path.stem) for key in keys]
    if not divides(parts):
        return list(keys)
    return [
        replace(key, entries=tuple(replace(entry, split=entry.split or part) for entry in key.entries))
        for key, part in zip(keys, parts, strict=True)
    ]


def _refuse_several_labels(by_file: Sequence[Sequence[Entry]]) -> None:
    """DataError where several labels for one example are the rule: in one row, or in rows of their own.

    A few examples that stand in two rows with different labels are mistakes, and are only left out.
    """
    named = sum(map(bool, by_file))
    in_one_row = sum(any(len(entry.labels) > 1 for entry in entries) for entries in by_file)
    in_all_rows = sum(len({label for entry in entries for label in entry.labels}) > 1 for entries in by_file)
    refuse_several(in_all_rows if 2 * in_all_rows > named else in_one_row, named, "the table of labels")


def _said(entries: Sequence[Entry], folder_part: str | None) -> Said:
    if not entries:
        return Said(why_not="No row of the table of labels names it.")
    labels = list(dict.fromkeys(label for entry in entries for label in entry.labels))
    if not labels:
        return Said(why_not="The table of labels names it, but gives it no label.")
    if len(labels) > 1:
        called = " and ".join(f"'{label}'" for label in labels)
        return Said(why_not=f"The table of labels gives it more than one label: {called}.")
    parts = {entry.split for entry in entries if entry.split}
    if len(parts) > 1:
        return Said(why_not=f"The tables of labels put it in more than one part: {' and '.join(sorted(parts))}.")
    return Said(labels[0], parts.pop() if parts else folder_part)


def _notes(missing: Sequence[str], modality: str) -> list[str]:
    if not missing:
        return []
    first = ", ".join(re.split(r"[/\\]", name)[-1] for name in missing[:5]) + (" and so on" if len(missing) > 5 else "")
    return [f"The table of labels names {len(missing):,} {PLURAL[modality]} that are not here: {first}."]
