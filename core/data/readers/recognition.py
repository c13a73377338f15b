"""What the files of a source are whose names do not say it, or say more than there is: content and siblings tell."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Any

from core.data.readers.encoding import looks_like_text
from core.data.readers.names import is_archive, is_note, kind_called, kind_of
from core.data.readers.reading import SourceFile
from core.data.readers.table_files import is_table
from core.errors import UnreadableExampleError
from core.messages import Message
from core.modalities import MODALITIES
from core.modalities.base import Modality

_POINTER = b"version https://git-lfs.github.com/spec/"
_POINTER_BYTES = 1024
_DIGEST = re.compile(r"(?<=[._-])[0-9a-f]{16,64}$")
_SERIES = 3
"""So many files of one folder that are called alike but for a number are a series: nobody numbers notes."""


def recognised(files: Sequence[SourceFile]) -> tuple[SourceFile, ...]:
    """The same files; those that are examples although their names do not say so have their kind.

    Of files whose names say nothing at all the first 512 bytes are looked at, of no other ones. Documents without a
    suffix are only examples where they lie in several folders: beside each other they are lists, one for each class.
    """
    series = Counter(_called(file.path) for file in files)
    bare_folders = {file.path.parent for file in files if _is_bare(file.path) and len(file.path.parts) > 1}
    found = (_recognised(file, series, may_be_text=len(bare_folders) > 1) for file in files)
    return tuple(replace(file, read=_downloaded(file.read)) if file.size < _POINTER_BYTES else file for file in found)


def _downloaded(read: Callable[[], bytes]) -> Callable[[], bytes]:
    """The same for what is there, and the true reason for what is only pointed at."""

    def read_whole() -> bytes:
        raw = read()
        if raw.startswith(_POINTER):
            raise UnreadableExampleError(
                Message("It is a pointer of Git LFS: the file itself was not downloaded."),
                Message("Download it with `{command}`, or from the website.", command="git lfs pull"),
            )
        return raw

    return read_whole


def _recognised(file: SourceFile, series: Counter[tuple[PurePosixPath, str]], may_be_text: bool) -> SourceFile:
    if kind_of(file.path) or is_table(file.path) or is_archive(file.path):
        return file
    if is_note(file.path):
        numbered = series[_called(file.path)] >= _SERIES and re.search(r"\d", file.path.stem)
        return replace(file, looks=kind_called(file.path)) if numbered else file
    beginning = file.beginning()
    for kind in MODALITIES.values():
        if kind.recognises(beginning) or (may_be_text and _is_document(kind, file.path, beginning)):
            return replace(file, looks=kind)
    return file


def _called(path: PurePosixPath) -> tuple[PurePosixPath, str]:
    return path.parent, re.sub(r"\d+", "#", path.name)


def _is_bare(path: PurePosixPath) -> bool:
    """True for "49960", "msg.0001" and "00012.a7b1c9...", which no program would know what to do with."""
    return not re.search(r"\.[^.\d\s]", _DIGEST.sub("", path.name))


def _is_document(kind: Modality[Any, Any], path: PurePosixPath, beginning: bytes) -> bool:
    return kind.is_text and _is_bare(path) and bool(beginning.strip()) and looks_like_text(beginning)
