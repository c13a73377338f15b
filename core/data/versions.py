"""Versions of a data set: a set never changes; a change makes a new version that remembers where it came from.

A version is its root (what was read in) and a list of changes. Its folder is named by its content, so a version that
a run was trained on stays as it was, and undoing everything leads back to the root itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from core.data.alike import group_again
from core.data.changes import Change, apply_changes
from core.data.dataset import Dataset, describe_dataset, kept_datasets
from core.errors import DataError
from core.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Lineage:
    """Where a version stands: its number, the version it was made from, the set that was read in, and all changes."""

    version: int
    root: str
    parent: str | None
    changes: tuple[Change, ...]

    def to_dict(self) -> dict[str, Any]:
        changes = [change.to_dict() for change in self.changes]
        return {"version": self.version, "root": self.root, "parent": self.parent, "changes": changes}


def lineage(dataset_id: str, workspace: Workspace) -> Lineage:
    """DataError when there is no such set."""
    said = describe_dataset(dataset_id, workspace).get("lineage")
    if said is None:
        return Lineage(1, dataset_id, None, ())
    changes = tuple(Change.from_dict(change) for change in said["changes"])
    return Lineage(said["version"], said["root"], said["parent"], changes)


def change_set(
    dataset_id: str, changes: Sequence[Change], workspace: Workspace, addition: dict[str, Any] | None = None
) -> Dataset:
    """Make and keep the version with these changes more. DataError when they cannot be made.

    `addition` is kept beside the version: how what was added last was understood.
    """
    return _version(dataset_id, (*lineage(dataset_id, workspace).changes, *changes), workspace, addition)


def undo(dataset_id: str, change_id: str, workspace: Workspace) -> Dataset:
    """Make and keep the version without one of its changes; the others are made again. DataError if it has no such."""
    before = lineage(dataset_id, workspace).changes
    left = tuple(change for change in before if change.id != change_id)
    if len(left) == len(before):
        raise DataError("There is no such change to undo.", "It may have been undone already.")
    return _version(dataset_id, left, workspace)


def latest_versions(workspace: Workspace) -> list[tuple[str, dict[str, Any]]]:
    """(id, description) of the newest version of every set, newest first."""
    newest: dict[str, tuple[str, dict[str, Any]]] = {}
    for dataset_id, about in kept_datasets(workspace):
        newest.setdefault(about.get("lineage", {}).get("root", dataset_id), (dataset_id, about))
    return list(newest.values())


def _version(
    dataset_id: str, changes: tuple[Change, ...], workspace: Workspace, addition: dict[str, Any] | None = None
) -> Dataset:
    before = lineage(dataset_id, workspace)
    root = Dataset.load(before.root, workspace)
    made = apply_changes(root, changes)
    if any(change.kind == "add" for change in changes):
        made = group_again(made, workspace)
    if _was_made(made.id, changes, workspace):
        made.save(workspace, describe_dataset(made.id, workspace))  # as it was, but the newest again
        return made
    about = describe_dataset(before.root, workspace)
    version = _number(made.id, before.root, workspace)
    new = Lineage(version, before.root, dataset_id if made.id != dataset_id else before.parent, changes)
    kept = {key: about[key] for key in ("report", "sample", "source") if key in about}
    if addition and made.id != dataset_id:
        kept["addition"] = addition
    made.save(workspace, {**kept, "lineage": new.to_dict()})
    return made


def _was_made(dataset_id: str, changes: tuple[Change, ...], workspace: Workspace) -> bool:
    """True when this version is here already, and made by the same changes."""
    known = dict(kept_datasets(workspace))
    return dataset_id in known and lineage(dataset_id, workspace).changes == changes


def _number(dataset_id: str, root: str, workspace: Workspace) -> int:
    """The number of a version: its own if it was made before, else the next."""
    family = {
        other: about.get("lineage", {}).get("version", 1)
        for other, about in kept_datasets(workspace)
        if about.get("lineage", {}).get("root", other) == root
    }
    return family.get(dataset_id) or 1 + max(family.values(), default=0)
