"""Embeddings by content: kept, shared, and never mixed up."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing, suppress

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.cache import VectorCache
from tests.refusing_disk import full_disk, read_only_disk

VECTORS = {f"id{i}": np.arange(i, i + 4, dtype=np.float32) for i in range(3)}


def assert_same(found, expected):
    assert found.keys() == expected.keys()
    for key, vector in expected.items():
        assert found[key].dtype == np.float32
        assert np.array_equal(found[key], vector)


def test_what_was_put_is_found_also_after_reopening(workspace):
    VectorCache(workspace, "m", 224).put(VECTORS)
    assert_same(VectorCache(workspace, "m", 224).get([*VECTORS, "unknown"]), VECTORS)


@pytest.mark.parametrize(
    ("identity", "size", "view"), [("n", 224, "plain"), ("m", 96, "plain"), ("m", 224, "mirrored")]
)
def test_model_size_and_view_are_kept_apart(workspace, identity, size, view):
    VectorCache(workspace, "m", 224).put(VECTORS)
    assert VectorCache(workspace, identity, size, view).get(list(VECTORS)) == {}


def test_a_newer_vector_replaces_the_older(workspace):
    cache = VectorCache(workspace, "m", 224)
    cache.put({"a": np.zeros(3)})
    cache.put({"a": np.ones(3)})
    assert_same(cache.get(["a"]), {"a": np.ones(3, np.float32)})


def test_thousands_can_be_asked_for_at_once(workspace):
    cache = VectorCache(workspace, "m", 224)
    many = {f"{i:032x}": np.full(2, i, np.float32) for i in range(2345)}
    cache.put(many)
    assert_same(cache.get(list(many)), many)


def test_two_openings_at_once_see_each_other(workspace):
    one, other = VectorCache(workspace, "m", 224), VectorCache(workspace, "m", 224)
    one.put({"a": np.ones(3, np.float32)})
    other.put({"b": np.zeros(3, np.float32)})
    assert set(one.get(["a", "b"])) == set(other.get(["a", "b"])) == {"a", "b"}


def test_an_identity_with_slashes_stays_inside_the_cache(workspace):
    VectorCache(workspace, "../../hub:org/name", 224).put(VECTORS)
    assert [path.parent.name for path in workspace.root.rglob("*.sqlite")] == ["embeddings"]


def test_a_lost_file_only_costs_time(workspace):
    VectorCache(workspace, "m", 224).put(VECTORS)
    for file in (workspace.cache / "embeddings").iterdir():
        file.unlink()
    cache = VectorCache(workspace, "m", 224)
    assert cache.get(list(VECTORS)) == {}
    cache.put(VECTORS)
    assert_same(cache.get(list(VECTORS)), VECTORS)


def test_a_spoilt_file_only_costs_time(workspace):
    """Everything under `cache` can be computed again, so nothing in it may stop a run."""
    VectorCache(workspace, "m", 224).put(VECTORS)
    (file,) = (workspace.cache / "embeddings").glob("*.sqlite")
    for leftover in (workspace.cache / "embeddings").iterdir():
        leftover.unlink()
    file.write_bytes(b"this is no database" * 100)
    cache = VectorCache(workspace, "m", 224)
    assert cache.get(list(VECTORS)) == {}
    cache.put(VECTORS)
    assert_same(cache.get(list(VECTORS)), VECTORS)


@pytest.mark.parametrize("disk", [full_disk, read_only_disk])
def test_a_disk_that_refuses_only_costs_time(workspace, disk):
    with disk(workspace.root):
        cache = VectorCache(workspace, "m", 224)
        cache.put(VECTORS)
        assert cache.get(list(VECTORS)) == {}
        assert cache.known(list(VECTORS)) == set()


def test_what_is_kept_is_found_where_nothing_may_be_written(workspace, monkeypatch):
    """SQLite would make files beside it, for its locks."""
    VectorCache(workspace, "m", 224).put(VECTORS)
    monkeypatch.setattr(os, "access", lambda path, mode: mode != os.W_OK)
    with read_only_disk(workspace.root):
        assert_same(VectorCache(workspace, "m", 224).get(list(VECTORS)), VECTORS)


def test_the_last_of_a_disk_is_left_to_what_cannot_be_computed_again(workspace, monkeypatch):
    monkeypatch.setattr("core.storage.free_bytes", lambda path: 32 * 1024**2)
    cache = VectorCache(workspace, "m", 224)
    cache.put(VECTORS)
    assert cache.get(list(VECTORS)) == {}


def test_a_vector_of_which_one_bit_changed_is_unknown(workspace):
    VectorCache(workspace, "m", 224).put(VECTORS)
    (file,) = (workspace.cache / "embeddings").glob("*.sqlite")
    with closing(sqlite3.connect(file)) as db, db:
        (blob,) = db.execute("SELECT vector FROM vectors WHERE id = 'id1'").fetchone()
        db.execute("UPDATE vectors SET vector = ? WHERE id = 'id1'", (bytes([blob[0] ^ 1]) + blob[1:],))
    cache = VectorCache(workspace, "m", 224)
    assert_same(cache.get(list(VECTORS)), {key: VECTORS[key] for key in ("id0", "id2")})
    cache.put(VECTORS)
    assert_same(cache.get(list(VECTORS)), VECTORS)


def test_a_file_that_another_process_is_writing_is_never_thrown_away(workspace, monkeypatch):
    """SQLite says "locked" with a kind of the same error with which it says "spoilt"."""
    VectorCache(workspace, "m", 224).put(VECTORS)
    (file,) = (workspace.cache / "embeddings").glob("*.sqlite")
    monkeypatch.setattr(VectorCache, "_connect", lambda self: sqlite3.connect(self._path, timeout=0))
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("PRAGMA journal_mode=DELETE")
        other.execute("BEGIN EXCLUSIVE")
        with suppress(sqlite3.OperationalError):
            VectorCache(workspace, "m", 224)
        other.execute("COMMIT")
    assert_same(VectorCache(workspace, "m", 224).get(list(VECTORS)), VECTORS)


@given(st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), st.lists(st.floats(width=32), min_size=1)))
def test_any_vector_comes_back_to_the_bit(workspace, rows):
    cache = VectorCache(workspace, "any", 1)
    vectors = {key: np.array(values, np.float32) for key, values in rows.items()}
    cache.put(vectors)
    found = cache.get(list(vectors))
    assert {key: vector.tobytes() for key, vector in found.items()} == {k: v.tobytes() for k, v in vectors.items()}
