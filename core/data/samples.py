"""The sample datasets that come with the program, ready for one click."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image

from core.data.readers.reading import Item, Reading
from core.errors import DataError
from core.messages import Message, quoted
from core.workspace import program_folder


@dataclass(frozen=True, slots=True)
class Sample:
    """One bundled dataset: its id, what its card says, and the file or folder it lies in (None: a library's).

    `unseen` has examples that are in no dataset, to try a model on: a folder of files, or a JSON file of texts by the
    name of the sample's file.
    """

    id: str
    title: Message
    modality: str
    description: Message
    file: str | None
    unseen: str | None


SAMPLES = (
    Sample(
        "drawings",
        Message("Clip art"),
        "image",
        Message("Drawings of birds, bugs, cakes, fruit, houses and cars. Can it tell them apart?"),
        "drawings",
        "try_drawings",
    ),
    Sample(
        "school-messages",
        Message("Messages to a school office"),
        "text",
        Message("What is each message about?"),
        "school_messages.csv",
        "try_messages.json",
    ),
    Sample(
        "school-messages-zh",
        quoted("学校消息"),
        "text",
        Message("The same idea in Chinese: 这条消息说的是什么？"),
        "school_messages_zh.csv",
        "try_messages.json",
    ),
    Sample(
        "digits",
        Message("Handwritten digits"),
        "image",
        Message("Tiny scans of the numbers 0 to 9."),
        None,
        None,
    ),
)
DIGITS_PER_CLASS = 40


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


def held_back(sample_id: str) -> list[str]:
    """Examples of a sample that are in no dataset, to try a model on: paths of files, or texts."""
    sample = get_sample(sample_id)
    if sample.unseen is None or sample.file is None:
        return []
    place = sample_folder() / sample.unseen
    if place.is_dir():
        return sorted(str(path) for path in place.glob("*.png"))
    texts: dict[str, list[str]] = json.loads(place.read_text(encoding="utf-8"))
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
