"""Where things live on disk. One folder per user, or wherever FINETUNE_LAB_HOME points."""

from __future__ import annotations

import os
import re
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import platformdirs

_SAFE_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")


@dataclass(frozen=True, slots=True)
class Workspace:
    """The folders under `root`; each is made when first asked for."""

    root: Path

    @classmethod
    def default(cls) -> Workspace:
        home = os.environ.get("FINETUNE_LAB_HOME")
        return cls(Path(home).expanduser().resolve() if home else Path(platformdirs.user_data_dir("finetune-lab")))

    @property
    def datasets(self) -> Path:
        return self._folder("datasets")

    @property
    def examples(self) -> Path:
        """Decoded pictures by content digest, shared by all data sets."""
        return self._folder("examples")

    @property
    def runs(self) -> Path:
        """One folder for each training run."""
        return self._folder("runs")

    @property
    def jobs(self) -> Path:
        """One folder for each short job (reading files, trying a model)."""
        return self._folder("jobs")

    @property
    def studies(self) -> Path:
        """One folder for each experiment and each learning curve."""
        return self._folder("studies")

    @property
    def uploads(self) -> Path:
        return self._folder("uploads")

    @property
    def staging(self) -> Path:
        """What is being read in just now, before all of it is kept or none."""
        return self._folder("staging")

    @property
    def cache(self) -> Path:
        """Everything in here can be computed again."""
        return self._folder("cache")

    def _folder(self, name: str) -> Path:
        folder = self.root / name
        folder.mkdir(parents=True, exist_ok=True)
        return folder


def new_id() -> str:
    """A fresh id that sorts by time, to the microsecond: 20261125-142501-9f3a1c02 (microseconds, then chance)."""
    now = datetime.now(UTC)
    return f"{now:%Y%m%d-%H%M%S}-{now.microsecond:05x}{secrets.randbelow(16**3):03x}"


def is_safe_id(text: str) -> bool:
    """True for text that can name a folder of ours; ids from addresses and flags are strangers' data."""
    return bool(_SAFE_ID.fullmatch(text))


def write_atomically(path: Path, content: bytes) -> None:
    """Replace `path` by `content` so that a reader or a crash sees the old file or the new one, never half."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}.tmp")
    try:
        with temporary.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
