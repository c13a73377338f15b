"""Examples beside a table that names each of their files and says its label."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from core.data.readers.annotated import UNLABELLED
from core.data.readers.annotation_files import SUFFIXES as ANNOTATION_SUFFIXES
from core.data.readers.examples import Examples, Said, find_examples, reading_of
from core.data.readers.file_index import FileIndex
from core.data.readers.guesses import Guess, agree, guess_of_column
from core.data.readers.label_files import LIST_SUFFIXES, Entry, Key, read_key
from core.data.readers.labels import (
    chosen_labels,
    label_levels,
    refuse_several,
    same_numbers,
    same_numbers_note,
    several_proposal,
)
from core.data.readers.names import divides, first_names, split_of
from core.data.readers.paths import parts_by_folder
from core.data.readers.reading import Declined, Reading, ReadOptions, Skip, Source, SourceFile
from core.data.readers.table_files import is_table
from core.data.readers.unsorted import find_nothing
from core.limits import Limits
from core.messages import Message, counted

_MOST_SHOWN = 30
_UNDECIDED = 0.25
"""The score where several columns could be the class, and nothing says which: less than is believed unasked."""


class LabelTable:
    """The structure. Tables that name files are no examples, whether they are believed or not: they are set aside."""

    names = {"label-table": Message("A table that names every file")}
    whole_files = True

    def look(self, source: Source, options: ReadOptions, limits: Limits) -> Reading | Declined:
        """Tables are believed when they name at least half of the examples and at least half of what they name is here.

        DataError when the examples have several labels each.
        """
        examples = find_examples(source)
        index = FileIndex(examples.paths)
        tables = [file for file in source.files if _may_be_a_key(file, examples)] if examples.files else []
        keys = _of_tools([key for key in (read_key(file, index, options, limits) for file in tables) if key], index)
        if not keys:
            return _without_keys(source, tables)
        if options.label_column is None and any(key.rivals for key in keys):
            keys = [max(keys, key=lambda one: len(one.entries))]  # the others may speak of other columns
        named = [(index.find(entry.name), entry) for key in keys for entry in key.entries]
        missing = list(dict.fromkeys(entry.name for number, entry in named if number is None))
        here = {number for number, _ in named if number is not None}
        believed = 2 * len(here) >= len(examples.files) and 2 * sum(n is not None for n, _ in named) >= len(named)
        if not believed and options.structure not in self.names:
            aside = tuple(key.file.skip(_why_left_aside(key, index, missing)) for key in keys)
            return Declined(
                Message(
                    "'{file}' names {here} of the {total} files, and {missing} that are not here.",
                    file=str(keys[0].file.path),
                    here=len(here),
                    total=len(examples.files),
                    missing=len(missing),
                ),
                len(here) / max(len(examples.files), len(missing)),
                Message("To use it all the same, choose '{structure}' as the structure.", structure="label-table"),
                possible=True,
                aside=aside,
            )
        was_read = Message("The table of labels: it was read, and holds no example itself.")
        aside = tuple(key.file.heeded(was_read) for key in keys)
        return _reading(find_examples(source.without(aside)), keys, index, missing, options, source.name, aside)


def _of_tools(keys: list[Key], index: FileIndex) -> list[Key]:
    """What label tools wrote, where it names at least half of the files; lists and tables beside it are older, or say
    something else."""
    exported = [key for key in keys if key.tool]
    named = {index.find(entry.name) for key in exported for entry in key.entries} - {None}
    return exported if 2 * len(named) >= len(index.paths) else keys


def _without_keys(source: Source, tables: Sequence[SourceFile]) -> Declined:
    advice = Message("Make a table with two columns: the file's name, and its label.")
    if tables:
        file = str(tables[0].path)
        return Declined(Message("'{file}' names none of the other files.", file=file), 0.1, advice)
    return Declined(Message("No table in '{source}' names the files beside it.", source=source.name), 0.0, advice)


def _may_be_a_key(file: SourceFile, examples: Examples) -> bool:
    """Tables by name; beside pictures and the like also plain text. A document is never a key to other documents."""
    suffix = file.path.suffix.casefold()
    return is_table(file.path) or (not examples.kind.is_text and suffix in (*LIST_SUFFIXES, *ANNOTATION_SUFFIXES))


def _why_left_aside(key: Key, index: FileIndex, missing: Sequence[str]) -> Message:
    absent = sum(index.find(entry.name) is None for entry in key.entries)
    return Message(
        "A table of labels that was left aside: of the {n} files it names, {absent} are not here (all tables together: "
        "{missing}). To use it all the same, choose '{structure}' as the structure.",
        n=len(key.entries),
        absent=absent,
        missing=len(missing),
        structure="label-table",
    )


def _reading(
    examples: Examples,
    keys: Sequence[Key],
    index: FileIndex,
    missing: Sequence[str],
    options: ReadOptions,
    source: str,
    aside: tuple[Skip, ...],
) -> Reading:
    by_file: list[list[Entry]] = [[] for _ in examples.files]
    for key in _with_parts(keys):
        for entry in key.entries:
            number = index.find(entry.name)
            if number is not None:
                by_file[number].append(entry)
    several = _refuse_several_labels(by_file, source, options.several_labels)
    many = several_proposal(several, options.several_labels or "skip")
    folders = parts_by_folder(examples.paths)
    said = [_said(entries, part, options.several_labels) for entries, part in zip(by_file, folders, strict=True)]
    same = same_numbers(label for s in said if s.label for label in (s.label, *s.also))
    said = [replace(s, label=same.get(s.label, s.label)) if s.label else s for s in said]
    alone = [s.label for s in said if s.label and not s.also]
    nothing = find_nothing(alone, options.unsorted)
    said = [
        Said(None, s.split, nothing.why_not(s.label), unlabelled=True) if s.label in nothing.written and s.label else s
        for s in said
    ]
    levels = label_levels((label for s in said if s.label for label in (s.label, *s.also)), options.label_level)
    said = [replace(s, label=levels(s.label), also=tuple(map(levels, s.also))) if s.label else s for s in said]
    columns = list(dict.fromkeys(column for key in keys for column in key.columns))
    proposal = {
        "structure": "label-table",
        "tables": [str(key.file.path) for key in keys[:_MOST_SHOWN]],
        "label_column": keys[0].label_column,
        **many,
        **levels.proposal,
        **nothing.proposal,
    }
    choices = {"label_column": columns} if len(columns) > 1 else {}
    choices |= {**many.get("choices", {}), **levels.choices, **nothing.choices}
    notes = [*_tool_note(keys), *_missing_note(missing), *nothing.notes(alone), *same_numbers_note(same)]
    reading = reading_of(examples, said, proposal, choices, options.encoding, notes, aside)
    guesses = [] if options.label_column else _rivals(examples, keys)
    if not guesses:
        return reading
    return replace(reading, proposal={**reading.proposal, "guesses": guesses, "columns": columns}, score=_UNDECIDED)


def _rivals(examples: Examples, keys: Sequence[Key]) -> list[Guess]:
    """What to choose from where several columns could be meant as the class."""
    key = keys[0]
    if not key.rivals or key.label_column is None:
        return []
    ways = {key.label_column: tuple("; ".join(entry.labels) for entry in key.entries), **key.rivals}
    names = [entry.name for entry in key.entries]
    said = {column: dict(zip(names, labels, strict=True)) for column, labels in ways.items()}
    if all(agree(said[key.label_column], other) for other in said.values()):
        return []
    return [guess_of_column(examples.kind, column, list(labels.items()), _UNDECIDED) for column, labels in said.items()]


def _with_parts(keys: Sequence[Key]) -> list[Key]:
    """Where the tables' own names are a division (my_training.csv, my_test.csv), they say the parts."""
    parts = [split_of(key.file.path.stem) for key in keys]
    if not divides(parts):
        return list(keys)
    return [
        replace(key, entries=tuple(replace(entry, split=entry.split or part) for entry in key.entries))
        for key, part in zip(keys, parts, strict=True)
    ]


def _refuse_several_labels(by_file: Sequence[Sequence[Entry]], source: str, way: str | None) -> int:
    """How many carry several labels. UndecidedError where these are the rule, in one row or in rows of their own, and
    nobody said what to do with them.

    A few examples that stand in two rows with different labels are mistakes, and are only left out.
    """
    named = sum(map(bool, by_file))
    in_one_row = sum(any(len(entry.labels) > 1 for entry in entries) for entries in by_file)
    in_all_rows = sum(len({label for entry in entries for label in entry.labels}) > 1 for entries in by_file)
    several = in_all_rows if 2 * in_all_rows > named else in_one_row
    refuse_several(several, named, source, Message("the table of labels"), way)
    return several


def _said(entries: Sequence[Entry], folder_part: str | None, way: str | None) -> Said:
    if not entries:
        return Said(why_not=Message("No row of the table of labels names it."))
    refused = next((entry.why_not for entry in entries if entry.why_not), None)
    entries = [entry for entry in entries if not entry.why_not]
    if refused and not entries:
        return Said(None, folder_part, refused, unlabelled=refused == UNLABELLED)
    labels = tuple(dict.fromkeys(label for entry in entries for label in entry.labels))
    if not labels:
        why_not = Message("The table of labels names it, but gives it no label.")
        return Said(None, folder_part, why_not, unlabelled=True)
    used = labels if len(labels) < 2 else chosen_labels("; ".join(labels), labels, way)
    if not used:
        return Said(why_not=Message("The table of labels gives it more than one label: {labels:list}.", labels=labels))
    parts = {entry.split for entry in entries if entry.split}
    if len(parts) > 1:
        why_not = Message("The tables of labels put it in more than one part: {parts:list}.", parts=sorted(parts))
        return Said(why_not=why_not)
    return Said(used[0], parts.pop() if parts else folder_part, also=used[1:])


def _tool_note(keys: Sequence[Key]) -> list[Message]:
    tools = {key.tool for key in keys}
    return [Message("Read as {tool} writes it.", tool=tool) for tool in tools if tool and len(tools) == 1]


def _missing_note(missing: Sequence[str]) -> list[Message]:
    if not missing:
        return []
    note = counted(
        "The table of labels names {n} file that is not here: {names}.",
        "The table of labels names {n} files that are not here: {names}.",
        n=len(missing),
        names=first_names([re.split(r"[/\\]", name)[-1] for name in missing]),
    )
    return [note]
