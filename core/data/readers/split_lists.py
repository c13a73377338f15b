"""Lists of files that say which part of a dataset each of them belongs to: "train.txt", "testing_list.txt"."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from core.data.readers.encoding import decode, lines_of
from core.data.readers.examples import preview
from core.data.readers.file_index import FileIndex
from core.data.readers.names import divides, first_names, split_of
from core.data.readers.reading import Heeded, Item, Reading, Skip, Source, SourceFile
from core.errors import DataError, UnreadableExampleError
from core.messages import Message
from core.modalities import get_modality

_SUFFIXES = frozenset({".txt", ".lst", ".csv", ""})
_MOST_LISTS = 500
_MOST_BYTES = 50 * 1024**2
_NEARLY_ALL = 0.9
_WHOLE = re.compile(r"train_?val", re.IGNORECASE)
"""Both of what is trained on and what is chosen by."""
_USED = Message("It says which part of the dataset each file belongs to: it was read, and holds no example itself.")
_IN_NO_LIST = Message("None of the lists that divide the files names it.")


@dataclass(frozen=True)
class _List:
    """A file, the part that it is called after, and the numbers of the examples that it names."""

    file: SourceFile
    part: str
    named: frozenset[int]


def with_split_lists(reading: Reading, source: Source) -> Reading:
    """The same with the division that lists beside the files say, where the reading has none.

    Where no list is for training, what none of them names is; except a class of which they name nothing at all, which
    is none (noise to mix in). Lists that contradict each other are none.
    """
    items = [item for item in reading.items if isinstance(item, Item)]
    if get_modality(reading.modality).is_text or any(item.split for item in items):
        return reading
    lists = _lists(source, [PurePosixPath(item.name) for item in items])
    parts = _parts(lists)
    if parts is None:
        return reading
    if "train" not in parts.values():
        divided = {items[at].label for at in parts}
        rest = {at: "train" for at, item in enumerate(items) if item.label in divided}
        parts = {**rest, **parts}
    if not divides(parts.values()):
        return reading
    return _divided(reading, items, parts, lists)


def _lists(source: Source, paths: Sequence[PurePosixPath]) -> list[_List]:
    called = [(file, part) for file in source.files if (part := _part_of(file)) and file.size <= _MOST_BYTES]
    if not called or len(called) > _MOST_LISTS:
        return []
    index = FileIndex(paths)
    found = []
    for file, part in called:
        names = _first_cells(file)
        numbers = [index.find(name) for name in names]
        named = frozenset(number for number in numbers if number is not None)
        if named and sum(number is not None for number in numbers) >= _NEARLY_ALL * len(names) - 1:
            found.append(_List(file, part, named))
    return found


def _part_of(file: SourceFile) -> str | None:
    if file.path.suffix.casefold() not in _SUFFIXES:
        return None
    return "train" if _WHOLE.search(file.path.stem) else split_of(re.sub(r"list", "_list", file.path.stem))


def _first_cells(file: SourceFile) -> list[str]:
    """What stands at the beginning of each line, up to a blank or a delimiter."""
    try:
        lines = lines_of(decode(file.read(), str(file.path)).text)
    except (DataError, UnreadableExampleError):
        return []
    return [re.split(r"[\s,;]", line.strip(), maxsplit=1)[0] for line in lines if line.strip()]


def _parts(lists: Sequence[_List]) -> dict[int, str] | None:
    """The part of each example that is named; None where lists contradict each other. What is in the train list and
    in that for validation, too, is of the latter: that is how "trainval" is meant."""
    parts: dict[int, str] = {}
    for one in sorted(lists, key=lambda one: (one.part != "train", not _WHOLE.search(one.file.path.stem))):
        for number in one.named:
            before = parts.setdefault(number, one.part)
            if before != one.part:
                if (before, one.part) != ("train", "validation") or not _is_whole(lists):
                    return None
                parts[number] = one.part
    return parts or None


def _is_whole(lists: Sequence[_List]) -> bool:
    return any(_WHOLE.search(one.file.path.stem) for one in lists)


def _divided(reading: Reading, items: Sequence[Item], parts: Mapping[int, str], lists: Sequence[_List]) -> Reading:
    own = {str(one.file.path) for one in lists}
    part_of = {id(item): parts.get(at) for at, item in enumerate(items)}
    given: list[Item | Skip] = []
    for item in reading.items:
        if isinstance(item, Skip):
            given.append(Heeded(item.file, _USED) if item.file in own else item)
        elif (part := part_of[id(item)]) is None:
            given.append(Skip(item.name, _IN_NO_LIST))
        else:
            given.append(replace(item, split=part))
    used = [item for item in given if isinstance(item, Item)]
    names = sorted(PurePosixPath(name).name for name in own)
    note = Message("The division is the one in {files}.", files=first_names(names))
    tree = preview([PurePosixPath(item.name) for item in used], [(item.label, item.split) for item in used])
    proposal = {**reading.proposal, "splits": True, "tree": tree}
    return replace(reading, items=tuple(given), proposal=proposal, notes=(*reading.notes, note))
