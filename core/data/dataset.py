"""A labelled dataset: immutable, named by its content, kept as two small files."""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property
from itertools import groupby
from pathlib import Path
from typing import Any

from core.errors import DataError
from core.messages import Message, counted, encode, revived
from core.modalities import get_modality
from core.modalities.base import Modality, Payload
from core.storage import write
from core.workspace import Workspace, is_safe_id

SPLITS = ("train", "validation", "test")


@dataclass(frozen=True, slots=True)
class Example:
    """One labelled example. `id` is its content digest, `name` where it came from (data, never a path of ours).

    Messages carry their `text`; pictures lie in the example store under their id. `split` is the part
    of the data that the files themselves put it in, if they did. Examples of one `group` are as good as copies of
    each other (frames of one burst, near-duplicates): they stay on one side of every split. `facts` are what the
    original file was like before it was kept smaller: pictures have "bytes", "width", "height" and "format".
    """

    id: str
    label: str
    name: str
    text: str | None = None
    split: str | None = None
    group: str | None = None
    facts: dict[str, Any] = field(default_factory=dict, compare=False)

    @property
    def key(self) -> str:
        """Names this example within its dataset, whatever its label becomes."""
        return hashlib.sha256(json.dumps([self.id, self.name]).encode()).hexdigest()[:12]


@dataclass(frozen=True)
class Dataset:
    """Labelled examples of one modality."""

    title: str
    modality: str
    examples: tuple[Example, ...]
    store: Path

    @cached_property
    def id(self) -> str:
        """The same examples under the same names and labels give the same id, wherever they came from."""
        digest = hashlib.sha256(self.modality.encode())
        for example in sorted(self.examples, key=lambda e: (e.id, e.label, e.name, e.split or "", e.group or "")):
            row = [example.id, example.label, example.name, example.split]
            digest.update(json.dumps([*row, example.group] if example.group else row).encode())
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
    def clusters(self) -> tuple[str, ...]:
        """For every example the name of its cluster: copies and the members of one group share it."""
        by_id: dict[str, str] = {}
        for example in self.examples:
            if example.group or example.id not in by_id:
                by_id[example.id] = example.group or example.id
        return tuple(by_id[example.id] for example in self.examples)

    @property
    def kind(self) -> Modality[Any, Any]:
        return get_modality(self.modality)

    def payload(self, index: int, size: int | None = None) -> Payload:
        """The example itself: an RGB picture or a string. With `size`, no more detail than that needs is decoded."""
        example = self.examples[index]
        return self.kind.load(example.id, example.text, self.store, size)

    def effort(self, indices: Iterable[int]) -> float:
        """What these examples cost a model, in typical examples (see `Modality.effort`)."""
        return sum(self.kind.effort(self.examples[i].text) for i in indices)

    def save(self, workspace: Workspace, extra: dict[str, Any] | None = None) -> None:
        """Write the dataset under its id. `extra` (its intake report, say) goes beside the title."""
        folder = workspace.datasets / self.id
        folder.mkdir(exist_ok=True)
        lines = (json.dumps(asdict(example), ensure_ascii=False) for example in self.examples)
        write(folder / "examples.jsonl", "\n".join(lines).encode())
        about = {"title": self.title, "modality": self.modality, "counts": self.counts, **(extra or {})}
        write(folder / "dataset.json", json.dumps(about, ensure_ascii=False, default=encode).encode())

    @classmethod
    def load(cls, dataset_id: str, workspace: Workspace) -> Dataset:
        """Read a kept dataset; DataError when there is none with this id."""
        about = describe_dataset(dataset_id, workspace)
        lines = (workspace.datasets / dataset_id / "examples.jsonl").read_text(encoding="utf-8").split("\n")
        examples = tuple(Example(**json.loads(line)) for line in lines)
        return cls(about["title"], about["modality"], examples, workspace.examples)


def describe_dataset(dataset_id: str, workspace: Workspace) -> dict[str, Any]:
    """Title, modality, counts and report of a kept dataset, without its examples."""
    file = workspace.datasets / dataset_id / "dataset.json"
    if not is_safe_id(dataset_id) or not file.exists():
        raise DataError(
            Message("There is no dataset with the id '{id}' here.", id=dataset_id), Message("Import the files again.")
        )
    return revived(json.loads(file.read_text(encoding="utf-8")))


def kept_datasets(workspace: Workspace) -> list[tuple[str, dict[str, Any]]]:
    """(id, description) of every kept dataset, newest first; messages in their reports are plain data."""
    files = sorted(workspace.datasets.glob("*/dataset.json"), key=lambda f: f.stat().st_mtime, reverse=True)
    return [(file.parent.name, revived(json.loads(file.read_text(encoding="utf-8")))) for file in files]


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
