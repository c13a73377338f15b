"""Versions of a dataset: a dataset never changes; a change makes a new version that remembers where it came from.

A version is its root (what was imported) and a list of changes, so that each can be undone by itself. Its folder is
named by its content, so a version that a run was trained on stays as it was, and undoing everything leads back to the
root itself.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from core.data.dataset import FOREIGN, Dataset, Example, describe_dataset, kept_datasets, named
from core.data.duplicates import group_again
from core.data.findings import Remedy
from core.data.splits import came_divided, draw_test, given_parts
from core.errors import DataError
from core.messages import Message, counted
from core.workspace import Workspace


def _new_change_id() -> str:
    return secrets.token_hex(4)


@dataclass(frozen=True, slots=True)
class Change:
    """One change. What it concerns depends on `kind`:

    - "exclude": `examples` (keys) are left out
    - "relabel": `examples` get the class `label`; those that had none become examples like the others
    - "merge": every example of the classes `labels` gets the class `label` (with one class: a new name for it)
    - "add": the examples `added` come in, unlabelled ones among them
    - "hold_back": `share` of every class, drawn with `seed`, becomes the fixed test set
    - "join_parts": where the files came divided, their last part becomes the fixed test set, and all others are one
    - "keep": the finding `finding` was looked at and is fine; changes nothing else
    """

    kind: str
    examples: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    label: str | None = None
    share: float | None = None
    seed: int = 0
    finding: str | None = None
    added: tuple[Example, ...] = ()
    id: str = field(default_factory=_new_change_id)

    @property
    def summary(self) -> Message:
        """The change in a few words."""
        match self.kind:
            case "exclude":
                return Message("Skipped {examples}", examples=_count(len(self.examples)))
            case "relabel":
                moved = _count(len(self.examples))
                return Message("Moved {examples} to '{label}'", examples=moved, label=self.label)
            case "merge":
                return Message("Joined {labels} as '{label}'", labels=named(self.labels), label=self.label)
            case "add":
                return Message("Added {examples}", examples=_count(len(self.added)))
            case "hold_back":
                return Message("Reserved {share:percent} of every class as the test set", share=self.share or 0.0)
            case "join_parts":
                return Message("Kept the reserved part as the test set, and put all others together")
            case _:
                return Message("Kept a finding as it is")

    @classmethod
    def of(cls, remedy: Remedy) -> Change:
        """The change that a finding's remedy asks for."""
        return cls(remedy.action, remedy.examples, remedy.labels, remedy.label)

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Change:
        added = tuple(Example(**example) for example in data["added"])
        return cls(**{**data, "examples": tuple(data["examples"]), "labels": tuple(data["labels"]), "added": added})


def apply_changes(root: Dataset, changes: Sequence[Change]) -> Dataset:
    """The set that `root` becomes. DataError when a change cannot be made, or nothing is left."""
    dataset = root
    for change in changes:
        dataset = _APPLY[change.kind](dataset, change)
    if not dataset.examples:
        raise DataError(Message("That would leave no example at all."), Message("Keep some of them."))
    return dataset


def _exclude(dataset: Dataset, change: Change) -> Dataset:
    gone = set(change.examples)
    return replace(
        dataset,
        examples=tuple(e for e in dataset.examples if e.key not in gone),
        unlabelled=tuple(e for e in dataset.unlabelled if e.key not in gone),
    )


def _relabel(dataset: Dataset, change: Change) -> Dataset:
    label, concerned = _name_of(change), set(change.examples)
    dataset = _map(dataset, lambda e: replace(e, label=label) if e.key in concerned else e)
    named = tuple(replace(e, label=label) for e in dataset.unlabelled if e.key in concerned)
    left = tuple(e for e in dataset.unlabelled if e.key not in concerned)
    return replace(dataset, examples=dataset.examples + named, unlabelled=left)


def _merge(dataset: Dataset, change: Change) -> Dataset:
    label, concerned = _name_of(change), set(change.labels)
    return _map(dataset, lambda e: replace(e, label=label) if e.label in concerned else e)


def _add(dataset: Dataset, change: Change) -> Dataset:
    here = {(e.key, e.label) for e in (*dataset.examples, *dataset.unlabelled)}
    new = [e for e in change.added if (e.key, e.label) not in here]
    return replace(
        dataset,
        examples=dataset.examples + tuple(e for e in new if e.label),
        unlabelled=dataset.unlabelled + tuple(e for e in new if not e.label),
    )


def _hold_back(dataset: Dataset, change: Change) -> Dataset:
    if came_divided(dataset):
        raise DataError(
            Message("The files came divided into a training set and a reserved part."),
            Message("No other test set can be reserved."),
        )
    if not change.share or not 0 < change.share <= 0.5:
        raise DataError(Message("The share to reserve must be more than 0 and at most a half."))
    unmarked = _map(dataset, lambda e: replace(e, split=None))
    held = {unmarked.examples[i].key for i in draw_test(unmarked, change.share, change.seed)}
    return _map(unmarked, lambda e: replace(e, split="test") if e.key in held else e)


def _join_parts(dataset: Dataset, change: Change) -> Dataset:
    given = given_parts(dataset)
    last = "test" if given["test"] else "validation"
    if not came_divided(dataset):
        raise DataError(Message("The files did not come divided."), Message("Reserve a share of every class instead."))
    return _map(dataset, lambda e: replace(e, split="test" if e.split == last else None))


def _keep(dataset: Dataset, change: Change) -> Dataset:
    return dataset


_APPLY: dict[str, Callable[[Dataset, Change], Dataset]] = {
    "exclude": _exclude, "relabel": _relabel, "merge": _merge, "add": _add, "hold_back": _hold_back,
    "join_parts": _join_parts, "keep": _keep,
}  # fmt: skip


def _map(dataset: Dataset, change: Callable[[Example], Example]) -> Dataset:
    return replace(dataset, examples=tuple(change(example) for example in dataset.examples))


def _name_of(change: Change) -> str:
    label = (change.label or "").strip()
    if not label:
        raise DataError(Message("The class needs a name."))
    return label


def _count(n: int) -> Message:
    return counted("{n} example", "{n} examples", n=n)


@dataclass(frozen=True, slots=True)
class Lineage:
    """Where a version comes from: its number, the version it was made from, what was imported, and all changes."""

    version: int
    root: str
    parent: str | None
    changes: tuple[Change, ...]

    def to_dict(self) -> dict[str, Any]:
        changes = [change.to_dict() for change in self.changes]
        return {"version": self.version, "root": self.root, "parent": self.parent, "changes": changes}


def lineage(dataset_id: str, workspace: Workspace) -> Lineage:
    """DataError when there is no such dataset."""
    kept = describe_dataset(dataset_id, workspace).get("lineage")
    if kept is None:
        return Lineage(1, dataset_id, None, ())
    changes = tuple(Change.from_dict(change) for change in kept["changes"])
    return Lineage(kept["version"], kept["root"], kept["parent"], changes)


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
        raise DataError(Message("There is no such change to undo."), Message("It may have been undone already."))
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
    root.require_originals()
    made = apply_changes(root, changes)
    if any(change.kind == "add" for change in changes) or len(made.unlabelled) < len(root.unlabelled):
        made = group_again(made, workspace)
    if _was_made(made.id, changes, workspace):
        made.save(workspace, describe_dataset(made.id, workspace))  # as it was, but the newest again
        return made
    about = describe_dataset(before.root, workspace)
    version = _number(made.id, before.root, workspace)
    new = Lineage(version, before.root, dataset_id if made.id != dataset_id else before.parent, changes)
    kept: dict[str, Any] = {key: about[key] for key in ("report", "sample", "source", FOREIGN) if key in about}
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
