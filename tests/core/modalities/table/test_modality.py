"""Rows as a kind of example."""

import json

import numpy as np
import pytest

from core.errors import UnreadableExampleError, UserError
from core.modalities.table.fitting import fit_columns
from core.modalities.table.modality import TableModality, TableSpec
from core.modalities.table.rows import MOST_LETTERS, row_text

KIND = TableModality()


def test_a_row_is_an_object_of_cells():
    given = {"age": 22, "size": 1.5, "sex": " male ", "alive": True, "cabin": None, "ticket": "#N/A", "fare": 7.125}
    row = KIND.read(json.dumps(given).encode())
    expected = {"age": "22", "size": "1.5", "sex": "male", "alive": "true", "cabin": "", "ticket": "", "fare": "7.1250"}
    assert row == expected


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"[1]",
        b"7",
        b"{",
        b'{"a": [1]}',
        b'{"a": {}}',
        b"\xff",
        b'{"a": ' * 9999,
        b"{}",
        b'{"a": "NA"}',
        b'{"a": NaN}',
    ],
)
def test_what_is_no_row_is_refused(raw):
    with pytest.raises(UnreadableExampleError):
        KIND.read(raw)


def test_the_order_of_cells_and_empty_ones_make_no_other_row():
    digests = {
        KIND.digest(raw) for raw in (b'{"a": "1", "b": 2}', b'{"b": "2", "a": 1}', b'{"b": "2", "a": 1, "c": null}')
    }
    assert len(digests) == 1
    assert KIND.digest(b'{"a": "2", "b": "1"}') not in digests


def test_it_is_kept_and_loaded_again(tmp_path):
    row = KIND.read(
        '{"größe": 3, "x": null, "odd": "\ud83d"}'.encode("utf-8", "surrogatepass").replace(b"\xed\xa0\xbd", b"?")
    )
    text = KIND.keep(row, "d", tmp_path)
    assert KIND.load("d", text, tmp_path) == row
    assert KIND.line(text) == "größe: 3"
    for damaged in ("", "[]", '{"a": 1}', None):
        with pytest.raises(UnreadableExampleError):
            KIND.load("d", damaged, tmp_path)


def test_a_long_cell_is_cut():
    assert len(KIND.read(json.dumps({"a": "x" * 9999}).encode())["a"]) == MOST_LETTERS


def test_a_row_can_be_typed_or_named(tmp_path):
    assert KIND.read(KIND.raw('{"a": 1}')) == {"a": "1"}
    (tmp_path / "row.json").write_text('{"a": 2}')
    assert KIND.read(KIND.raw(str(tmp_path / "row.json"))) == {"a": "2"}
    with pytest.raises(UserError):
        KIND.raw("no row")
    with pytest.raises(UserError) as refused:
        KIND.raw("gone.csv")
    assert str(refused.value) == "There is no file 'gone.csv'."


def test_variations_leave_cells_out_but_never_all():
    row = {"a": "1", "b": "2", "c": ""}
    assert KIND.augment(row, "none", np.random.default_rng(0)) == row
    varied = [KIND.augment(row, "strong", np.random.default_rng(seed)) for seed in range(50)]
    assert {tuple(v) for v in varied} == {("a", "b", "c")}
    assert any(v != row for v in varied) and all(v["a"] or v["b"] for v in varied)


def test_batches_hold_features_or_cells():
    rows = [{"a": "1", "b": "x"}, {"a": "2", "b": "y"}, {"a": "", "b": "y"}]
    columns = fit_columns(rows)
    assert KIND.batch(rows, TableSpec(columns))["features"].shape == (3, columns.width)
    apart = KIND.batch(rows, TableSpec(columns, apart=True))
    assert apart["codes"].tolist() == [[1, 3], [1, 2], [0, 2]] and apart["amounts"].dtype == np.float32


def test_half_an_emoji_can_be_kept():
    assert KIND.read(row_text({"a": "1", "b": "x\ud83d"}).encode()) == {"a": "1", "b": "x?"}
    assert KIND.read(b'{"a\\ud83d": "x\\ud83d"}') == {"a?": "x?"}
