"""Jobs that keep house: save a project, open one, empty the bin."""

from __future__ import annotations

import zipfile
from collections.abc import Generator
from dataclasses import asdict
from pathlib import Path

from core.events import Event, JobEnded
from core.file_names import file_name
from core.jobs.base import Stop
from core.library.bin import empty, list_bin
from core.library.items import list_items
from core.messages import Message
from core.project.opening import open_project
from core.project.save import save_project
from core.runs.folder import RunFolder
from core.storage import replacing
from core.workspace import Workspace

PROJECT = "project.ftlab"
"""The file that saving leaves in the job's folder."""
CLASS = "class.zip"
"""The same of a whole class."""


def save(folder: RunFolder, workspace: Workspace, stop: Stop) -> Generator[Event, None, None]:
    """Save `items` (ids; none: everything) in `language`, with or without `originals`. Result: the `file`, its `bytes`,
    the `items` that it holds, and `notes`."""
    request = folder.request
    saved = yield from save_project(
        folder.path / PROJECT, request["items"], workspace, request["language"], originals=request["originals"],
        stop=stop,
    )  # fmt: skip
    if saved is None:
        yield JobEnded("stopped", Message("Saving was stopped."))
    else:
        yield JobEnded("completed", result={"file": PROJECT, **asdict(saved)})


def save_class(folder: RunFolder, workspace: Workspace, stop: Stop) -> Generator[Event, None, None]:
    """Save everything in each of the workspaces `homes` (a name and a path each) as a project of that name, all of them
    in one zip, in `language`. Result: the `file`, its `bytes`, and how many `projects` are in it."""
    request, written = folder.request, list[str]()
    part, whole = folder.path / PROJECT, folder.path / CLASS
    with replacing(whole) as temporary, zipfile.ZipFile(temporary, "w", zipfile.ZIP_STORED) as archive:
        for number, (name, home) in enumerate(request["homes"]):
            if list_items(Workspace(Path(home))):  # whoever has made nothing has nothing to save
                saved = yield from save_project(part, [], Workspace(Path(home)), request["language"], stop=stop)
                if saved is None:
                    break
                called = file_name(name, otherwise="student")
                archive.write(part, f"{number + 1:03}-{called}.ftlab")
                written.append(called)
        part.unlink(missing_ok=True)
    if stop():
        whole.unlink(missing_ok=True)
        yield JobEnded("stopped", Message("Saving was stopped."))
    else:
        result = {"file": CLASS, "bytes": whole.stat().st_size, "projects": len(written)}
        yield JobEnded("completed", result=result)


def open_file(folder: RunFolder, workspace: Workspace, stop: Stop) -> Generator[Event, None, None]:
    """Open the project file at `source`, which the person calls `name`. Result: see `Opened`."""
    request = folder.request
    opened = yield from open_project(Path(request["source"]), workspace, request["name"], stop)
    if opened is None:
        yield JobEnded("stopped", Message("Opening was stopped. Nothing of it was kept."))
    else:
        yield JobEnded("completed", result=asdict(opened))


def empty_bin(folder: RunFolder, workspace: Workspace, stop: Stop) -> Generator[Event, None, None]:
    """Delete `entries` of the bin for good (ids; none: all). Result: how many `bytes` that freed."""
    wanted = folder.request["entries"]
    entries = [entry for entry in list_bin(workspace) if not wanted or entry.id in wanted]
    freed = empty(entries, workspace)
    yield JobEnded("completed", result={"bytes": freed})
