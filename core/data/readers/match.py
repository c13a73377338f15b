"""Finding the file that a cell of a table names."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from pathlib import PurePosixPath

from core.data.readers.kinds import DOCUMENT_SUFFIXES, PICTURE_SUFFIXES


class FileIndex:
    """Files by whatever a table may call them: whole path, end of the path, file name, name without its suffix.

    Written with either slash, in any case. A name that several files share names none of them.
    """

    def __init__(self, paths: Sequence[PurePosixPath]) -> None:
        self._whole: dict[str, int | None] = {}
        self._bare: dict[str, int | None] = {}
        for number, path in enumerate(paths):
            parts = _parts(str(path))
            for start in range(len(parts)):
                end = "/".join(parts[start:])
                for names, key in ((self._whole, end), (self._bare, _without_suffix(end))):
                    names[key] = None if key in names else number

    def find(self, cell: str) -> int | None:
        """The number of the file that `cell` names, or None. "F:\\data\\set\\cat1.jpg" names "set/cat1.jpg"."""
        parts = _parts(cell)
        for start in range(len(parts)):
            end = "/".join(parts[start:])
            if end in self._whole:
                return self._whole[end]
        for start in range(len(parts)):
            end = _without_suffix("/".join(parts[start:]))
            if end in self._bare:
                return self._bare[end]
        return None


def looks_like_file(cell: str) -> bool:
    """True for what is called like a picture or a text document, whether it is here or not."""
    return PurePosixPath(cell.strip().casefold()).suffix in PICTURE_SUFFIXES | DOCUMENT_SUFFIXES


def _parts(name: str) -> list[str]:
    same = unicodedata.normalize("NFC", name.strip()).casefold()
    return [part for part in re.split(r"[/\\]", same) if part not in ("", ".", "..")]


def _without_suffix(name: str) -> str:
    return name[: name.rindex(".")] if looks_like_file(name) else name
