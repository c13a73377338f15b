"""A folder on this computer."""

from __future__ import annotations

import os
from pathlib import Path, PurePosixPath

from core.data.readers.items import Reading, Skip
from core.data.readers.tree import TreeFile, read_tree


def read_folder(folder: Path) -> Reading:
    """Every regular file under `folder`; links are not followed."""
    files: list[TreeFile] = []
    skipped: list[Skip] = []
    for parent, folders, names in os.walk(folder):
        folders.sort()
        linked = [name for name in folders if (Path(parent) / name).is_symlink()]
        for name in sorted([*names, *linked]):
            path = Path(parent) / name
            relative = PurePosixPath(path.relative_to(folder).as_posix())
            if path.is_symlink() or not path.is_file():
                skipped.append(Skip(str(relative), "A link or a special file, not a picture."))
            else:
                files.append(TreeFile(relative, path.read_bytes))
    return read_tree(files, skipped, folder.name)
