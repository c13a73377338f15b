"""The sample datasets that come with the program, ready for one click."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image

from core.data.made_sounds import SOURCES, made_sound
from core.data.readers.reading import Cell, Item, Reading
from core.errors import DataError
from core.messages import Message, quoted
from core.modalities.sound.decoding import as_wav
from core.modalities.table.rows import row_text
from core.workspace import program_folder


@dataclass(frozen=True, slots=True)
class Sample:
    """One bundled dataset: its id, what its card says, and the file or folder it lies in, or what `reads` it where it
    is in none.

    `unseen` has examples that are in no dataset, to try a model on: a folder for each class, or a JSON file with the
    class of each text ("": none of the sample's), by the name of the sample's file.
    """

    id: str
    title: Message
    modality: str
    description: Message
    file: str | None = None
    unseen: str | None = None
    reads: Callable[[], Reading] | None = None


DIGITS_PER_CLASS, SOUNDS_PER_CLASS = 40, 16


def sample_folder() -> Path:
    return program_folder() / "sample_data"


def get_sample(sample_id: str) -> Sample:
    """DataError when there is none with this id."""
    for sample in SAMPLES:
        if sample.id == sample_id:
            return sample
    raise DataError(
        Message("There is no sample called '{id}'.", id=sample_id),
        Message("The samples are: {ids:list}.", ids=[sample.id for sample in SAMPLES]),
    )


def held_back(sample_id: str) -> dict[str, str]:
    """Examples of a sample that are in no dataset, to try a model on: paths of files, or texts; and the class that each
    truly is, "" where it is none of the sample's."""
    sample = get_sample(sample_id)
    if sample.unseen is None or sample.file is None:
        return {}
    place = sample_folder() / sample.unseen
    if place.is_dir():
        return {str(path): path.parent.name for path in sorted(place.glob("*/*.png"))}
    texts: dict[str, dict[str, str]] = json.loads(place.read_text(encoding="utf-8"))
    return texts[Path(sample.file).stem]


def read_digits() -> Reading:
    """scikit-learn's 8 x 8 handwritten digits, the first `DIGITS_PER_CLASS` of each."""
    from sklearn.datasets import load_digits  # slow to import, and pages list the samples

    digits = load_digits()
    chosen = [i for digit in range(10) for i in np.flatnonzero(digits.target == digit)[:DIGITS_PER_CLASS].tolist()]
    items = tuple(Item(f"digit {i}", str(digits.target[i]), partial(_png, digits.images[i])) for i in chosen)
    return Reading("image", {"structure": "sample"}, items)


def _png(ink: np.ndarray) -> bytes:
    """0..16 ink on black (8, 8), shown and learnt as dark ink on white paper, like everything else people draw."""
    pixels = (255 - ink * 255 / 16).round().astype("uint8")
    buffer = io.BytesIO()
    Image.fromarray(pixels).resize((64, 64), Image.Resampling.BICUBIC).save(buffer, "PNG")
    return buffer.getvalue()


def read_iris() -> Reading:
    """Anderson's 150 irises, as scikit-learn has them: four measurements of each flower in cm, three species."""
    from sklearn.datasets import load_iris

    iris = load_iris()
    columns = [name.removesuffix(" (cm)") for name in iris.feature_names]
    rows = [dict(zip(columns, (f"{value:g}" for value in row), strict=True)) for row in iris.data]
    items = tuple(
        Item(f"row {n}", str(iris.target_names[species]), Cell(row_text(row)))
        for n, (row, species) in enumerate(zip(rows, iris.target, strict=True), start=1)
    )
    return Reading("table", {"structure": "sample"}, items)


def read_made_sounds() -> Reading:
    """SOUNDS_PER_CLASS of each source, made at this very moment."""
    items = tuple(
        Item(f"{source} {number}", source, partial(_wav, source, number))
        for source in SOURCES
        for number in range(1, SOUNDS_PER_CLASS + 1)
    )
    return Reading("sound", {"structure": "sample"}, items)


def _wav(source: str, number: int) -> bytes:
    return as_wav(made_sound(source, number))


SAMPLES = (
    Sample(
        "drawings", Message("Clip art"), "image",
        Message("Drawings of birds, bugs, cakes, fruit, houses and cars. Can it tell them apart?"),
        "drawings", "try_drawings",
    ),
    Sample(
        "school-messages", Message("Messages to a school office"), "text", Message("What is each message about?"),
        "school_messages.csv", "try_messages.json",
    ),
    Sample(
        "school-messages-zh", quoted("学校消息"), "text",
        Message("The same idea in Chinese: 这条消息说的是什么？"),
        "school_messages_zh.csv", "try_messages.json",
    ),
    Sample(
        "made-sounds", Message("Five sounds"), "sound",
        Message("Bell, clap, drum, string and whistle, made by the program. Which one is heard?"),
        reads=read_made_sounds,
    ),
    Sample(
        "iris", Message("Iris flowers"), "table",
        Message("Four measurements of a flower, in cm. Which of three species is it?"),
        reads=read_iris,
    ),
    Sample(
        "digits", Message("Handwritten digits"), "image", Message("Tiny scans of the numbers 0 to 9."),
        reads=read_digits,
    ),
)  # fmt: skip
