"""Reading a source in one line, with the promise every reader makes already checked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path, PurePosixPath

from core.data.readers.opening import open_path
from core.data.readers.reading import Declined, Item, Reading, ReadOptions, Skip, Source, SourceFile, Structure
from core.errors import DataError
from core.limits import Limits

Used = dict[str, tuple[str, str | None]]
Skipped = dict[str, str]


def source_of(files: Mapping[str, bytes], name: str = "given") -> Source:
    """A source that lies nowhere but in memory."""
    return Source(name, tuple(SourceFile(PurePosixPath(p), len(raw), lambda raw=raw: raw) for p, raw in files.items()))


def outcome(reading: Reading) -> tuple[Used, Skipped]:
    """{name: (label, part)} of what is used and {name: reason} of what is not; together they are the total."""
    entries = reading.items
    used = {entry.name: (entry.label, entry.split) for entry in entries if isinstance(entry, Item)}
    skipped = {entry.file: str(entry.reason) for entry in entries if isinstance(entry, Skip)}
    assert len(used) + len(skipped) == len(reading.items), "no name may stand for two"
    assert all(skipped.values())
    return used, skipped


def read_with(
    reader: Structure | Callable[[Source, ReadOptions, Limits], Reading], source: Source | Path, **options: str
) -> Reading | None:
    """What `reader` makes of a source, or of what lies behind a path; None where it declines.

    Where the options insist on it, declining is an error, as it is for a person.
    """
    if isinstance(source, Path):
        source = open_path(source, Limits(), options.get("files"))
    look = reader if callable(reader) else reader.look
    found = look(source, ReadOptions(**options), Limits())
    if isinstance(found, Declined):
        assert found.reason
        assert 0 <= found.nearness <= 1
        if options.get("structure"):
            raise DataError(found.reason, found.advice)
        return None
    return found


def labels(used: Used) -> dict[str, str]:
    return {name: label for name, (label, _) in used.items()}
