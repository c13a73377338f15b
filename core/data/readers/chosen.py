"""Taking only a part of what is there, by a pattern."""

from __future__ import annotations

from dataclasses import replace
from fnmatch import fnmatch
from pathlib import PurePosixPath

from core.data.readers.items import Skip
from core.data.readers.source import Source
from core.errors import DataError


def is_chosen(path: PurePosixPath, pattern: str | None) -> bool:
    """True when the pattern fits the whole path, the file's name, or a folder (or zip) that the file lies in.

    Capital and small letters count as the same. Without a pattern everything is chosen.
    """
    if not pattern:
        return True
    wanted = pattern.strip().replace("\\", "/").strip("/").casefold()
    places = [path, *path.parents]
    return any(fnmatch(str(place).casefold(), wanted) or fnmatch(place.name.casefold(), wanted) for place in places)


def only_chosen(source: Source, pattern: str | None) -> Source:
    """The source without the files that the pattern does not fit; they are skips. DataError when it fits none."""
    chosen = tuple(file for file in source.files if is_chosen(file.path, pattern))
    if source.files and not chosen:
        examples = ", ".join(str(file.path) for file in source.files[:3])
        raise DataError(
            f"No file in '{source.name}' matches '{pattern}'.",
            f"The files are called like this: {examples}. A * stands for any characters.",
        )
    kept = set(chosen)
    left_out = [Skip(str(file.path), f"Not chosen: it does not match '{pattern}'.") for file in source.files
                if file not in kept]  # fmt: skip
    return replace(source, files=chosen, skipped=(*source.skipped, *left_out))
