"""A file that was looked at, and what is remembered of it: the cells of all files together may be too many to keep."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from core.data.readers.options import ReadOptions
from core.data.readers.source import SourceFile
from core.data.readers.tables.shape import Row, Table
from core.data.readers.tables.table import load_table
from core.errors import DataError
from core.limits import Limits


@dataclass(frozen=True)
class Found:
    """`how` its table was read and with what `options`, its columns, and how many rows it has.

    `how` is None where there is no table in the file. `table` is None where it is not kept.
    """

    file: SourceFile
    options: ReadOptions
    table: Table | None
    how: dict[str, Any] | None
    columns: Row = ()
    rows: int = 0

    @classmethod
    def of(cls, file: SourceFile, table: Table | None, options: ReadOptions, keep: bool = True) -> Found:
        if table is None:
            return cls(file, options, None, None)
        count = len(table.rows) + len(table.skips)
        return cls(file, options, table if keep else None, table.how, table.columns, count)

    @property
    def path(self) -> PurePosixPath:
        return self.file.path

    @property
    def has_names(self) -> bool:
        """True when the file itself names its columns."""
        return self.how is not None and self.how.get("header") != "no" and "column 1" not in self.columns

    def read(self, limits: Limits) -> Table:
        """The table, read again if it was not kept."""
        table = self.table or load_table(self.file, self.options, limits)
        if table is None:
            raise DataError(f"'{self.path}' changed while it was read.", "Try once more.")
        return table
