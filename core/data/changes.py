"""What a person changed about a data set: a list of changes, so that each can be undone by itself."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from core.data.dataset import Dataset, Example
from core.data.findings import Remedy
from core.data.splits import came_divided, draw_test, given_parts
from core.errors import DataError


def _new_change_id() -> str:
    return secrets.token_hex(4)


@dataclass(frozen=True, slots=True)
class Change:
    """One change. What it concerns depends on `kind`:

    - "exclude": `examples` (keys) are left out
    - "relabel": `examples` get the class `label`
    - "merge": every example of the classes `labels` gets the class `label` (with one class: a new name for it)
    - "add": the examples `added` come in
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

    def says(self) -> str:
        """The change in a few words."""
        n = len(self.examples)
        match self.kind:
            case "exclude":
                return f"Left out {_many(n)}"
            case "relabel":
                return f"Moved {_many(n)} to '{self.label}'"
            case "merge":
                return f"Joined {', '.join(repr(label) for label in self.labels)} as '{self.label}'"
            case "add":
                return f"Added {_many(len(self.added))}"
            case "hold_back":
                return f"Held back {self.share or 0:.0%} of every class as the test set"
            case "join_parts":
                return "Kept the part that judges as the test set, and put all others together"
            case _:
                return "Kept a finding as it is"

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
        raise DataError("That would leave no example at all.", "Keep some of them.")
    return dataset


def _exclude(dataset: Dataset, change: Change) -> Dataset:
    gone = set(change.examples)
    return replace(dataset, examples=tuple(e for e in dataset.examples if e.key not in gone))


def _relabel(dataset: Dataset, change: Change) -> Dataset:
    label, concerned = _name_of(change), set(change.examples)
    return _map(dataset, lambda e: replace(e, label=label) if e.key in concerned else e)


def _merge(dataset: Dataset, change: Change) -> Dataset:
    label, concerned = _name_of(change), set(change.labels)
    return _map(dataset, lambda e: replace(e, label=label) if e.label in concerned else e)


def _add(dataset: Dataset, change: Change) -> Dataset:
    here = {(e.key, e.label) for e in dataset.examples}
    new = tuple(e for e in change.added if (e.key, e.label) not in here)
    return replace(dataset, examples=dataset.examples + new)


def _hold_back(dataset: Dataset, change: Change) -> Dataset:
    if came_divided(dataset):
        raise DataError("The files came divided into those that teach and those that judge.", "Nothing to hold back.")
    if not change.share or not 0 < change.share <= 0.5:
        raise DataError("The share to hold back must be more than 0 and at most a half.")
    unmarked = _map(dataset, lambda e: replace(e, split=None))
    held = {unmarked.examples[i].key for i in draw_test(unmarked, change.share, change.seed)}
    return _map(unmarked, lambda e: replace(e, split="test") if e.key in held else e)


def _join_parts(dataset: Dataset, change: Change) -> Dataset:
    given = given_parts(dataset)
    last = "test" if given["test"] else "validation"
    if not came_divided(dataset):
        raise DataError("The files did not come divided.", "Hold back a share of every class instead.")
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
        raise DataError("The class needs a name.")
    return label


def _many(n: int) -> str:
    return "1 example" if n == 1 else f"{n:,} examples"
