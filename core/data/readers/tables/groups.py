"""Which table files belong together: the parts of one set, or one set in several files."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from itertools import takewhile
from pathlib import PurePosixPath

from core.data.readers.parts import divides, part_called
from core.data.readers.tables.found import Found
from core.data.readers.tables.words import plain_name, split_of, without_split


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
