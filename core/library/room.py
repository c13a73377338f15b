"""How much room a workspace takes, what of it can be cleared, and how much it may take: the disk budget.

The store of examples, by far the largest part, is a few hundred folders whose files never change, so each is measured
once and again when it has changed. Everything else is small and measured each time.
"""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from core.data.dataset import THUMBNAILS
from core.data.store import bytes_of, named_in
from core.errors import DataError, RunError, StorageError, UserError
from core.library.items import Item, about_job, folder_bytes, list_items
from core.limits import HOW_TO_SET
from core.messages import NOTHING, Message, sentences
from core.runs.folder import ACTIVE, RunFolder
from core.storage import Damaged, free_bytes, has_owner, read_json, write, write_json, writing
from core.workspace import Workspace

WARN_FROM = 0.8
"""Share of the budget."""
_SETTINGS, _BUDGET = "settings.json", "disk_budget_megabytes"
_MEGABYTE = 1024**2

# --- how much there is ------------------------------------------------------------------------------------------------

_PARTS: dict[str, Message] = {
    "datasets": Message("Datasets"),
    "examples": Message("Pictures of all datasets"),
    "runs": Message("Runs"),
    "studies": Message("Studies"),
    "jobs": Message("Exports and short jobs"),
    "uploads": Message("Uploaded files"),
    "albums": Message("Pictures from phones"),
    "cache": Message("Caches"),
    "bin": Message("Bin"),
}


@dataclass(frozen=True, slots=True)
class Usage:
    """Bytes: what each part of the workspace takes by name, what is free on its disk, and the budget (None: none)."""

    parts: dict[str, int]
    free: int
    budget: int | None

    @property
    def total(self) -> int:
        return sum(self.parts.values())

    def named(self) -> Iterator[tuple[str, Message, int]]:
        """Each part by its key, as people call it, with its size; the largest first."""
        for key in sorted(self.parts, key=self.parts.__getitem__, reverse=True):
            yield key, _PARTS[key], self.parts[key]

    @property
    def warning(self) -> Message:
        """What is to be said before the budget is reached, and when it is; nothing while there is room enough."""
        if self.budget is None or self.total < WARN_FROM * self.budget:
            return NOTHING
        known = {"total": self.total, "budget": self.budget}
        if self.total < self.budget:
            said = Message(
                "Everything together takes {total:bytes} of the {budget:bytes} that are meant for it.", **known
            )
        else:
            said = Message(
                "Everything together takes {total:bytes}, which is more than the {budget:bytes} meant for it.", **known
            )
        return sentences(said, Message("Delete what is not needed, empty the bin, or clear caches."))


def usage(workspace: Workspace) -> Usage:
    """How much room everything takes. DataError where the settings cannot be read."""
    sizes = {name: folder_bytes(workspace.root / name) for name in _PARTS if name != "examples"}
    sizes["examples"] = _store_bytes(workspace.examples)
    return Usage({name: sizes[name] for name in _PARTS}, free_bytes(workspace.root), budget(workspace))


def sizes_of(items: Iterable[Item], workspace: Workspace, patience: float = float("inf")) -> dict[str, int | None]:
    """What each item takes in bytes, the pictures of a dataset included, which it may share with others.

    A dataset never changes, so its pictures are measured once, and that is kept. After `patience` seconds it is left
    for the next time (None); at least one is measured each time.
    """
    file, began = workspace.own_cache / "picture_bytes.json", time.monotonic()
    kept = read_json(file)
    known: dict[str, int] = {} if isinstance(kept, Damaged) else kept
    before = len(known)
    sizes: dict[str, int | None] = {}
    for item in items:
        has_pictures = item.kind == "dataset" and item.about and not (item.path / THUMBNAILS).exists()
        if has_pictures and item.id not in known:
            if len(known) > before and time.monotonic() - began > patience:
                sizes[item.id] = None
                continue
            named = named_in(item.path)
            if not isinstance(named, Damaged):
                known[item.id] = bytes_of(named, item.about["modality"], workspace.examples)
        sizes[item.id] = item.bytes + (known.get(item.id, 0) if has_pictures else 0)
    if len(known) > before:
        with suppress(StorageError):  # it is measured again
            write_json(file, known)
    return sizes


def _store_bytes(store: Path) -> int:
    size = 0
    with suppress(OSError):
        for folder in store.iterdir():
            if folder.is_dir():
                size += _measured(folder, folder.stat().st_mtime_ns)
    return size


@lru_cache(1024)
def _measured(folder: Path, changed: int) -> int:
    return folder_bytes(folder)


# --- what can be cleared ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Cache:
    """Something that can be made again: what it is, what clearing it costs, and how that is done."""

    title: Message
    cost: Message
    paths: Callable[[Workspace], Iterator[Path]]


def _everything(workspace: Workspace) -> Iterator[Path]:
    yield from workspace.own_cache.glob("*")


def _uploads(workspace: Workspace) -> Iterator[Path]:
    """All but what is being read right now."""
    active = [about for path, about in _jobs(workspace) if _is_active(path, about)]
    busy = [Path(text) for about in active for text in _texts(about["request"])]
    captures = workspace.uploads / "captures"
    for path in (*workspace.uploads.glob("*"), *captures.glob("*")):
        if path != captures and not has_owner(path) and not any(one.is_relative_to(path) for one in busy):
            yield path


def _texts(request: Any) -> Iterator[str]:
    """Whatever in a request may be the path of a file."""
    if isinstance(request, str):
        yield request
    elif isinstance(request, (dict, list)):
        for value in request.values() if isinstance(request, dict) else request:
            yield from _texts(value)


def _short_jobs(workspace: Workspace) -> Iterator[Path]:
    """All that are over, save exports, which are things of their own."""
    for path, about in _jobs(workspace):
        if about["kind"] != "export" and not _is_active(path, about):
            yield path


def _jobs(workspace: Workspace) -> Iterator[tuple[Path, dict[str, Any]]]:
    """The folder of each short job that can be read, and what it says."""
    for path in workspace.jobs.glob("*"):
        with suppress(RunError):
            yield path, about_job(path)


def _is_active(path: Path, about: dict[str, Any]) -> bool:
    return about["state"] in ACTIVE and RunFolder(path).status().active


CACHES: dict[str, Cache] = {
    "cache": Cache(
        Message("Caches"),
        Message("Features of examples, translated models, measured speeds. The next training takes longer, once."),
        _everything,
    ),
    "uploads": Cache(
        Message("Uploaded files"),
        Message("Copies of what was uploaded. Afterwards it cannot be read again in another way."),
        _uploads,
    ),
    "jobs": Cache(
        Message("Short jobs"),
        Message("Answers and explanations that were given, tables of them too. Exports stay."),
        _short_jobs,
    ),
}
"""What can be cleared, by name."""


def cache_bytes(name: str, workspace: Workspace) -> int:
    """How much room clearing it makes."""
    return sum(map(folder_bytes, CACHES[name].paths(workspace)))


def clear(name: str, workspace: Workspace) -> None:
    """Delete what can be made again. UserError while a training needs the caches."""
    if name == "cache" and any(item.state in ACTIVE for item in list_items(workspace)):
        raise UserError(
            Message("A training, a study or an export is under way and uses the caches."),
            Message("Wait for its end, or stop it first."),
        )
    for path in CACHES[name].paths(workspace):
        with suppress(OSError):  # somebody has it open; it goes the next time
            shutil.rmtree(path) if path.is_dir() else path.unlink()


# --- how much it may be -----------------------------------------------------------------------------------------------


def budget(workspace: Workspace) -> int | None:
    """What the workspace may take in bytes, as its settings say; None where they say nothing. DataError where they
    cannot be read."""
    asked = _settings(workspace).get(_BUDGET)
    if asked is None:
        return None
    if type(asked) is not int or asked < 1:
        raise DataError(
            Message("settings.json sets a limit that does not work: {names:list}.", names=[_BUDGET]), HOW_TO_SET
        )
    return asked * _MEGABYTE


def set_budget(size: int | None, workspace: Workspace) -> None:
    """Keep what the workspace may take, in bytes; None takes the limit away. StorageError where the disk refuses."""
    settings = _settings(workspace)
    if size is None:
        settings.pop(_BUDGET, None)
    else:
        settings[_BUDGET] = max(1, round(size / _MEGABYTE))
    content = json.dumps(settings, ensure_ascii=False, indent=2).encode()
    with writing(workspace.root):
        workspace.root.mkdir(parents=True, exist_ok=True)
    write(workspace.root / _SETTINGS, content)  # without a seal: people write in it by hand


def _settings(workspace: Workspace) -> dict[str, Any]:
    try:
        found = json.loads((workspace.root / _SETTINGS).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise DataError(Message("settings.json is not written as it should be."), HOW_TO_SET) from error
    if not isinstance(found, dict):
        raise DataError(Message("settings.json is not written as it should be."), HOW_TO_SET)
    return found
