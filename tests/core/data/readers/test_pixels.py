"""Pictures that stand in tables: a column for each pixel, all of them in one cell, arrays, whole files in cells."""

from __future__ import annotations

import io

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import soundfile
from PIL import Image

from core.data.readers.propose import propose
from core.data.readers.reading import Item, Reading, ReadOptions
from core.errors import DataError, UnreadableExampleError
from core.limits import Limits
from tests.core.data.readers.making import written
from tests.helpers import png
from tests.reading import source_of

SIDE, COUNT = 8, 12
RNG = np.random.default_rng(0)
PICTURES = RNG.integers(0, 256, (COUNT, SIDE, SIDE), dtype=np.uint8)
PICTURES[:, 0] = 0  # an edge that is always black
LABELS = [n % 3 for n in range(COUNT)]


def read(files: dict[str, bytes], **options: str) -> Reading:
    return propose(source_of(files), ReadOptions(**options), Limits())


def shown(item: Item) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(item.read())))


def columns(header: bool, first: bool) -> bytes:
    rows = [
        (str(label), *map(str, picture.ravel())) if first else (*map(str, picture.ravel()), str(label))
        for picture, label in zip(PICTURES, LABELS, strict=True)
    ]
    names = [f"pixel{n}" for n in range(SIDE * SIDE)]
    return written([*([("label", *names) if first else (*names, "label")] if header else []), *rows])


def cells() -> bytes:
    rows = zip(PICTURES, LABELS, strict=True)
    return written([("emotion", "pixels"), *((str(label), " ".join(map(str, one.ravel()))) for one, label in rows)])


def wav(pitch: int) -> bytes:
    buffer = io.BytesIO()
    soundfile.write(buffer, np.sin(np.arange(800) * pitch / 2500), 16_000, format="WAV")
    return buffer.getvalue()


def arrays(**given: object) -> bytes:
    buffer = io.BytesIO()
    np.savez(buffer, **given)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("name", "raw"),
    [
        ("mnist.csv", columns(header=True, first=True)),
        ("last.csv", columns(header=True, first=False)),
        ("emnist.csv", columns(header=False, first=True)),
        ("fer.csv", cells()),
        ("set.npz", arrays(x=PICTURES, y=np.array(LABELS))),
        ("set/shapes.npz", arrays(images=PICTURES, labels=np.array(LABELS))),
    ],
    ids=["columns", "label last", "no header", "one cell", "arrays", "arrays in a folder"],
)
def test_numbers_of_pixels_are_pictures(name, raw):
    reading = read({name: raw, **({"set/README.md": b"# Shapes"} if "/" in name else {})})
    items = [item for item in reading.items if isinstance(item, Item)]
    assert reading.modality == reading.proposal["modality"] == "image"
    assert [item.label for item in items] == list(map(str, LABELS))
    assert all((shown(item) == picture).all() for item, picture in zip(items, PICTURES, strict=True))
    assert str(reading.proposal["guesses"][0]["title"]) == "Whole files that stand in a table: 12 pictures, 3 classes"


def test_a_table_for_testing_without_labels_does_not_say_which_column_is_the_class():
    rows = [tuple(map(str, picture.ravel())) for picture in PICTURES]
    test = written([[f"pixel{n}" for n in range(SIDE * SIDE)], *rows])
    reading = read({"test.csv": test, "train.csv": columns(header=True, first=True)})
    assert reading.proposal["label_column"] == "label"
    assert len([item for item in reading.items if isinstance(item, Item)]) == COUNT


def test_colours_may_stand_first_or_last_and_fractions_are_brightnesses():
    colours = RNG.integers(0, 256, (COUNT, SIDE, SIDE, 3), dtype=np.uint8)
    for given in (colours, np.moveaxis(colours, 3, 1), (colours / 255).astype(np.float64)):
        items = [item for item in read({"t.npz": arrays(x=given, y=np.array(LABELS))}).items if isinstance(item, Item)]
        assert np.abs(shown(items[1]).astype(int) - colours[1]).max() <= 1


def test_parquet_may_hold_whole_pictures():
    raw = [png((n, 20, 3)) for n in range(COUNT)]
    for values in (raw, [{"bytes": one, "path": None} for one in raw]):
        buffer = io.BytesIO()
        pq.write_table(pa.table({"image": values, "label": LABELS}), buffer)
        items = read({"train.parquet": buffer.getvalue()}).items
        assert [item.read() for item in items if isinstance(item, Item)] == raw


def test_parquet_may_hold_whole_recordings():
    sounds = [{"bytes": wav(300 + 40 * n), "path": f"{n}.wav"} for n in range(COUNT)]
    buffer = io.BytesIO()
    pq.write_table(pa.table({"audio": sounds, "label": LABELS}), buffer)
    reading = read({"train.parquet": buffer.getvalue()})
    assert reading.modality == "sound"


def test_numbers_that_are_no_pixels_stay_what_they_are():
    names = [f"vote{n}" for n in range(64)]
    rows = [(*map(str, RNG.integers(0, 2, 64)), "ab"[n % 2]) for n in range(COUNT)]
    assert read({"votes.csv": written([(*names, "party"), *rows])}).modality == "table"
    assert read({"mnist.csv": columns(header=True, first=True)}, kind="table").modality == "table"


def test_a_row_that_is_no_picture_is_unreadable_and_odd_arrays_are_refused():
    lines = cells().decode().splitlines()
    lines[5] = "1,nothing here"
    items = [item for item in read({"fer.csv": "\n".join(lines).encode()}).items if isinstance(item, Item)]
    odd = [item for item in items if item.name == "row 6"]
    assert len(items) == COUNT
    with pytest.raises(UnreadableExampleError, match="no picture of as many pixels"):
        odd[0].read()
    with pytest.raises(DataError, match="'x' has too many dimensions"):
        read({"t.npz": arrays(x=np.zeros((4, 2, 3, 4, 5)), y=np.arange(4))})
