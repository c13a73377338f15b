"""Vectors that were computed once, by content: embeddings, looks. One SQLite file for each kind and input size."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from typing import Any

import numpy as np

from core.workspace import Workspace

_BATCH = 500
CACHE_VIEW = "hamming"
"""How examples were prepared for the embeddings that are kept; another name leaves old ones behind."""


class VectorCache:
    """Vectors by example id. Safe to share between processes; a lost file only costs time."""

    def __init__(self, workspace: Workspace, identity: str, size: int, view: str = "plain") -> None:
        folder = workspace.cache / "embeddings"
        folder.mkdir(exist_ok=True)
        self._path = folder / (re.sub(r"[^A-Za-z0-9._-]", "_", f"{identity}-{size}-{view}") + ".sqlite")
        try:
            self._create()
        except sqlite3.OperationalError:  # locked or unreadable for now: never a reason to throw it away
            raise
        except sqlite3.DatabaseError:  # spoilt, by a full disk say
            for ending in ("", "-wal", "-shm"):
                self._path.with_name(self._path.name + ending).unlink(missing_ok=True)
            self._create()

    def get(self, ids: Sequence[str]) -> dict[str, np.ndarray]:
        """The vectors (d,) float32 that are known, by id."""
        return dict(self.each(ids))

    def each(self, ids: Sequence[str]) -> Iterator[tuple[str, np.ndarray]]:
        """The known ones of `ids` with their vectors (d,) float32, a few at a time."""
        for key, blob in self._rows("id, vector", ids):
            yield key, np.frombuffer(blob, dtype=np.float32)

    def known(self, ids: Sequence[str]) -> set[str]:
        """Those of `ids` whose vector is kept."""
        return {key for (key,) in self._rows("id", ids)}

    def put(self, vectors: Mapping[str, np.ndarray]) -> None:
        """Keep vectors by id."""
        rows = [(key, np.ascontiguousarray(vector, dtype=np.float32).tobytes()) for key, vector in vectors.items()]
        with closing(self._connect()) as db, db:
            db.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?)", rows)

    def _rows(self, columns: str, ids: Sequence[str]) -> Iterator[tuple[Any, ...]]:
        with closing(self._connect()) as db:
            for start in range(0, len(ids), _BATCH):
                part = ids[start : start + _BATCH]
                marks = ",".join("?" * len(part))
                yield from db.execute(f"SELECT {columns} FROM vectors WHERE id IN ({marks})", part)

    def _create(self) -> None:
        with closing(self._connect()) as db:
            db.execute("PRAGMA journal_mode=WAL")
            db.execute("CREATE TABLE IF NOT EXISTS vectors (id TEXT PRIMARY KEY, vector BLOB) WITHOUT ROWID")

    def _connect(self) -> sqlite3.Connection:
        db = sqlite3.connect(self._path, timeout=30)
        db.execute("PRAGMA synchronous=OFF")  # what a power cut may spoil is made again
        return db
