"""Real photos as JPEG files of one size, so that what is measured does not depend on how a set was stored."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.sets import BenchmarkSet

if TYPE_CHECKING:
    from PIL import Image

    from core.data.dataset import Dataset
    from core.workspace import Workspace

SOURCES = ("trashnet", "weather4", "fork-scissors")
SIDE = 512
"""Pixels of the longer side, as the product keeps what a camera gives."""


def keep_photos(sets: Sequence[BenchmarkSet], data: Path, workspace: Workspace, count: int) -> Dataset:
    """The first `count` photos of the sets, one of each class in turn, in an order that was drawn once."""
    from core.data.dataset import Dataset, Example
    from core.modalities import get_modality

    kind = get_modality("image")
    examples: dict[str, Example] = {}
    for label, picture in _in_turn(sets, data, workspace):
        if len(examples) == count:
            break
        raw = _jpeg(picture)
        digest = kind.digest(raw)
        kind.keep(kind.read(raw), digest, workspace.examples)
        examples[digest] = Example(digest, label, f"{digest}.jpg")
    return Dataset("photos", "image", tuple(examples.values()), workspace.examples)


def _in_turn(sets: Sequence[BenchmarkSet], data: Path, workspace: Workspace) -> Iterator[tuple[str, Image.Image]]:
    import numpy as np

    rng = np.random.default_rng(0)
    classes: list[list[tuple[Dataset, int]]] = []
    for one in sets:
        dataset = one.read(data, workspace)[0]
        for label in dataset.classes:
            own = [i for i, example in enumerate(dataset.examples) if example.label == label]
            classes.append([(dataset, own[i]) for i in rng.permutation(len(own))])
    for turn in range(max(map(len, classes))):
        for dataset, index in (own[turn] for own in classes if turn < len(own)):
            yield dataset.examples[index].label, dataset.payload(index)


def _jpeg(picture: Image.Image) -> bytes:
    scale = SIDE / max(picture.size)
    buffer = io.BytesIO()
    resized = picture.resize((max(1, round(picture.width * scale)), max(1, round(picture.height * scale))))
    resized.save(buffer, "JPEG", quality=90)
    return buffer.getvalue()
