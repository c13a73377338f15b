"""JSON files that say which label other files have, in the shapes that annotation tools write."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from core.data.readers.encoding import decode
from core.data.readers.match import FileIndex
from core.data.readers.source import SourceFile
from core.data.readers.tables.words import LABEL_NAMES, SPLIT_NAMES, plain_name, split_of
from core.errors import DataError

_SAMPLE = 1000


@dataclass(frozen=True, slots=True)
class Entry:
    """What one row says: the name of a file, its labels (usually one), and its part."""

    name: str
    labels: tuple[str, ...]
    split: str | None = None


def entries_in_json(file: SourceFile, index: FileIndex) -> tuple[Entry, ...]:
    """Entries of whatever list or mapping inside the file names the most files."""
    try:
        content = json.loads(decode(file.read(), str(file.path)).text)
    except (ValueError, RecursionError, DataError):
        return ()
    best: tuple[Entry, ...] = ()
    most = 0
    for entries in _lists_of_entries(content, index):
        named = sum(index.find(entry.name) is not None for entry in entries)
        if named > most:
            best, most = tuple(entries), named
    return best


def _lists_of_entries(content: Any, index: FileIndex, depth: int = 0) -> Iterator[list[Entry]]:
    """{"cat1.jpg": "cat"}, {"cat": ["cat1.jpg"]}, and lists of records, however deep they lie."""
    if depth > 4:
        return
    if isinstance(content, dict):
        yield [Entry(name, _labels_in(said)) for name, said in content.items() if _labels_in(said)]
        yield [Entry(name, (label,)) for label, names in content.items() if isinstance(names, list)
               for name in names if isinstance(name, str)]  # fmt: skip
        for part in content.values():
            yield from _lists_of_entries(part, index, depth + 1)
    elif isinstance(content, list) and content and all(isinstance(record, dict) for record in content[:20]):
        yield _from_records([record for record in content if isinstance(record, dict)], index)


def _from_records(records: Sequence[dict[str, Any]], index: FileIndex) -> list[Entry]:
    fields = list(dict.fromkeys(field for record in records[:_SAMPLE] for field in record))
    found = {
        field: len({index.find(str(r[field])) for r in records if isinstance(r.get(field), str | int)} - {None})
        for field in fields
    }
    names = max(fields, key=lambda field: found[field], default=None)
    said = [field for field in fields if field != names and plain_name(field) in LABEL_NAMES]
    if names is None or not found[names] or not said:
        return []
    said.sort(key=lambda field: LABEL_NAMES.index(plain_name(field)))
    splits = [field for field in fields if plain_name(field) in (*SPLIT_NAMES, "dataset")]
    return [
        Entry(
            str(record.get(names, "")),
            next((found for field in said if (found := _labels_in(record.get(field)))), ()),
            next((split_of(str(record[field])) for field in splits if field in record), None),
        )
        for record in records
    ]


def _labels_in(said: Any) -> tuple[str, ...]:
    """ "cat", 3, {"category": "cat"}, or several of these in a list."""
    if isinstance(said, bool | int | float):
        return (str(said),)
    if isinstance(said, str):
        return (said.strip(),) if said.strip() else ()
    if isinstance(said, dict):
        named = [value for field, value in said.items() if plain_name(field) in (*LABEL_NAMES, "name")]
        return _labels_in(named[0]) if named and not isinstance(named[0], dict | list) else ()
    if isinstance(said, list):
        return tuple(dict.fromkeys(label for one in said if not isinstance(one, list) for label in _labels_in(one)))
    return ()
