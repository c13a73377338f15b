"""Classes that a person added to a finished run: plain data beside it, one file for each time something was added.

The model's own files are never touched. One file each means that two people adding at the same time cannot overwrite
each other, and that undoing is deleting a file. No torch here: pages list what was added.
"""

from __future__ import annotations

import json
import time
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image
from safetensors.numpy import load, save

from core.errors import RunError, StorageError, UserError
from core.messages import Message
from core.modalities.image.decoding import encoded
from core.storage import Damaged, damage, metadata, read_sealed, write_sealed, writing
from core.workspace import is_safe_id, new_id

_FOLDER = "added"
_LONGEST_LABEL = 200
_SMALL_SIDE = 160
"""Pixels a side of the picture that is kept of an added example."""


@dataclass(frozen=True, slots=True)
class Addition:
    """Examples of one class, added in one go. `names` says what they were called, or the messages themselves."""

    id: str
    label: str
    names: tuple[str, ...]
    created: float
    folder: Path

    def embeddings(self) -> np.ndarray:
        """What the model's backbone made of the examples, (m, d) float32. RunError where they are damaged."""
        content = read_sealed(self._file)
        if isinstance(content, Damaged):
            raise RunError(content.why, Message("Take back what was added then, and add it again."))
        return load(content)["embeddings"]

    @property
    def _file(self) -> Path:
        return self.folder / f"{self.id}.safetensors"

    def picture(self, number: int) -> Path:
        """Where the small picture of an example lies, if it is a picture."""
        return self.folder / f"{self.id}-{number}.jpg"


def list_added(run: Path) -> list[Addition]:
    """All that was added to the run in this folder and can be read, oldest first."""
    found = [addition for file in _files(run) if (addition := _read(file))]
    return sorted(found, key=lambda addition: (addition.created, addition.id))


def damaged_additions(run: Path) -> list[Damaged]:
    """What was added and cannot be read any more; `undo_addition` takes the stem of its file."""
    return [found for file in _files(run) if (found := damage(file))]


def _files(run: Path) -> list[Path]:
    found = (run / _FOLDER).glob("*.safetensors")
    return sorted(file for file in found if is_safe_id(file.stem))


def added_classes(additions: Iterable[Addition]) -> tuple[str, ...]:
    """The names of the added classes, in the order in which they came."""
    return tuple(dict.fromkeys(addition.label for addition in additions))


def new_addition(run: Path, label: str, names: Sequence[str]) -> Addition:
    """An addition that is not kept yet."""
    return Addition(new_id(), label, tuple(names), time.time(), run / _FOLDER)


def keep_addition(addition: Addition, embeddings: np.ndarray, pictures: Sequence[Image.Image | None] = ()) -> None:
    """From now on it counts. The `pictures` of its examples, if they have any, are kept small beside it.

    StorageError where the disk refuses; then nothing of it is left.
    """
    about = {"label": addition.label, "names": list(addition.names), "created": addition.created}
    content = save(
        {"embeddings": np.ascontiguousarray(embeddings, dtype=np.float32)},
        metadata={"about": json.dumps(about, ensure_ascii=False)},
    )
    try:
        with writing(addition.folder):
            addition.folder.mkdir(exist_ok=True)
        for number, picture in enumerate(pictures):
            if picture:
                small = picture.copy()
                small.thumbnail((_SMALL_SIDE, _SMALL_SIDE))
                write_sealed(addition.picture(number), encoded(small, "JPEG"))
        write_sealed(addition.folder / f"{addition.id}.safetensors", content)
    except StorageError:
        _forget_pictures(addition.folder, addition.id)
        raise


def undo_addition(run: Path, addition_id: str) -> None:
    """Forget what was added in one go; nothing happens where somebody else has done so already."""
    file = run / _FOLDER / f"{addition_id}.safetensors"
    if is_safe_id(addition_id) and file.exists():
        with writing(file):
            file.unlink(missing_ok=True)
        _forget_pictures(file.parent, addition_id)


def _forget_pictures(folder: Path, addition_id: str) -> None:
    for picture in folder.glob(f"{addition_id}-*.jpg"):
        with suppress(OSError):
            picture.unlink(missing_ok=True)


def with_names(file: Path, named: Callable[[str], str]) -> bytes:
    """What a file of an addition holds, its examples named otherwise. RunError where it is damaged."""
    content = read_sealed(file)
    if isinstance(content, Damaged):
        raise RunError(content.why, Message("Take back what was added then, and add it again."))
    about = json.loads(metadata(content)["about"])
    about["names"] = [named(name) for name in about["names"]]
    return save(load(content), metadata={"about": json.dumps(about, ensure_ascii=False)})


def check_label(label: str, classes: Iterable[str], added: Iterable[str]) -> str:
    """The name under which a new class is kept: as typed, or as an added class is called already.

    UserError for one that is empty, too long, or the name of a class the model was trained on: what the model learnt
    from many examples cannot be set right by one.
    """
    label = " ".join(label.split())
    if not label:
        raise UserError(Message("The new class has no name."), Message("Type what it is."))
    if len(label) > _LONGEST_LABEL:
        raise UserError(
            Message("The name has {n} letters; {most} is the most.", n=len(label), most=_LONGEST_LABEL),
            Message("Take a shorter one."),
        )
    for known in classes:
        if _folded(known) == _folded(label):
            raise UserError(
                Message("'{label}' is one of the classes it was trained on.", label=known),
                Message(
                    "To train it on more of those, add the examples to your data and train again; or take another name "
                    "here."
                ),
            )
    return next((known for known in added if _folded(known) == _folded(label)), label)


def _folded(label: str) -> str:
    return unicodedata.normalize("NFC", " ".join(label.split())).casefold()


def _read(file: Path) -> Addition | None:
    content = read_sealed(file)
    if isinstance(content, Damaged):
        return None
    about = json.loads(metadata(content)["about"])
    return Addition(file.stem, about["label"], tuple(about["names"]), about["created"], file.parent)
