"""Names from outside (labels, files of strangers) as names of folders and files on any system."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from posixpath import splitext

_LONGEST = 120
"""Bytes of UTF-8: systems allow 255, and a number must still fit."""
_LONGEST_ENDING = 10
_FORBIDDEN = re.compile(r'[/\\<>:"|?*\x00-\x1f\x7f]')
_DEVICES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
"""What Windows takes for a device, whatever ending it has."""


def file_name(text: str, otherwise: str = "_") -> str:
    """A name for a file or a folder that reads like `text`; `otherwise` where nothing of it is left.

    Letters of all scripts and emoji stay. What separates folders, what Windows forbids, and what is invisible (control
    characters, marks that turn the direction of writing) becomes "_" or goes.
    """
    seen = "".join(char for char in text if unicodedata.category(char) not in ("Cs", "Co", "Cn") and not _turns(char))
    name = _FORBIDDEN.sub("_", unicodedata.normalize("NFC", seen))
    if len(name.encode()) > _LONGEST:
        stem, ending = splitext(name)
        kept = ending if len(ending.encode()) <= _LONGEST_ENDING else ""
        name = stem.encode()[: _LONGEST - len(kept.encode())].decode(errors="ignore") + kept
    name = name.strip(". \u00a0")
    if not name.strip("_ "):
        return otherwise
    return f"_{name}" if _DEVICES.fullmatch(name) else name


def _turns(char: str) -> bool:
    """True for what changes the direction of writing: "gpj.exe" could look like a picture. A joiner in an emoji is no
    such mark."""
    return unicodedata.bidirectional(char) in ("LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI")


class FreeNames:
    """Gives out names or paths, never two that some system would take for the same: after NFC and casefold."""

    def __init__(self, taken: Iterable[str] = ()) -> None:
        self._next: dict[str, int] = {_same(name): 2 for name in taken}

    def take(self, name: str) -> str:
        """`name` if it is free, else with a number before its ending: "tom (2).jpg"."""
        stem, ending = splitext(name)
        free = name
        while _same(free) in self._next:
            number = self._next[_same(name)]
            self._next[_same(name)] = number + 1
            free = f"{stem} ({number}){ending}"
        self._next[_same(free)] = 2
        return free


def _same(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()
