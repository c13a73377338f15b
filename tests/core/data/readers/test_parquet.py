"""Parquet: cells as people read them, the names of classes inside it, damage."""

from __future__ import annotations

import datetime
import io
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from core.errors import DataError
from core.limits import Limits
from tests.core.data.readers.making import load, pairs, read, splits


def packed(columns, **about) -> bytes:
    buffer = io.BytesIO()
    table = columns if isinstance(columns, pa.Table) else pa.table(columns)
    pq.write_table(table, buffer, **about)
    return buffer.getvalue()


TEXTS = ["the soup was cold", "my book is lost", "more fruit please", "the essay is late"]
LABELS = ["food", "school", "food", "school"]


@pytest.mark.parametrize("name", ["train-00000-of-00001.parquet", "t.csv", "t"])
def test_a_table_of_texts(name):
    reading, items = read({name: packed({"text": TEXTS, "label": LABELS})})
    assert pairs(items) == list(zip(TEXTS, LABELS, strict=True))
    assert "encoding" not in reading.proposal


def test_cells_are_the_text_a_person_reads():
    values = [1.0, 0.5, None, float("nan")]
    days = [datetime.date(2024, 5, 1)] * 4
    table = load(
        packed({"f": values, "i": [1, None, 3, 4], "b": [True, False, None, True], "d": days, "l": [["a", "ü"]] * 4}),
        "t.parquet",
    )
    assert table.rows[0] == ("1", "1", "TRUE", "2024-05-01", '["a", "ü"]')
    assert [row[0] for row in table.rows] == ["1", "0.5", "", ""]


def test_numbers_whose_names_are_in_the_file_are_classes():
    features = {"label": {"names": ["food", "school"], "_type": "ClassLabel"}, "text": {"dtype": "string"}}
    table = pa.table({"text": TEXTS, "label": [0, 1, 0, 1]})
    about = {b"huggingface": json.dumps({"info": {"features": features}}).encode()}
    assert pairs(read({"t.parquet": packed(table.replace_schema_metadata(about))})[1])[1] == (TEXTS[1], "school")
    broken = packed(table.replace_schema_metadata({b"huggingface": b'{"info": [1]}'}))
    assert load(broken, "t.parquet").rows[1] == (TEXTS[1], "1")


def test_shards_and_parts_belong_together():
    files = {
        "data/train-00000-of-00002.parquet": packed({"text": TEXTS[:2], "label": LABELS[:2]}),
        "data/train-00001-of-00002.parquet": packed({"text": TEXTS[2:], "label": LABELS[2:]}),
        "data/test-00000-of-00001.parquet": packed({"text": ["so late"], "label": ["school"]}),
    }
    _, items = read(files)
    assert sorted(splits(items)) == ["test", "train", "train", "train", "train"]


def test_the_index_of_pandas_is_no_column():
    assert load(packed({"text": TEXTS, "label": LABELS, "__index_level_0__": [5, 6, 7, 8]}), "t.parquet").columns == (
        "text", "label",
    )  # fmt: skip


def test_other_files_inside_are_said():
    with pytest.raises(DataError, match=r"'t\.parquet' cannot be used\. The column 'scan' holds pictures or other"):
        load(packed({"scan": [b"x", b"y"], "label": [0, 1]}), "t.parquet")


def test_limits_are_seen_before_it_is_unpacked():
    with pytest.raises(DataError, match="more than 3 rows"):
        load(packed({"text": TEXTS, "label": LABELS}), "t.parquet", limits=Limits(rows=3))
    with pytest.raises(DataError, match="unpacks to far more"):
        load(packed({"text": ["x" * 12_000_000 + str(n) for n in range(2)], "label": [1, 2]}, compression="zstd"),
             "t.parquet", limits=Limits(table_megabytes=1))  # fmt: skip


def test_one_long_value_in_all_rows_is_kept_once():
    same = pa.DictionaryArray.from_arrays(pa.array([0] * 20_000), pa.array(["x" * 100_000]))
    table = load(packed({"text": same, "label": [n % 2 for n in range(20_000)]}), "t.parquet")
    assert len({id(row[0]) for row in table.rows}) < 100


def test_damaged_ones_are_read_or_refused_by_name():
    raw = packed({"text": TEXTS, "label": LABELS})
    for at in range(0, len(raw), 7):
        damaged = bytearray(raw)
        damaged[at] ^= 1 << at % 8
        try:
            load(bytes(damaged), "t.parquet")
        except DataError as error:
            assert "t.parquet" in str(error)
