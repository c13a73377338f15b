"""Keeping count of how much a source brings, and saying so when it is more than the limits allow."""

from __future__ import annotations

from pathlib import PurePosixPath

from core.data.readers.kinds import is_picture
from core.errors import DataError
from core.limits import Limits

HOW_TO_RAISE = "The file settings.json in the workspace folder can raise this limit"


class Allowance:
    """What may still come in from the source called `name`."""

    def __init__(self, name: str, limits: Limits) -> None:
        self._name = name
        self._limits = limits
        self._files = 0
        self._bytes = 0

    def count_file(self) -> None:
        """One more file; DataError when that is one too many."""
        self._files += 1
        if self._files > self._limits.files:
            raise DataError(
                f"'{self._name}' holds more than {self._limits.files:,} files, which is the limit.",
                f'Use a part of it. {HOW_TO_RAISE}: {{"limits": {{"files": {2 * self._limits.files}}}}}.',
            )

    def count_bytes(self, size: int) -> None:
        """`size` more bytes that will be read; DataError when that is too much in all."""
        self._bytes += size
        limit = self._limits.total_megabytes
        if self._bytes > limit * 1024**2:
            raise DataError(
                f"'{self._name}' holds more than {limit:,} MB in all, which is the limit.",
                f'Use a part of it. {HOW_TO_RAISE}: {{"limits": {{"total_megabytes": {2 * limit}}}}}.',
            )

    def largest(self, path: PurePosixPath) -> int:
        """How many bytes a file with this name may have. What may turn out to be a table may be as large as one."""
        megabytes = self._limits.file_megabytes
        if not is_picture(path):
            megabytes = max(megabytes, self._limits.table_megabytes)
        return megabytes * 1024**2

    def why_too_large(self, path: PurePosixPath, size: int) -> str | None:
        """The reason to leave this file out, or None."""
        largest = self.largest(path)
        if size <= largest:
            return None
        return f"Larger than {largest // 1024**2} MB, which is the limit. {HOW_TO_RAISE} (file_megabytes)."
