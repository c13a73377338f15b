"""Where things live on disk. One folder per user, or wherever FINETUNE_LAB_HOME points."""

from __future__ import annotations

import os
import re
import secrets
import shutil
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import platformdirs

from core.messages import Message
from core.storage import Damaged, read_json, sweep

SHARED_CACHE = "FINETUNE_LAB_CACHE"
"""The environment variable that names a cache for several workspaces."""
_SAFE_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")


@dataclass(frozen=True, slots=True)
class Workspace:
    """The folders under `root`; each is made when first asked for, where the disk allows."""

    root: Path

    @classmethod
    def default(cls) -> Workspace:
        home = os.environ.get("FINETUNE_LAB_HOME")
        return cls(Path(home).expanduser().resolve() if home else Path(platformdirs.user_data_dir("finetune-lab")))

    @classmethod
    def holding(cls, job: Path) -> Workspace:
        """The one in which the folder of a run, a study or a short job lies."""
        return cls(job.parents[1])

    @classmethod
    def worked(cls, about: str = "worked") -> Workspace:
        """The worked examples that come with the program, to be looked at only: some finished runs and studies, and
        thumbnails of what they are about (see `benchmarks/worked_examples.py`). Those of lessons are figures alone, and
        `about` "worked_lessons"."""
        return cls(program_folder() / "sample_data" / about)

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
    def albums(self) -> Path:
        """Pictures that came one at a time, until a dataset is made of them (see `core.data.album`)."""
        return self._folder("albums")

    @property
    def staging(self) -> Path:
        """What is being read in just now, before all of it is kept or none."""
        return self._folder("staging")

    @property
    def bin(self) -> Path:
        """What was deleted and can still come back (see `core.library.bin`)."""
        return self._folder("bin")

    def binned(self, parent: str, item_id: str, about: str) -> tuple[Message, Message] | None:
        """What happened, and what to do next, where what lay in the folder `parent` under this id is in the bin; else
        None. The file `about` in it knows its title."""
        found = max(self.bin.glob(f"*.{parent}.{item_id}"), default=None) if is_safe_id(item_id) else None
        if found is None:
            return None
        kept = read_json(found / about)
        known = kept.rescued or {} if isinstance(kept, Damaged) else kept
        return (
            Message("'{title}' is in the bin. Restore it in the Library.", title=str(known.get("title") or item_id)),
            Message("On the command line: {command}", command=f"python -m core restore {item_id}"),
        )

    @property
    def cache(self) -> Path:
        """Everything in here can be computed again. FINETUNE_LAB_CACHE may name a folder for several workspaces: what
        one of a class has computed, the others need not."""
        shared = os.environ.get(SHARED_CACHE)
        return made(Path(shared)) if shared else self.own_cache

    @property
    def own_cache(self) -> Path:
        """The same for what no other workspace may rely on, since it came with somebody's file."""
        return self._folder("cache")

    def _folder(self, name: str) -> Path:
        return made(self.root / name)


def made(folder: Path) -> Path:
    """A folder, made where the disk allows."""
    with suppress(OSError):  # who reads finds nothing there, and who writes is told why
        folder.mkdir(parents=True, exist_ok=True)
    return folder


def program_folder() -> Path:
    """Where `app.py`, the pages and the sample data lie: beside `core` in a checkout, in a folder of their own beside
    it where a built package was installed."""
    beside = Path(__file__).resolve().parents[1]
    installed = beside / "finetune_lab"
    return installed if installed.is_dir() else beside


def new_id() -> str:
    """A fresh id that sorts by time, to the microsecond: 20261125-142501-9f3a1c02 (microseconds, then chance)."""
    now = datetime.now(UTC)
    return f"{now:%Y%m%d-%H%M%S}-{now.microsecond:05x}{secrets.randbelow(16**3):03x}"


def is_safe_id(text: str) -> bool:
    """True for text that can name a folder of ours; ids from addresses and flags are strangers' data."""
    return bool(_SAFE_ID.fullmatch(text))


KEEP_UPLOADS_DAYS = 7
"""A copy of an upload is kept so long, to be read again in another way."""
KEEP_STAGING_DAYS = 1
"""What a reading left behind that was killed."""


def tidy(workspace: Workspace, is_kept: Callable[[Path], bool] = lambda job: False) -> None:
    """Delete what killed processes left, old uploads and the folders of old jobs, save those that are kept. Datasets
    and runs are never touched."""
    sweep(workspace.root)
    _delete_older(workspace.staging, KEEP_STAGING_DAYS)
    _delete_older(workspace.jobs, KEEP_UPLOADS_DAYS, but=is_kept)
    captures = workspace.uploads / "captures"
    if captures.is_dir():
        _delete_older(captures, KEEP_UPLOADS_DAYS)
    _delete_older(workspace.uploads, KEEP_UPLOADS_DAYS, but=lambda path: path == captures)


def _delete_older(folder: Path, days: float, but: Callable[[Path], bool] = lambda path: False) -> None:
    limit = time.time() - days * 86400
    for path in folder.glob("*"):
        with suppress(OSError):  # another server is faster, or a file is in use
            if path.stat().st_mtime < limit and not but(path):
                shutil.rmtree(path) if path.is_dir() else path.unlink()
