"""The example store, which all datasets share: how large their part of it is, and how what nobody needs leaves it.

An example lies there once, whatever datasets it is in. So it goes when no dataset is left that names it, not even one
in the bin; and never while somebody fills the store: an import relies on what it found there long before its dataset
is written.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from core.data.dataset import ABOUT, EXAMPLES
from core.modalities import MODALITIES, get_modality
from core.modalities.base import Modality
from core.storage import Damaged, has_owner, own_name, read_json, read_lines, writing
from core.workspace import Workspace

_FILLING = "filling"


def is_at_hand(kind: Modality[Any, Any], example_id: str, store: Path) -> bool:
    """Whether a store holds an example, and whole, so that an import need not keep it again.

    What came in a project does not count: that it is the example with this id is only what its maker says.
    """
    return kind.is_kept(example_id, store) and not any(map(is_foreign_file, kind.files(example_id, store)))


def is_foreign_file(file: Path) -> bool:
    """Whether a file of a store came in a project, and nobody has imported the same since."""
    return _mark(file).exists()


def mark_foreign(file: Path) -> None:
    """Note that a file which is about to come into the store comes from a project."""
    _mark(file).touch()


def mark_own(file: Path) -> None:
    """Note that an import has put a file into the store."""
    _mark(file).unlink(missing_ok=True)


def move_in(staging: Path, store: Path) -> None:
    """Move what an import has kept into the store, where it takes the place of what came in projects. Folders first:
    they may find no room. To move a file takes none, so then it is all of them or none. StorageError where the disk
    refuses."""
    with writing(store):
        files = sorted(staging.rglob("*.*"))
        targets = [store / file.relative_to(staging) for file in files]
        for folder in {target.parent for target in targets}:
            folder.mkdir(exist_ok=True)
        for file, target in zip(files, targets, strict=True):
            os.replace(file, target)
            mark_own(target)


def _mark(file: Path) -> Path:
    return file.with_name(f".{file.name}.foreign")


@contextmanager
def filling(workspace: Workspace) -> Iterator[None]:
    """While the block works, nothing is taken out of the store. StorageError where the disk refuses."""
    marker = workspace.staging / own_name(_FILLING)
    with writing(marker):
        marker.touch()
    try:
        yield
    finally:
        with suppress(OSError):
            marker.unlink(missing_ok=True)


def forget_unused(workspace: Workspace) -> int:
    """Delete what no dataset names, in the workspace or in the bin; how many bytes that freed.

    None at all while somebody fills the store, and while a dataset is damaged: which examples it names is not known.
    What goes is put aside first: if somebody began to fill the store meanwhile, he may have relied on it, and it comes
    back.
    """
    used = named_files(workspace)
    if used is None or _is_filled(workspace):
        return 0
    moved: list[tuple[Path, Path]] = []
    for file in _files(workspace.examples):
        if file not in used:
            with suppress(OSError):  # another server is faster, or the disk is read-only
                aside = file.with_name(own_name(file.name))  # a full disk has room for that
                os.replace(file, aside)
                moved.append((file, aside))
    freed = 0
    for file, aside in moved:
        with suppress(OSError):
            if _is_filled(workspace):
                os.replace(aside, file)
            else:
                size = aside.stat().st_size
                aside.unlink()
                mark_own(file)
                freed += size
    return freed


def named_in(folder: Path) -> set[str] | Damaged:
    """The ids of all examples that the dataset in a folder needs, those included that a change which can be undone has
    left out."""
    about, ids = read_json(folder / ABOUT), read_lines(folder / EXAMPLES, lambda row: str(row["id"]))
    for kept in (about, ids):
        if isinstance(kept, Damaged):
            return kept
    assert isinstance(about, dict) and isinstance(ids, list)
    changes = about.get("lineage", {}).get("changes", ())
    return {*ids, *(str(example["id"]) for change in changes for example in change["added"])}


def bytes_of(ids: Iterable[str], modality: str, store: Path) -> int:
    """How much room the examples with these ids take in a store; copies count once."""
    kind, size = get_modality(modality), 0
    for file in {file for one in ids for file in kind.files(one, store)}:
        with suppress(OSError):  # it is gone
            size += file.stat().st_size
    return size


def named_files(workspace: Workspace) -> set[Path] | None:
    """The files of the store that datasets name, in the workspace or in the bin; None where one cannot be read."""
    used: set[Path] = set()
    for folder in (*workspace.datasets.glob("*"), *workspace.bin.glob("*.datasets.*")):
        if not folder.name.startswith(".") and any(folder.iterdir()):
            named = named_in(folder)
            if isinstance(named, Damaged):
                return None
            kinds = MODALITIES.values()
            used |= {file for kind in kinds for one in named for file in kind.files(one, workspace.examples)}
    return used


def _is_filled(workspace: Workspace) -> bool:
    return any(has_owner(marker) for marker in workspace.staging.glob(f".{_FILLING}.*"))


def _files(store: Path) -> Iterator[Path]:
    for folder in store.iterdir():
        if folder.is_dir() and len(folder.name) == 2:
            yield from (file for file in folder.iterdir() if not file.name.startswith("."))
