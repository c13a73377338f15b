"""A labelled dataset: immutable, named by its content, kept as two small files."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sys
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from itertools import groupby
from pathlib import Path
from typing import Annotated, Any

import msgspec

from core.errors import DataError
from core.messages import Message, counted, revived
from core.modalities import MODALITIES, get_modality
from core.modalities.base import Modality, Payload
from core.storage import (
    Damaged,
    DamagedFolder,
    damage,
    making,
    not_ours,
    read_json,
    read_lines,
    write_json,
    write_lines,
)
from core.workspace import Workspace, is_safe_id

SPLITS = ("train", "validation", "test")
FORMAT = 2
"""Of `dataset.json`; one that says another, or none, was made by another version of the program."""


_Count = Annotated[int, msgspec.Meta(ge=0, le=10**9)]


class _Lineage(msgspec.Struct):
    version: _Count
    root: str
    parent: str | None
    changes: list[dict[str, Any]]


class _Written(msgspec.Struct):
    """What every `dataset.json` says. One that says anything else is damaged, since it was not this program that wrote
    it."""

    title: str
    modality: str
    counts: dict[str, _Count]
    lineage: _Lineage | None = None
    sample: str | None = None
    reduced: bool = False

    def __post_init__(self) -> None:
        if self.modality not in MODALITIES:
            raise ValueError("There is no such kind of example")


NO_FACTS: dict[str, Any] = {}
"""What all examples share that have none."""


@dataclass(frozen=True, slots=True)
class Example:
    """One example. `id` is its content digest, `name` where it came from (data, never a path of ours), `label` its
    class, "" where nobody has said it.

    Messages carry their `text`; pictures lie in the example store under their id. `split` is the part
    of the data that the files themselves put it in, if they did. Examples of one `group` are as good as copies of
    each other (frames of one burst, near-duplicates): they stay on one side of every split. So do those of one
    `source` (a speaker, a recording), which are different examples all the same. `facts` are what the original file
    was like before it was kept smaller: pictures have "bytes", "width", "height" and "format",
    and perhaps the camera and the day (`core.modalities.image.metadata`).
    """

    id: str
    label: str
    name: str
    text: str | None = None
    split: str | None = None
    group: str | None = None
    source: str | None = None
    facts: dict[str, Any] = field(default_factory=lambda: NO_FACTS, compare=False)

    @classmethod
    def from_dict(cls, row: dict[str, Any]) -> Example:
        """The inverse of `to_dict`. Hundreds of thousands share their labels, and what they have no facts in."""
        return cls(**{**row, "label": sys.intern(row["label"]), "facts": row["facts"] or NO_FACTS})

    def to_dict(self) -> dict[str, Any]:
        """As plain data."""
        return {name: getattr(self, name) for name in _FIELDS}

    @property
    def key(self) -> str:
        """Names this example within its dataset, whatever its label becomes."""
        return hashlib.sha256(json.dumps([self.id, self.name]).encode()).hexdigest()[:12]


_FIELDS = tuple(one.name for one in fields(Example))


def _identity(example: Example) -> tuple[str, ...]:
    """What a dataset's id is made of, as it is sorted."""
    return (example.id, example.label, example.name, example.split or "", example.group or "", example.source or "")


@dataclass(frozen=True)
class Dataset:
    """Labelled examples of one modality, and the `unlabelled` ones that came with them: these count in nothing, and are
    in no part of a split."""

    title: str
    modality: str
    examples: tuple[Example, ...]
    store: Path
    reduced: bool = False
    """Whether only thumbnails of the examples are here, to look at: it came in a project that was saved so."""
    kept_as: str = ""
    """The id of such a one: its examples have numbers in place of their names, so it cannot be told by its content."""
    foreign: bool = False
    """Whether it came in a project: what is worked out of a stranger's examples is kept apart, since their ids need not
    be those of their content."""
    unlabelled: tuple[Example, ...] = ()

    @cached_property
    def id(self) -> str:
        """The same examples under the same names and labels give the same id, wherever they came from."""
        if self.kept_as:
            return self.kept_as
        digest = hashlib.sha256(self.modality.encode())
        for example in sorted(self.examples, key=_identity):
            row = [example.id, example.label, example.name, example.split]
            more = [example.group, example.source] if example.source else [example.group] if example.group else []
            digest.update(json.dumps([*row, *more]).encode())
        for one in sorted((example.id, example.name) for example in self.unlabelled):
            digest.update(json.dumps(one).encode())
        return digest.hexdigest()[:16]

    @cached_property
    def classes(self) -> tuple[str, ...]:
        """The labels in reading order ("class 2" before "class 10")."""
        return tuple(sorted({example.label for example in self.examples}, key=reading_order))

    @cached_property
    def counts(self) -> dict[str, int]:
        """Examples per class, in the order of `classes`."""
        counted = Counter(example.label for example in self.examples)
        return {name: counted[name] for name in self.classes}

    @cached_property
    def without_classes(self) -> Dataset:
        """The unlabelled examples as a dataset of their own, to be read and looked at. Its labels are empty."""
        return replace(self, examples=self.unlabelled, unlabelled=())

    @cached_property
    def clusters(self) -> tuple[str, ...]:
        """For every example the name of its cluster: copies and the members of one group share it."""
        by_id: dict[str, str] = {}
        for example in self.examples:
            if example.group or example.id not in by_id:
                by_id[example.id] = example.group or example.id
        return tuple(by_id[example.id] for example in self.examples)

    @cached_property
    def blocks(self) -> tuple[str, ...]:
        """For every example the name of what no split divides: its cluster, and all that come from the same sources."""
        if not any(example.source for example in self.examples):
            return self.clusters
        joined: dict[tuple[str, str], tuple[str, str]] = {}

        def root(one: tuple[str, str]) -> tuple[str, str]:
            while (above := joined.setdefault(one, one)) != one:
                joined[one] = joined[above]
                one = above
            return one

        for example, cluster in zip(self.examples, self.clusters, strict=True):
            if example.source:
                joined[root(("cluster", cluster))] = root(("source", example.source))
        return tuple("/".join(root(("cluster", cluster))) for cluster in self.clusters)

    @property
    def kind(self) -> Modality[Any, Any]:
        return get_modality(self.modality)

    def payload(self, index: int, size: int | None = None) -> Payload:
        """The example itself: an RGB picture or a string. With `size`, no more detail than that needs is decoded.

        UnreadableExampleError where it is damaged or no longer kept.
        """
        example = self.examples[index]
        return self.kind.load(example.id, example.text, self.store, size)

    def line(self, index: int) -> str:
        """What stands for the example in lists, where the dataset's file holds it; else nothing."""
        text = self.examples[index].text
        return "" if text is None else self.kind.line(text)

    def require_originals(self) -> None:
        """DataError where only thumbnails are here, from which nothing must be learnt."""
        if self.reduced:
            raise DataError(
                Message(
                    "'{title}' came without the originals of its examples: it can be looked at, but nothing can be "
                    "trained, checked or explained with it.",
                    title=self.title,
                ),
                Message("Import the same files, or open the project with the originals."),
            )

    def damaged(self) -> tuple[Example, ...]:
        """The examples that `payload` cannot give: what is kept of them is damaged or gone. Looks at each once in a
        process."""
        return tuple(e for e in self.examples if not self.kind.is_whole(e.id, e.text, self.store))

    def effort(self, indices: Iterable[int]) -> float:
        """What these examples cost a model, in typical examples (see `Modality.effort`)."""
        return sum(self.kind.effort(self.examples[i].text, self.examples[i].facts) for i in indices)

    def save(self, workspace: Workspace, extra: dict[str, Any] | None = None) -> None:
        """Write the dataset under its id. `extra` (its intake report, say) goes beside the title."""
        folder = workspace.datasets / self.id
        if folder.is_dir():
            self._write(folder, extra or {})
            shutil.rmtree(folder / THUMBNAILS, ignore_errors=True)  # the originals are here now
        else:
            with making(folder) as place:
                self._write(place, extra or {})

    def _write(self, folder: Path, extra: dict[str, Any]) -> None:
        about = {"title": self.title, "modality": self.modality, "counts": self.counts, **extra, "format": FORMAT}
        write_lines(folder / EXAMPLES, (example.to_dict() for example in (*self.examples, *self.unlabelled)))
        write_json(folder / ABOUT, about)

    @classmethod
    def load(cls, dataset_id: str, workspace: Workspace) -> Dataset:
        """Read a kept dataset; DataError when there is none with this id, or it is damaged."""
        about, folder = describe_dataset(dataset_id, workspace), workspace.datasets / dataset_id
        examples = read_lines(folder / EXAMPLES, Example.from_dict)
        if isinstance(examples, Damaged):
            raise DataError(examples.why, IMPORT_AGAIN)
        labelled = [example for example in examples if example.label]
        unlabelled = (
            tuple(example for example in examples if not example.label) if len(labelled) < len(examples) else ()
        )
        reduced = bool(about.get(REDUCED))
        store = folder / THUMBNAILS if reduced else workspace.examples
        return cls(
            about["title"], about["modality"], tuple(labelled), store, reduced, dataset_id if reduced else "",
            bool(about.get(FOREIGN)), tuple(unlabelled),
        )  # fmt: skip


ABOUT, EXAMPLES = "dataset.json", "examples.jsonl"
"""The second holds the unlabelled examples too: those whose label is empty."""
THUMBNAILS = "thumbnails"
"""The store of a dataset without originals, in its own folder: a later import must not take them for the originals."""
REDUCED = "reduced"
"""The key of `dataset.json` that says so."""
FOREIGN = "foreign"
"""The key of `dataset.json` that says that it came in a project. Whoever imports the same files takes it away."""
IMPORT_AGAIN = Message("Import the files again.")
"""What mends a dataset: the same files give the same one."""


def describe_dataset(dataset_id: str, workspace: Workspace) -> dict[str, Any]:
    """Title, modality, counts and report of a kept dataset, without its examples. DataError when there is none with
    this id, or it is damaged."""
    folder = workspace.datasets / dataset_id
    if not is_safe_id(dataset_id) or not folder.is_dir():
        if binned := workspace.binned("datasets", dataset_id, ABOUT):
            raise DataError(*binned)
        raise DataError(Message("There is no dataset with the id '{id}' here.", id=dataset_id), IMPORT_AGAIN)
    about, examples = _about(folder), damage(folder / EXAMPLES)
    if isinstance(about, Damaged):
        raise DataError(about.why, IMPORT_AGAIN)
    if examples:
        raise DataError(examples.why, IMPORT_AGAIN)
    return about


def rename_dataset(dataset_id: str, title: str, workspace: Workspace) -> None:
    """Give a kept dataset another title. It stays as new as it was: lists go by when it was made. DataError when there
    is none with this id, StorageError where the disk refuses."""
    about, file = describe_dataset(dataset_id, workspace), workspace.datasets / dataset_id / ABOUT
    made = file.stat()
    write_json(file, {**about, "title": title})
    with suppress(OSError):
        os.utime(file, ns=(made.st_atime_ns, made.st_mtime_ns))


def kept_datasets(workspace: Workspace) -> list[tuple[str, dict[str, Any]]]:
    """(id, description) of every kept dataset that can be read, newest first."""
    found = ((folder.name, _about(folder)) for folder in _folders(workspace) if not damage(folder / EXAMPLES))
    return [(dataset_id, about) for dataset_id, about in found if not isinstance(about, Damaged)]


def damaged_datasets(workspace: Workspace) -> list[DamagedFolder]:
    """Every kept dataset that cannot be read, newest first, with its title where that is known."""
    entries = []
    for folder in _folders(workspace):
        about, examples = _about(folder), damage(folder / EXAMPLES)
        known = about.rescued or {} if isinstance(about, Damaged) else about
        if found := about if isinstance(about, Damaged) else examples:
            entries.append(DamagedFolder(folder, found.why, str(known.get("title", ""))))
    return entries


def _about(folder: Path) -> dict[str, Any] | Damaged:
    about = read_json(folder / ABOUT)
    if isinstance(about, Damaged) and about.unsealed and about.rescued and "format" not in about.rescued:
        why = Message("The dataset '{id}' was made by an earlier version of the program.", id=folder.name)
        return replace(about, why=why)
    if isinstance(about, Damaged):
        return about
    try:
        msgspec.convert(about, _Written)
        return dict(revived(about))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return not_ours(folder / ABOUT, about)


def _folders(workspace: Workspace) -> list[Path]:
    """Whatever can be a dataset, that which was written last first."""
    found = [folder for folder in workspace.datasets.iterdir() if is_safe_id(folder.name) and folder.is_dir()]
    return sorted((folder for folder in found if any(folder.iterdir())), key=_written, reverse=True)


def _written(folder: Path) -> float:
    return max((file.stat().st_mtime for file in (folder / ABOUT, folder / EXAMPLES) if file.exists()), default=0.0)


def reading_order(label: str) -> list[tuple[int, int, str]]:
    """A sort key that counts: "2" before "10", capitals beside small letters."""
    parts: list[tuple[int, int, str]] = []
    for is_number, run in groupby(label.casefold(), key=str.isdecimal):
        text = "".join(run)
        if is_number:  # compared by length, then digit by digit: a label may have thousands of them
            digits = "".join(str(unicodedata.decimal(char)) for char in text).lstrip("0")
            parts.append((0, len(digits), digits))
        else:
            parts.append((1, 0, text))
    return [*parts, (-1, 0, label)]


def named(labels: Sequence[str], most: int = 4) -> Message:
    """Labels as they stand in a sentence: 'bird', 'bug' and 3 more."""
    names = [Message("'{label}'", label=label) for label in labels[:most]]
    if len(labels) > most:
        names.append(counted("{n} more", "{n} more", n=len(labels) - most))
    return Message("{names:list}", names=names)
