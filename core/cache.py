"""Vectors that were computed once, by content: embeddings, looks. One SQLite file for each kind and input size."""

from __future__ import annotations

import os
import re
import sqlite3
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, suppress
from typing import Any

import numpy as np

from core.storage import may_be_cached
from core.workspace import Workspace

_BATCH = 500
_FLOAT = 4
"""Bytes."""
CACHE_VIEW = "hamming"
"""How examples were prepared for the embeddings that are kept; another name leaves old ones behind."""


class VectorCache:
    """Vectors by example id. Safe to share between processes.

    It only ever saves time: what is damaged is as good as unknown (a file that SQLite cannot read is thrown away, and
    each vector has a checksum), and what cannot be kept, since the disk is full or read-only, is not.
    """

    def __init__(
        self, workspace: Workspace, identity: str, size: int, view: str = "plain", *, foreign: bool = False
    ) -> None:
        """`foreign` ones are those of datasets that came in a project (see `Dataset.foreign`)."""
        folder = workspace.own_cache / "foreign" if foreign else workspace.cache / "embeddings"
        with suppress(OSError):
            folder.mkdir(exist_ok=True)
        self._path = folder / (re.sub(r"[^A-Za-z0-9._-]", "_", f"{identity}-{size}-{view}") + ".sqlite")

    def get(self, ids: Sequence[str]) -> dict[str, np.ndarray]:
        """The vectors (d,) float32 that are known, by id."""
        return dict(self.each(ids))

    def each(self, ids: Sequence[str]) -> Iterator[tuple[str, np.ndarray]]:
        """The known ones of `ids` with their vectors (d,) float32, a few at a time."""
        for key, blob, check in self._rows("id, vector, crc", ids):
            if zlib.crc32(blob) == check:
                yield key, np.frombuffer(blob, dtype=np.float32)

    def known(self, ids: Sequence[str]) -> set[str]:
        """Those of `ids` whose vector is kept."""
        return {key for (key,) in self._rows("id", ids)}

    def put(self, vectors: Mapping[str, np.ndarray]) -> None:
        """Keep vectors by id."""
        if not may_be_cached(self._path, sum(vector.size * _FLOAT for vector in vectors.values())):
            return
        blobs = {key: np.ascontiguousarray(vector, dtype=np.float32).tobytes() for key, vector in vectors.items()}
        rows = [(key, blob, zlib.crc32(blob)) for key, blob in blobs.items()]
        try:
            with closing(self._connect()) as db, db:
                db.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?, ?)", rows)
        except sqlite3.Error as error:
            self._give_up(error)

    def _rows(self, columns: str, ids: Sequence[str]) -> Iterator[tuple[Any, ...]]:
        try:
            with closing(self._connect()) as db:
                for start in range(0, len(ids), _BATCH):
                    part = ids[start : start + _BATCH]
                    marks = ",".join("?" * len(part))
                    yield from db.execute(f"SELECT {columns} FROM vectors WHERE id IN ({marks})", part)
        except sqlite3.Error as error:
            self._give_up(error)

    def _give_up(self, error: sqlite3.Error) -> None:
        """Throw a damaged file away. One that is locked or cannot be written for now is left alone."""
        if not isinstance(error, sqlite3.OperationalError):
            for ending in ("", "-wal", "-shm"):
                with suppress(OSError):
                    self._path.with_name(self._path.name + ending).unlink(missing_ok=True)

    def _connect(self) -> sqlite3.Connection:
        if not os.access(self._path.parent, os.W_OK):
            # Nobody can write there, so nobody does: SQLite need not lock the file, for which it would have to write.
            return sqlite3.connect(f"{self._path.absolute().as_uri()}?immutable=1", uri=True)
        db = sqlite3.connect(self._path, timeout=30)
        db.execute("PRAGMA synchronous=OFF")  # what a power cut may spoil is made again
        db.execute("PRAGMA journal_mode=WAL")
        db.execute("CREATE TABLE IF NOT EXISTS vectors (id TEXT PRIMARY KEY, vector BLOB, crc INTEGER) WITHOUT ROWID")
        return db
