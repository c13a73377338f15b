"""One file as a table, whatever format it has."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from itertools import takewhile
from pathlib import PurePosixPath
from typing import Any

from core.data.readers.delimited import judge_delimited, read_delimited
from core.data.readers.encoding import ENCODINGS, Decoded, decode, looks_like_text
from core.data.readers.excel import is_workbook, read_workbook
from core.data.readers.json_records import looks_like_json, read_json
from core.data.readers.lines import looks_like_lines, read_lines
from core.data.readers.names import divides, is_known_name, part_called, plain_name, split_of, without_split
from core.data.readers.options import ReadOptions
from core.data.readers.source import SourceFile
from core.data.readers.table import Row, Table, check_size
from core.errors import DataError
from core.limits import Limits

__all__ = ["Table", "load_table"]


def load_table(file: SourceFile, options: ReadOptions, limits: Limits) -> Table | None:
    """The table in `file`, or None when it holds none.

    DataError when it is larger than its limit, cannot be opened (protected, damaged, an old format), or when an
    option does not fit it. UnreadableExampleError when its bytes cannot be had.
    """
    name = str(file.path)
    check_size(name, file.size, limits)
    raw = file.read()
    check_size(name, len(raw), limits)
    try:
        if is_workbook(raw):
            return read_workbook(raw, name, options, limits)
        if not looks_like_text(raw) and options.encoding is None:
            return None
        decoded = decode(raw, name, options.encoding)
        del raw  # 50 MB that are not needed twice
        table = _from_text(decoded.text, name, file.path.suffix.casefold(), options, limits)
    except DataError as error:
        if name in error.problem:
            raise
        raise DataError(f"'{name}' cannot be used: {_continued(error.problem)}", error.advice) from error
    return None if table is None else _with_encoding(table, decoded)


def _continued(sentence: str) -> str:
    return sentence[0].lower() + sentence[1:]


def _from_text(text: str, name: str, suffix: str, options: ReadOptions, limits: Limits) -> Table | None:
    if options.structure == "lines":
        return read_lines(text, name, limits)
    if looks_like_json(text) and options.delimiter is None:
        try:
            return read_json(text, name, limits)
        except DataError:
            if suffix in (".json", ".jsonl", ".ndjson"):
                raise  # otherwise it may be a message that begins with a bracket
    dialect = judge_delimited(text, suffix, options)
    sure = dialect.consistency >= 0.9 and dialect.first_fits and (dialect.names > 0 or dialect.repeats)
    told = options.structure == "table" or options.delimiter is not None
    if not told and not sure and looks_like_lines(text):
        return read_lines(text, name, limits)
    if told or dialect.makes_a_table(suffix):
        return read_delimited(text, name, dialect, options, limits)
    return None


def _with_encoding(table: Table, decoded: Decoded) -> Table:
    notes = table.notes
    if decoded.replaced:
        notes = (*notes, f"{decoded.replaced:,} characters could not be read with the encoding {decoded.encoding}.")
    return replace(
        table,
        how={**table.how, "encoding": decoded.encoding},
        choices={**table.choices, "encoding": list(ENCODINGS)},
        notes=notes,
    )


# A file that was looked at, and what is remembered of it: the cells of all files together may be too many to keep.


@dataclass(frozen=True)
class Found:
    """`how` its table was read and with what `options`, its columns, and how many rows it has.

    `how` is None where there is no table in the file. `table` is None where it is not kept.
    """

    file: SourceFile
    options: ReadOptions
    table: Table | None
    how: dict[str, Any] | None
    columns: Row = ()
    rows: int = 0

    @classmethod
    def of(cls, file: SourceFile, table: Table | None, options: ReadOptions, keep: bool = True) -> Found:
        if table is None:
            return cls(file, options, None, None)
        count = len(table.rows) + len(table.skips)
        return cls(file, options, table if keep else None, table.how, table.columns, count)

    @property
    def path(self) -> PurePosixPath:
        return self.file.path

    @property
    def has_names(self) -> bool:
        """True when the file itself names its columns."""
        return self.how is not None and self.how.get("header") != "no" and "column 1" not in self.columns

    def read(self, limits: Limits) -> Table:
        """The table, read again if it was not kept."""
        table = self.table or load_table(self.file, self.options, limits)
        if table is None:
            raise DataError(f"'{self.path}' changed while it was read.", "Try once more.")
        return table


# Which table files belong together: the parts of one set, or one set in several files.


@dataclass(frozen=True)
class Group:
    """Table files that are read together, and the part of the set that each of them is."""

    members: tuple[Found, ...]
    parts: tuple[str | None, ...]

    @property
    def rows(self) -> int:
        return sum(member.rows for member in self.members)


def grouped(tables: Sequence[Found]) -> list[Group]:
    """Files whose names differ in words such as train and test only; and files beside each other with the same columns.

    The largest group comes first.
    """
    by_name: dict[tuple[str, str], list[Found]] = {}
    for table in tables:
        folders = [folder for folder in table.path.parts[:-1] if not part_called(folder)]
        by_name.setdefault(("/".join(folders), without_split(table.path.name)), []).append(table)
    alike: dict[tuple[object, ...], list[Found]] = {}
    for (folder, name), members in by_name.items():
        key = (folder, name) if _in_parts(members) else (folder, *_likeness(members[0]))
        alike.setdefault(key, []).extend(members)
    groups = [_group(members) for members in alike.values()]
    return sorted(groups, key=lambda group: -group.rows)


def _part(table: Found) -> str | None:
    folders = [part for folder in table.path.parts[:-1] if (part := part_called(folder))]
    return split_of(table.path.name) or (folders[-1] if folders else None)


def _in_parts(members: Sequence[Found]) -> bool:
    return any(_part(member) for member in members)


def _likeness(table: Found) -> tuple[object, ...]:
    """Names of columns say what a file is about; without them only a number may be the difference ("part1.csv")."""
    if table.has_names:
        return tuple(plain_name(column) for column in table.columns)
    return re.sub(r"\d+", "#", table.path.name), len(table.columns)


def _group(members: Sequence[Found]) -> Group:
    parts = [_part(member) for member in members]
    if "train" not in parts and None in parts and any(parts):
        parts = [part or "train" for part in parts]  # "data.csv" beside "data_test.csv"
    if not divides(parts):
        parts = [None] * len(members)
    return Group(tuple(members), tuple(parts))


def patterns(groups: Sequence[Group], paths: Sequence[PurePosixPath]) -> list[str]:
    """For each group what to say so that only its files are read: a path, or a pattern with a star."""
    return [_pattern([str(member.path) for member in group.members], [str(path) for path in paths]) for group in groups]


def _pattern(own: Sequence[str], everything: Sequence[str]) -> str:
    if len(own) == 1:
        return _literal(own[0])
    start, end = _shared_start(own), _shared_start([name[::-1] for name in own])[::-1]
    end = end[max(0, len(start) + len(end) - min(map(len, own))) :]
    folder = start[: start.rfind("/") + 1]
    # The shortest one that fits nothing else: the folder, whole words of the names, all that the names share.
    words = re.sub(r"[^/\W_]+$", "", start), re.sub(r"^[^\W_]+", "", end)
    tries = [f"{_literal(left)}*{_literal(right)}" for left, right in ((folder, ""), words, (start, end))]
    others = set(everything) - set(own)
    tries = tries if folder else tries[1:]
    return next((p for p in tries if not any(fnmatchcase(name, p) for name in others)), tries[-1])


def _shared_start(names: Sequence[str]) -> str:
    same = takewhile(lambda chars: len(set(chars)) == 1, zip(*names, strict=False))
    return "".join(chars[0] for chars in same)


def _literal(name: str) -> str:
    return re.sub(r"([\[*?])", r"[\1]", name)


# Files that are parts of one set are written alike: what a small one does not show, its largest sibling does.


def read_alike(found: Sequence[Found], limits: Limits) -> list[Found]:
    """The same files; each that differs from its largest sibling is read again in that one's way.

    Siblings are files of one folder whose names differ in words for parts only ("x.train", "x.test").
    """
    families: dict[tuple[str, str], list[Found]] = {}
    for one in found:
        families.setdefault((str(one.path.parent), without_split(one.path.name)), []).append(one)
    leaders = {key: max(family, key=lambda one: one.rows) for key, family in families.items()}
    return [_like(leaders[str(one.path.parent), without_split(one.path.name)], one, limits) for one in found]


def _like(leader: Found, one: Found, limits: Limits) -> Found:
    if one is leader or leader.how is None or "sheet" in leader.how:
        return one
    own: dict[str, Any] = one.how or {}
    way = {name: leader.how[name] for name in ("structure", "delimiter") if name in leader.how}
    if leader.how.get("header") == "no" and not any(map(is_known_name, one.columns)):
        way["header"] = "no"
    if all(own.get(name) == value for name, value in way.items()):
        return one
    said = {name: value for name, value in way.items() if getattr(one.options, name) is None}
    options = replace(one.options, **said)
    try:
        table = load_table(one.file, options, limits)
    except DataError:
        return one
    return one if table is None else Found.of(one.file, table, options, keep=one.how is None or one.table is not None)
