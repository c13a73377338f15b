"""Files of examples, and folders of them, as they are named on the command line."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path


def named_files(arguments: Sequence[str], suffixes: tuple[str, ...]) -> Iterator[tuple[str, bytes]]:
    """The name and the bytes of each: files; of folders all below with one of these `suffixes`; "-" reads a path a
    line."""
    for argument in arguments:
        for path in (line.rstrip("\r\n") for line in sys.stdin) if argument == "-" else (argument,):
            for file in _below(Path(path), suffixes):
                yield str(file), file.read_bytes()


def _below(path: Path, suffixes: tuple[str, ...]) -> Iterator[Path]:
    if not path.is_dir():
        yield path
        return
    for folder, folders, files in os.walk(path):
        folders.sort()
        yield from (Path(folder, name) for name in sorted(files) if name.lower().endswith(suffixes))
