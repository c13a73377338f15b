"""What the teacher gives to everybody: a dataset, put into each space as if it had been imported there, or a lesson."""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from pathlib import Path

from core.data.dataset import ABOUT, describe_dataset
from core.data.store import filling, is_foreign_file, mark_foreign, named_in
from core.errors import DataError
from core.lessons.catalogue import lesson_files, own_folder
from core.modalities import get_modality
from core.storage import Damaged, making, write, write_json, writing
from core.workspace import Workspace

HANDED = "handed"
"""The key of `dataset.json` that says that the teacher gave it."""


def give_dataset(dataset_id: str, source: Workspace, target: Workspace) -> None:
    """Have a dataset of `source` in `target` too, with the examples that it needs. One that is there stays. DataError
    where there is none with this id, or it is damaged; StorageError where the disk refuses."""
    about = describe_dataset(dataset_id, source)
    kept = target.datasets / dataset_id
    if kept.is_dir():
        return
    needed = named_in(source.datasets / dataset_id)
    if isinstance(needed, Damaged):
        raise DataError(needed.why)
    kind = get_modality(about["modality"])
    with filling(target):
        for file in {file for one in needed for file in kind.files(one, source.examples)}:
            bring(file, target.examples / file.relative_to(source.examples))
        with making(kept) as place:
            shutil.copytree(source.datasets / dataset_id, place, dirs_exist_ok=True)
            write_json(place / ABOUT, {**about, HANDED: True})


def give_lesson(lesson_id: str, source: Workspace, target: Workspace) -> None:
    """Have a lesson of the teacher's own in `target`, in every language that it is in, as it is now. Bundled ones are
    there anyway. StorageError where the disk refuses."""
    for path in lesson_files(lesson_id, source):
        copy = own_folder(target) / path.name
        with writing(copy):
            copy.parent.mkdir(parents=True, exist_ok=True)
            text = path.read_bytes()
        if not copy.exists() or copy.read_bytes() != text:
            write(copy, text)


def bring(file: Path, target: Path) -> None:
    """One example. It never changes, so thirty students may have the same file; what is written anew takes its name,
    and leaves the file of the others alone."""
    if target.exists() or not file.exists():
        return
    with writing(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        if is_foreign_file(file):
            mark_foreign(target)
        try:
            with suppress(FileExistsError):
                os.link(file, target)
        except OSError:  # another disk, or one that knows no links
            shutil.copyfile(file, target)
