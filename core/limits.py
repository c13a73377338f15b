"""How much of a stranger's file is taken in. The workspace's `settings.json` may change each limit."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from pathlib import PurePosixPath

from core.errors import DataError
from core.messages import Message
from core.workspace import Workspace

_MEGABYTE = 1024**2


@dataclass(frozen=True, slots=True)
class Limits:
    """Every number is the largest that is accepted."""

    files: int = 20_000
    """Files in one zip or folder."""
    total_megabytes: int = 4_000
    """What a zip or folder unpacks to."""
    file_megabytes: int = 64
    """One picture or text file."""
    table_megabytes: int = 50
    """One table, workbook or JSON file."""
    rows: int = 200_000
    """Rows in all tables of a source together."""
    columns: int = 16_384
    """Columns of one table; no spreadsheet program has more."""
    cells: int = 20_000_000
    """Cells of one table. A file that packs well may hold far more of them than fit into memory."""
    characters: int = 2_000_000
    """Characters of one cell; a long novel has half of them."""
    depth: int = 50
    """Folders inside one another."""
    project_files: int = 500_000
    """Files in one project file."""
    project_megabytes: int = 100_000
    """What a project file unpacks to."""

    @classmethod
    def of(cls, workspace: Workspace) -> Limits:
        """The limits of a workspace: the defaults, and what its `settings.json` says under "limits"."""
        file = workspace.root / "settings.json"
        if not file.exists():
            return cls()
        try:
            asked = json.loads(file.read_text(encoding="utf-8")).get("limits", {})
            known = {field.name for field in fields(cls)}
            strange = sorted(set(asked) - known) or sorted(k for k, v in asked.items() if type(v) is not int or v < 1)
        except (ValueError, AttributeError, TypeError) as error:
            raise DataError(Message("settings.json is not written as it should be."), HOW_TO_SET) from error
        if strange:
            problem = Message("settings.json sets a limit that does not work: {names:list}.", names=strange)
            raise DataError(problem, HOW_TO_SET)
        return cls(**asked)

    def check_rows(self, name: str, count: int) -> None:
        """DataError when `count` rows or lines of what is called `name` are more than the limit."""
        if count > self.rows:
            problem = Message("'{name}' has more than {n} rows, which is the limit.", name=name, n=self.rows)
            raise DataError(problem, how_to_raise("rows", 2 * self.rows))

    def check_columns(self, name: str, columns: int) -> None:
        """DataError when a table has more columns than the limit."""
        if columns > self.columns:
            problem = Message("'{name}' has more than {n} columns, which is the limit.", name=name, n=self.columns)
            raise DataError(problem, how_to_raise("columns", max(columns, 2 * self.columns)))

    def check_cells(self, name: str, cells: int) -> None:
        """DataError when a table has more cells than the limit."""
        if cells > self.cells:
            problem = Message("'{name}' has more than {n} cells, the limit for one table.", name=name, n=self.cells)
            raise DataError(problem, how_to_raise("cells", 2 * self.cells))

    def check_table(self, name: str, size: int) -> None:
        """DataError when a table file of `size` bytes is larger than the limit."""
        if size > self.table_megabytes * _MEGABYTE:
            problem = Message(
                "'{name}' is larger than {n} MB, the limit for one table.", name=name, n=self.table_megabytes
            )
            raise DataError(problem, how_to_raise("table_megabytes", size // _MEGABYTE + 1))


class Allowance:
    """Keeps count of what may still come in from the zip or folder called `name`."""

    def __init__(self, name: str, limits: Limits) -> None:
        self._name = name
        self._limits = limits
        self._files = 0
        self._bytes = 0

    def count_file(self) -> None:
        """One more file; DataError when that is one too many."""
        self._files += 1
        most = self._limits.files
        if self._files > most:
            problem = Message("'{name}' holds more than {n} files, which is the limit.", name=self._name, n=most)
            raise DataError(problem, how_to_raise("files", 2 * most))

    def count_bytes(self, size: int) -> None:
        """`size` more bytes that will be read; DataError when that is too much in all."""
        self._bytes += size
        most = self._limits.total_megabytes
        if self._bytes > most * _MEGABYTE:
            problem = Message("'{name}' holds more than {n} MB in all, which is the limit.", name=self._name, n=most)
            raise DataError(problem, how_to_raise("total_megabytes", 2 * most))

    def largest(self, *, table: bool) -> int:
        """How many bytes a file may have; what may turn out to be a `table` may be as large as one."""
        limits = self._limits
        return _MEGABYTE * (max(limits.file_megabytes, limits.table_megabytes) if table else limits.file_megabytes)

    def why_too_deep(self, path: PurePosixPath) -> Message | None:
        """The reason to leave out a file that lies in so many folders, or None."""
        most = self._limits.depth
        if len(path.parts) - 1 <= most:
            return None
        return Message("It lies more than {n} folders deep, which is the limit (depth in settings.json).", n=most)

    def why_too_large(self, size: int, *, table: bool) -> Message | None:
        """The reason to leave out a file of this size, or None."""
        largest = self.largest(table=table)
        if size <= largest:
            return None
        return Message(
            "Larger than {n} MB, which is the limit (file_megabytes in settings.json).", n=largest // _MEGABYTE
        )


def how_to_raise(limit: str, value: int) -> Message:
    """What to do about something too large: the setting that would let it in."""
    setting = json.dumps({"limits": {limit: value}})
    return Message(
        "Use a part of it, or raise the limit: {setting} in settings.json, which lies in the workspace folder.",
        setting=setting,
    )


HOW_TO_SET = Message("It should look like {example}.", example='{"limits": {"files": 20000, "table_megabytes": 50}}')
