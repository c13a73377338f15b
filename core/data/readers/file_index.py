"""Which file a cell of a table means: on their way names get longer, shorter, and written otherwise."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath
from urllib.parse import unquote

from core.data.readers.names import looks_like_file

_LONGEST = 1000
"""Characters. No cell that is longer names a file."""
_SIBLINGS = {
    "labels": ("images", "imgs", "img"), "annotations": ("images", "jpegimages", "imgs", "img"), "xml": ("images",),
    "xmls": ("images",), "ann": ("img",), "json": ("images",), "label": ("image", "images"),
}  # fmt: skip
"""Folders of annotations, and what the folders beside them are called that hold the pictures."""


class FileIndex:
    """Files by whatever a table may call them: whole path, end of the path, file name, name without its suffix.

    Written with either slash, in any case, as an address, with numbers that have lost their leading zeros. A name that
    several files share names none of them.
    """

    def __init__(self, paths: Sequence[PurePosixPath]) -> None:
        self.paths = tuple(paths)
        self._whole: dict[str, int | None] = {}
        self._bare: dict[str, int | None] = {}
        self._loose: dict[str, int | None] = {}
        self._deepest = 0
        for number, path in enumerate(paths):
            parts = _parts(str(path))
            self._deepest = max(self._deepest, len(parts))
            for start in range(len(parts)):
                end = "/".join(parts[start:])
                bare = _without_suffix(end)
                for names, key in ((self._whole, end), (self._bare, bare), (self._loose, _loose(bare))):
                    names[key] = None if key in names else number

    def find(self, cell: str) -> int | None:
        """The number of the file that `cell` names, or None. "F:\\data\\set\\cat1.jpg" names "set/cat1.jpg", "7" and
        "7.0" name "0007.jpg", and "/data/upload/1/0f3c2d1a-cat%201.jpg?w=9" names "cat 1.jpg"."""
        if not cell or len(cell) > _LONGEST:
            return None
        return next((found for way in _written(cell) if (found := self._find(way)) is not None), None)

    def find_beside(self, path: PurePosixPath) -> int | None:
        """The file that the annotation file `path` is about, by its name alone: "labels/1.txt" is about "images/1.jpg"
        and "1.jpg.json" about "1.jpg"."""
        parts = _parts(str(path))
        name, folders = parts[-1].rpartition(".")[0] or parts[-1], parts[:-1]
        for at, folder in enumerate(folders):
            for other in _SIBLINGS.get(folder, ()):
                found = self._find("/".join([*folders[:at], other, *folders[at + 1 :], name]))
                if found is not None:
                    return found
        return self._find("/".join([*folders, name]))

    def _find(self, name: str) -> int | None:
        parts = _parts(name)
        parts = parts[max(0, len(parts) - self._deepest) :]
        ends = ["/".join(parts[start:]) for start in range(len(parts))]
        for end in ends:
            if end in self._whole:
                return self._whole[end]
        for names, key in ((self._bare, _without_suffix), (self._loose, lambda end: _loose(_without_suffix(end)))):
            for end in ends:
                if (written := key(end)) in names:
                    return names[written]
        return None


def _written(cell: str) -> Iterator[str]:
    """A name as it stands there, then what is left of it when what programs do to names is undone."""
    yield cell
    if "?" in cell or "#" in cell:
        before, _, query = cell.partition("?")
        if query.startswith("d="):  # how Label Studio names files that it serves itself
            yield unquote(query[2:].partition("&")[0])
        yield unquote(before.partition("#")[0])
    if "%" in cell:
        yield unquote(cell)
    plain = re.search(r"(?:^|[/\\])[0-9a-f]{8}-([^/\\]+)$", cell)
    if plain:  # so Label Studio calls what was uploaded
        yield unquote(plain[1])


def _parts(name: str) -> list[str]:
    same = unicodedata.normalize("NFC", name.strip()).casefold()
    return [part for part in re.split(r"[/\\]", same) if part not in ("", ".", "..")]


def _without_suffix(name: str) -> str:
    return name[: name.rindex(".")] if looks_like_file(name) else name


def _loose(name: str) -> str:
    """Numbers as spreadsheets leave them: "0007" is 7, and so is "7.0"."""
    folder, slash, last = name.rpartition("/")
    return folder + slash + re.sub(r"(?<!\d)0+(?=\d)", "", re.sub(r"^(\d+)\.0+$", r"\1", last))
