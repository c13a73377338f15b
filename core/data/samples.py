"""The sample sets that come with the program, ready for one click."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from core.data.readers.reading import Item, Reading, Skip
from core.errors import DataError


@dataclass(frozen=True, slots=True)
class Sample:
    """One bundled set: its id, plain words for its card, and the file or folder it lies in (None: a library's)."""

    id: str
    title: str
    modality: str
    says: str
    file: str | None


SAMPLES = (
    Sample(
        "drawings",
        "Clip art",
        "image",
        "Drawings of birds, bugs, cakes, fruit, houses and cars. Can it tell them apart?",
        "drawings",
    ),
    Sample(
        "school-messages", "Messages to a school office", "text", "What is each message about?", "school_messages.csv"
    ),
    Sample(
        "school-messages-zh",
        "学校消息",
        "text",
        "The same idea in Chinese: 这条消息说的是什么？",
        "school_messages_zh.csv",
    ),
    Sample("digits", "Handwritten digits", "image", "Tiny scans of the numbers 0 to 9.", None),
)
DIGITS_PER_CLASS = 40


def sample_folder() -> Path:
    return Path(__file__).resolve().parents[2] / "sample_data"


def get_sample(sample_id: str) -> Sample:
    for sample in SAMPLES:
        if sample.id == sample_id:
            return sample
    raise DataError(
        f"There is no sample called '{sample_id}'.", f"The samples are: {', '.join(s.id for s in SAMPLES)}."
    )


def held_back(sample_id: str) -> list[str]:
    """Examples of a sample that are in no data set, to try a model on: paths of pictures, or messages."""
    sample = get_sample(sample_id)
    if sample.modality == "text" and sample.file:
        messages = json.loads((sample_folder() / "try_messages.json").read_text(encoding="utf-8"))
        return messages[Path(sample.file).stem]
    if sample.id == "drawings":
        return sorted(str(path) for path in (sample_folder() / "try_drawings").glob("*.png"))
    return []


def read_digits() -> Reading:
    """scikit-learn's 8 x 8 handwritten digits, the first `DIGITS_PER_CLASS` of each."""
    from sklearn.datasets import load_digits

    digits = load_digits()

    def png(index: int) -> bytes:
        # 0..16 ink on black; shown and learnt as dark ink on white paper, like everything else people draw.
        pixels = (255 - digits.images[index] * 255 / 16).round().astype("uint8")
        buffer = io.BytesIO()
        Image.fromarray(pixels).resize((64, 64), Image.Resampling.BICUBIC).save(buffer, "PNG")
        return buffer.getvalue()

    chosen = [i for digit in range(10) for i in (digits.target == digit).nonzero()[0][:DIGITS_PER_CLASS]]

    def items() -> Iterator[Item | Skip]:
        for i in chosen:
            yield Item(f"digit {i}", str(digits.target[i]), lambda i=i: png(i))

    return Reading("image", {"structure": "sample"}, len(chosen), items)
