"""Files of arrays: texts, numbers, the names of columns and classes, and what is never read."""

from __future__ import annotations

import io
import zipfile

import numpy as np
import pytest

from core.data.readers.opening import open_path
from core.errors import DataError
from core.limits import Limits
from tests.core.data.readers.making import load, pairs, read, splits

TEXTS = ["the soup was cold", "my book is lost", "more fruit please", "the essay is late"]
LABELS = ["food", "school", "food", "school"]
NUMBERS = np.arange(24).reshape(12, 2) / 2
KINDS = np.arange(12) % 3


def packed(**arrays) -> bytes:
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)
    return buffer.getvalue()


@pytest.mark.parametrize("texts", [np.array(TEXTS), np.array([text.encode() for text in TEXTS])], ids=["text", "bytes"])
def test_texts_and_their_labels(texts):
    _, items = read({"t.npz": packed(texts=texts, labels=np.array(LABELS))})
    assert pairs(items) == list(zip(TEXTS, LABELS, strict=True))


def test_numbers_with_the_names_of_columns_and_classes():
    table = load(packed(X=NUMBERS, y=KINDS, feature_names=["length", "width"], target_names=["a", "b", "c"]), "t.npz")
    assert table.columns == ("length", "width", "label")
    assert table.rows[:2] == [("0", "0.5", "a"), ("1", "1.5", "b")]
    assert load(packed(X=NUMBERS, y=KINDS.reshape(-1, 1)), "t.npz").columns == ("x 1", "x 2", "label")


def test_numbers_of_classes_are_the_classes_of_texts():
    raw = packed(text=np.array(TEXTS), label=np.array([0, 1, 0, 1]), classes=np.array(["food", "school"]))
    assert pairs(read({"t.npz": raw})[1]) == list(zip(TEXTS, LABELS, strict=True))


def test_parts_in_the_names_of_the_arrays():
    raw = packed(
        x_train=np.array(TEXTS), y_train=np.array(LABELS), x_test=np.array(TEXTS[:2]), y_test=np.array(LABELS[:2])
    )
    _, items = read({"t.npz": raw})
    assert splits(items) == ["train"] * 4 + ["test"] * 2


def test_objects_of_python_are_never_read():
    assert load(packed(a=np.array([{"x": 1}, None], dtype=object), b=np.array([1, 2])), "t.npz") is None


def test_it_is_no_archive_of_files(tmp_path):
    (tmp_path / "t.npz").write_bytes(packed(text=np.array(TEXTS), label=np.array(LABELS)))
    assert [str(file.path) for file in open_path(tmp_path / "t.npz", Limits()).files] == ["t.npz"]


def test_more_than_there_is_is_damage_and_more_than_the_limit_is_refused():
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(header, {"descr": "<f8", "fortran_order": False, "shape": (10**6, 2)})
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("x.npy", header.getvalue() + bytes(16))
    with pytest.raises(DataError, match="damaged"):
        load(buffer.getvalue(), "t.npz")
    with pytest.raises(DataError, match="unpacks to far more"):
        load(packed(x=np.zeros((2_000_000, 2))), "t.npz", limits=Limits(table_megabytes=1))


def test_damaged_ones_are_read_or_refused_by_name():
    raw = packed(text=np.array(TEXTS), label=np.array(LABELS))
    for at in range(0, len(raw), 3):
        damaged = bytearray(raw)
        damaged[at] ^= 1 << at % 8
        try:
            load(bytes(damaged), "t.npz")
        except DataError as error:
            assert "t.npz" in str(error)
