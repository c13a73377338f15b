"""The bin: what was deleted is moved there, which takes a moment and can be undone, and goes for good after a week.

To delete and to restore is to rename a folder, so either has happened or not, also after a kill, and even a full disk
has room for it. All that is known of a deletion is in the folder's new name: `<entry>.<number>.<parent>.<id>`, where
the entry says when it was, and number 0 is what was asked for; the others are parts that went with it.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from core.data.samples import shown_title
from core.data.store import forget_unused
from core.errors import RunError, UserError
from core.library.items import Item, Kind, find_items, folder_bytes, kind_of_folder, list_items, parts_of, title_in
from core.library.remarks import gone
from core.library.uses import used
from core.messages import Message, counted, sentences
from core.runs.folder import RunFolder
from core.storage import remove, writing
from core.workspace import Workspace, new_id

KEEP_DAYS = 7
"""So long what was deleted can come back."""
_DAY = 86400.0
_NAME = re.compile(r"(\d{8}-\d{6}-[0-9a-f]{8})\.(\d{1,6})\.(datasets|runs|studies|jobs)\.([a-z0-9][a-z0-9-]{0,63})")
_NAMED = 4


@dataclass(frozen=True, slots=True)
class Binned:
    """What was deleted in one go: its folders in the bin, by the place where each lay (`runs/<id>`), what was asked for
    first. `deleted` is in seconds since 1970."""

    id: str
    folders: dict[str, Path]
    deleted: float

    @property
    def ids(self) -> list[str]:
        """The ids of what it holds."""
        return [place.partition("/")[2] for place in self.folders]

    @property
    def kind(self) -> Kind:
        """That of what was asked for."""
        return kind_of_folder(next(iter(self.folders)).partition("/")[0])

    @property
    def title(self) -> str:
        return title_in(next(iter(self.folders.values()))) or self.ids[0]

    @property
    def goes(self) -> float:
        """When it is deleted for good, in seconds since 1970."""
        return self.deleted + KEEP_DAYS * _DAY

    @property
    def bytes(self) -> int:
        return sum(map(folder_bytes, self.folders.values()))


# --- deleting ---------------------------------------------------------------------------------------------------------


def why_not(chosen: Sequence[Item], items: Sequence[Item], workspace: Workspace) -> list[Message]:
    """What stands against deleting these: whatever of it, or of its parts, is pinned or in use."""
    going = _with_parts(chosen, items)
    pinned = [
        Message("'{title}' is pinned. Unpin it first.", title=shown_title(item.title))
        for item in going
        if item.remark.pinned
    ]
    return [*pinned, *used(going, items, workspace)]


def what_goes(chosen: Sequence[Item], items: Sequence[Item]) -> Message:
    """What goes with these, and what stays behind and misses them; no sentence where neither."""
    going = _with_parts(chosen, items)
    ids, parts = {item.id for item in going}, len(going) - len(chosen)
    left = [item for item in items if item.id not in ids and item.needs & ids]
    said = []
    if parts:
        said.append(
            counted(
                "{n} more goes with it, which is a part of it (a later version of a dataset, a run of a benchmark).",
                "{n} more go with it, which are parts of it (later versions of a dataset, runs of a benchmark).",
                n=parts,
            )
        )
    if left:
        titles = [
            Message("'{title}' ({detail})", title=shown_title(item.title), detail=item.detail) for item in left[:_NAMED]
        ]
        more = [counted("{n} more", "{n} more", n=len(left) - _NAMED)] if len(left) > _NAMED else []
        said.append(
            Message(
                "Made with it: {names:list}. After it is deleted, they stay and can still be tried, but their results "
                "can no longer be shown, and they cannot be trained again.",
                names=[*titles, *more],
            )
        )
    return sentences(*said)


def to_bin(chosen: Sequence[Item], workspace: Workspace) -> list[Binned]:
    """Delete some things, each with its parts. UserError, and nothing is deleted, where one of them is in use or
    pinned, or was deleted meanwhile; StorageError where the disk refuses."""
    items = list_items(workspace)
    _refuse(why_not(chosen, items, workspace))
    entries: list[Binned] = []
    done: set[str] = set()
    try:
        for item in chosen:
            if item.id not in done:
                group = [one for one in (item, *parts_of(item, items)) if one.id not in done]
                done |= {one.id for one in group}
                entries.append(_move(item, group, workspace))
        # Somebody may have begun to use one of them at the very moment in which it went.
        _refuse(list(used(_with_parts(chosen, items), list_items(workspace), workspace)))
    except UserError:
        for entry in entries:
            restore(entry, workspace)
        raise
    return entries


def delete(ids: Sequence[str], workspace: Workspace) -> list[Binned]:
    """See `to_bin`, of what has these ids."""
    return to_bin(find_items(ids, workspace), workspace)


def _refuse(reasons: Sequence[Message]) -> None:
    if reasons:
        raise UserError(sentences(*dict.fromkeys(reasons)), Message("Nothing was deleted."))


def _with_parts(chosen: Sequence[Item], items: Sequence[Item]) -> list[Item]:
    found = {item.id: item for item in chosen}
    for item in chosen:
        found |= {part.id: part for part in parts_of(item, items)}
    return list(found.values())


def _move(item: Item, group: Sequence[Item], workspace: Workspace) -> Binned:
    """Move a thing and its parts, the parts first: what they need is there until they have gone."""
    entry, folders = new_id(), dict[str, Path]()
    try:
        for number, one in reversed(list(enumerate(group))):
            parent = one.path.parent.name
            target = workspace.bin / f"{entry}.{number}.{parent}.{one.id}"
            with writing(target):
                _move_one(one, target)
            folders[f"{parent}/{one.id}"] = target
    except (UserError, OSError) as error:
        restore(Binned(entry, folders, 0.0), workspace)
        if isinstance(error, FileNotFoundError):
            raise gone(item.title or item.id) from error
        raise
    return Binned(entry, dict(reversed(folders.items())), time.time())


def _move_one(item: Item, target: Path) -> None:
    if item.kind == "dataset" or item.why:
        os.replace(item.path, target)
        return
    try:
        RunFolder(item.path).move(target)
    except RunError:
        if not item.path.exists():
            raise gone(item.title) from None
        raise


# --- what is in it ----------------------------------------------------------------------------------------------------


def list_bin(workspace: Workspace) -> list[Binned]:
    """What can still come back, what was deleted last first. What is there for too long goes now."""
    found: dict[str, list[tuple[int, str, Path]]] = {}
    for path in workspace.bin.iterdir() if workspace.bin.is_dir() else ():
        if name := _NAME.fullmatch(path.name):
            found.setdefault(name[1], []).append((int(name[2]), f"{name[3]}/{name[4]}", path))
    entries = []
    for entry_id in sorted(found, reverse=True):
        deleted = datetime.strptime(entry_id[:15], "%Y%m%d-%H%M%S").replace(tzinfo=UTC).timestamp()
        entry = Binned(entry_id, {place: path for _, place, path in sorted(found[entry_id])}, deleted)
        if entry.goes > time.time():
            entries.append(entry)
        else:
            _forget(entry)
    return entries


def find_binned(given: str, workspace: Workspace) -> Binned:
    """The entry with this id, or the last one that holds what had this id. UserError where there is none."""
    wanted = given.rpartition(":")[2]
    for entry in list_bin(workspace):
        if wanted in (entry.id, *entry.ids):
            return entry
    raise UserError(
        Message("There is nothing with the id '{id}' in the bin.", id=given),
        Message("`python -m core bin` lists what there is."),
    )


def restore(entry: Binned, workspace: Workspace) -> None:
    """Bring all of an entry back. UserError where the same is there again already, or somebody else was faster."""
    for place in entry.folders:
        if (workspace.root / place).exists():
            raise UserError(
                Message("'{title}' is here again already.", title=entry.title),
                Message("Delete the one that is here first, or leave this one in the bin."),
            )
    try:
        for place, folder in entry.folders.items():
            with writing(workspace.root / place):
                os.replace(folder, workspace.root / place)
    except FileNotFoundError as error:
        raise UserError(
            Message("'{title}' is not in the bin any more.", title=entry.ids[0]),
            Message("Somebody restored it, or deleted it for good."),
        ) from error


def empty(entries: Sequence[Binned], workspace: Workspace) -> int:
    """Delete these for good, and the pictures that nobody needs any more; how many bytes that freed."""
    freed = sum(entry.bytes for entry in entries)
    for entry in entries:
        _forget(entry)
    return freed + forget_unused(workspace)


def tidy_bin(workspace: Workspace) -> None:
    """Let go of what has been in the bin for too long, and of the pictures that nobody needs any more."""
    before = len(list(workspace.bin.glob("*")))
    list_bin(workspace)
    if len(list(workspace.bin.glob("*"))) < before:
        forget_unused(workspace)


def _forget(entry: Binned) -> None:
    for folder in entry.folders.values():
        with suppress(OSError):  # somebody else was faster, or the disk is read-only
            remove(folder)
