"""Files that may hold tables: each as a table, whatever format it has, and which of them belong together."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from itertools import takewhile
from pathlib import Path, PurePosixPath
from typing import Any

from core.data.readers.arff import Arff
from core.data.readers.arrays import Arrays
from core.data.readers.chats import Chats
from core.data.readers.delimited import Delimited, lines_without_quotes
from core.data.readers.encoding import ENCODINGS, looks_like_text
from core.data.readers.excel import Workbook
from core.data.readers.json_records import JsonRecords
from core.data.readers.lines import Lines
from core.data.readers.markup import MarkedUp, OpenDocument
from core.data.readers.names import divides, is_known_name, part_called, plain_name, split_of, without_split
from core.data.readers.old_excel import OldWorkbook
from core.data.readers.parquet import Parquet
from core.data.readers.pixels import is_file
from core.data.readers.reading import ReadOptions, Skip, SourceFile
from core.data.readers.table import Format, Row, Table, TableFile
from core.data.readers.training_phrases import TrainingPhrases
from core.errors import DataError
from core.limits import Limits
from core.messages import NOTHING, Message, counted

FORMATS: list[Format] = [
    Workbook(),
    OldWorkbook(),
    OpenDocument(),
    Parquet(),
    Arrays(),
    MarkedUp(),
    Arff(),
    JsonRecords(),
    TrainingPhrases(),
    Chats(),
    Delimited(),
    Lines(),
]
"""Every format of a table; a file is read in the first that fits. Here a new one is listed."""

_SHORT = 200
"""Characters of a line that may be a header."""
_SHARD = re.compile(r"[-_.]\d{2,}[-_]of[-_]\d{2,}")


def is_table(path: PurePosixPath) -> bool:
    """True for a file that is called like a table."""
    return any(path.suffix.casefold() in format.suffixes for format in FORMATS)


def is_binary_table(path: PurePosixPath | Path) -> bool:
    """True for a file that is called like a table of a format that is no text: workbooks and arrays are zips inside."""
    return any(path.suffix.casefold() in format.suffixes for format in FORMATS if not format.is_text)


def load_table(file: SourceFile, options: ReadOptions, limits: Limits, fewest: int = 2) -> Table | Message:
    """The table of `fewest` columns or more in `file`, or why there is none.

    DataError when it is larger than its limit, cannot be opened (protected, damaged, an old format), or when an
    option does not fit it. UnreadableExampleError when its bytes cannot be had.
    """
    limits.check_table(str(file.path), file.size)
    opened = TableFile(file.path, file.read(), options.encoding, fewest)
    limits.check_table(opened.name, len(opened.raw))
    is_text = options.encoding is not None or looks_like_text(opened.raw)
    try:
        for format in FORMATS:
            if (is_text or not format.is_text) and format.fits(opened, options):
                table = format.read(opened, options, limits)
                if isinstance(table, Message):
                    return table
                limits.check_columns(opened.name, len(table.columns))
                table = _without_endless(table, limits)
                return _with_encoding(table, opened) if format.is_text else table
    except DataError as error:
        if opened.name in str(error.problem):
            raise
        problem = Message("'{file}' cannot be used. {problem}", file=opened.name, problem=error.problem)
        raise DataError(problem, error.advice) from error
    if is_binary_table(file.path):
        return Message("It is called '{suffix}', but its content is something else, or damaged.", suffix=opened.suffix)
    if not is_text:
        return Message("No table was found in it.")
    bare = lines_without_quotes(opened.text)
    if bare is None:
        return _why_no_table(file, opened.text)
    raw = bare.encode(errors="replace")
    again = replace(file, size=len(raw), read=lambda: raw)
    table = load_table(again, replace(options, encoding="utf-8"), limits, fewest)
    if isinstance(table, Message):
        return table
    how = {**table.how, "encoding": opened.decoded.encoding}
    return replace(table, how=how, notes=(_QUOTED_LINES, *table.notes))


_QUOTED_LINES = Message("Each of its lines stands in quotation marks as a whole; they were taken off.")


def _why_no_table(file: SourceFile, text: str) -> Message:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if not lines:
        return Message("It is empty: there are no letters in it.")
    if len(lines) == 1 and len(lines[0]) <= _SHORT:
        return Message("It has one line only ({line}), perhaps the names of columns, and no rows.", line=lines[0])
    if is_table(file.path):
        return Message("It has one column only, and nothing says which class a row is of.")
    return Message("A text that is not a table.")


def _is_endless(row: Row, most: int) -> bool:
    return max(map(len, row)) > most and any(len(cell) > most and not is_file(cell) for cell in row)


def _without_endless(table: Table, limits: Limits) -> Table:
    """Rows with a cell beyond the limit are skips: everything after the reading takes many times the room of a text."""
    endless = {at for at, row in enumerate(table.rows) if row and _is_endless(row, limits.characters)}
    if not endless:
        return table
    reason = Message(
        "One of its cells has more than {n} characters, which is the limit (characters in settings.json).",
        n=limits.characters,
    )
    rest = [at for at in range(len(table.rows)) if at not in endless]
    return replace(
        table,
        rows=[table.rows[at] for at in rest],
        row_names=[table.row_names[at] for at in rest],
        skips=(*table.skips, *(Skip(table.row_names[at], reason) for at in sorted(endless))),
    )


def _with_encoding(table: Table, file: TableFile) -> Table:
    decoded, notes = file.decoded, table.notes
    if decoded.replaced:
        note = counted(
            "{n} character could not be read with the encoding {encoding}.",
            "{n} characters could not be read with the encoding {encoding}.",
            n=decoded.replaced,
            encoding=decoded.encoding,
        )
        notes = (*notes, note)
    if decoded.nulls:
        note = counted(
            "{n} null character was removed: something that no program shows, and no letter.",
            "{n} null characters were removed: something that no program shows, and no letters.",
            n=decoded.nulls,
        )
        notes = (*notes, note)
    return replace(
        table,
        how={**table.how, "encoding": decoded.encoding},
        choices={**table.choices, "encoding": list(ENCODINGS)},
        notes=notes,
    )


@dataclass(frozen=True)
class Found:
    """A file that was looked at, and what is remembered of it: the cells of all together may be too many to keep.

    `how` its table was read and with what `options`, its columns, and how many rows it has. `how` is None where there
    is no table in the file; `why_not` says why. `table` is None where it is not kept.
    """

    file: SourceFile
    options: ReadOptions
    table: Table | None
    how: dict[str, Any] | None
    columns: Row = ()
    rows: int = 0
    why_not: Message = NOTHING

    @classmethod
    def of(cls, file: SourceFile, table: Table | Message, options: ReadOptions, keep: bool = True) -> Found:
        if isinstance(table, Message):
            return cls(file, options, None, None, why_not=table)
        count = len(table.rows) + len(table.skips)
        return cls(file, options, table if keep else None, table.how, table.columns, count)

    @property
    def path(self) -> PurePosixPath:
        return self.file.path

    @property
    def has_names(self) -> bool:
        """True when the file itself names its columns."""
        return self.how is not None and self.how.get("header") != "no" and "column 1" not in self.columns

    @property
    def tool(self) -> str | None:
        """The label tool that wrote it, where one is known."""
        return self.how.get("tool") if self.how else None

    def read(self, limits: Limits) -> Table:
        """The table, read again if it was not kept."""
        table = self.table or load_table(self.file, self.options, limits)
        if isinstance(table, Message):
            raise DataError(
                Message("'{file}' changed while it was read.", file=str(self.path)), Message("Try once more.")
            )
        return table


# --- which belong together: the parts of one dataset, or one dataset in several files --------------------------------


@dataclass(frozen=True)
class Group:
    """Table files that are read together, and the part of the dataset that each of them is."""

    members: tuple[Found, ...]
    parts: tuple[str | None, ...]

    @property
    def rows(self) -> int:
        return sum(member.rows for member in self.members)


def grouped(tables: Sequence[Found]) -> list[Group]:
    """Files whose names differ in words such as train and test only; and files beside each other with the same columns.
    What one label tool wrote belongs together wherever it lies.

    Such files come first, then the largest group.
    """
    by_name: dict[tuple[str, str], list[Found]] = {}
    for table in tables:
        folders = [folder for folder in table.path.parts[:-1] if not part_called(folder)]
        by_name.setdefault(("/".join(folders), _family(table.path.name)), []).append(table)
    alike: dict[tuple[object, ...], list[Found]] = {}
    for (folder, name), members in by_name.items():
        key = (folder, name) if _in_parts(members) else (folder, *_likeness(members[0]))
        tools = {member.tool for member in members}
        if len(tools) == 1 and None not in tools:
            key = (*tools, *_likeness(members[0]))
        alike.setdefault(key, []).extend(members)
    groups = [_group(members) for members in alike.values()]
    return sorted(groups, key=lambda group: (group.members[0].tool is None, -group.rows))


def _family(name: str) -> str:
    """The same for all parts of one dataset, and for the shards of a part ("train-00000-of-00002.parquet")."""
    return without_split(_SHARD.sub("", name))


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
    # What is for training is looked at first: the others may come without labels.
    order = sorted(range(len(members)), key=lambda at: parts[at] not in (None, "train"))
    return Group(tuple(members[at] for at in order), tuple(parts[at] for at in order))


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


def read_alike(found: Sequence[Found], limits: Limits) -> list[Found]:
    """The same files; each that differs from its largest sibling is read again in that one's way.

    Parts of one dataset are written alike: what a small file does not show, a large one does. Siblings are files of one
    folder whose names differ in words for parts only ("x.train", "x.test").
    """
    families: dict[tuple[str, str], list[Found]] = {}
    for one in found:
        families.setdefault((str(one.path.parent), _family(one.path.name)), []).append(one)
    leaders = {key: max(family, key=lambda one: one.rows) for key, family in families.items()}
    return [_like(leaders[str(one.path.parent), _family(one.path.name)], one, limits) for one in found]


def _like(leader: Found, one: Found, limits: Limits) -> Found:
    if one is leader or leader.how is None or "sheet" in leader.how:
        return one
    own: dict[str, Any] = one.how or {}
    way: dict[str, Any] = {name: leader.how[name] for name in ("structure", "delimiter") if name in leader.how}
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
    if isinstance(table, Message):
        return one
    return Found.of(one.file, table, options, keep=one.how is None or one.table is not None)
