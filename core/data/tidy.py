"""Throwing away what nobody will ask for again."""

from __future__ import annotations

import shutil
import time
from contextlib import suppress
from pathlib import Path

from core.workspace import Workspace

KEEP_UPLOADS_DAYS = 7
"""A copy of an upload is kept so long, to be read again in another way."""
KEEP_STAGING_DAYS = 1
"""What a reading left behind that was killed."""


def tidy(workspace: Workspace) -> None:
    """Delete old uploads, old job folders and what killed readings left. Data sets and runs are never touched."""
    _delete_older(workspace.staging, KEEP_STAGING_DAYS)
    _delete_older(workspace.jobs, KEEP_UPLOADS_DAYS)
    captures = workspace.uploads / "captures"
    if captures.is_dir():
        _delete_older(captures, KEEP_UPLOADS_DAYS)
    _delete_older(workspace.uploads, KEEP_UPLOADS_DAYS, but=captures)


def _delete_older(folder: Path, days: float, but: Path | None = None) -> None:
    limit = time.time() - days * 86400
    for path in folder.iterdir():
        with suppress(OSError):  # another server is faster, or a file is in use
            if path != but and path.stat().st_mtime < limit:
                shutil.rmtree(path) if path.is_dir() else path.unlink()
