"""Which examples a run was trained on, and which evaluated it: written once by the training job, beside the model.

Nobody works it out again: a split follows from the recipe only as long as the code that draws it stays the same. The
record names examples by their id, so it still tells who trained a model when its dataset was deleted.
"""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from core.data.dataset import Dataset
from core.data.samples import shown_title
from core.data.splits import Split
from core.errors import RunError
from core.messages import Message, revived
from core.storage import Damaged, read_json, write_json

_FILE = "split.json"
_PARTS = ("train", "validation", "test")

Row = tuple[int, str]
"""An example: its index in the dataset as it was, and its id. Copies share an id, so the index comes first."""


@dataclass(frozen=True, slots=True)
class SplitRecord:
    """Who was in which part; `training_labels` counts the classes of the training set. `groups` names the cluster of
    those examples that are in one with others (near-copies, frames of one burst), by id."""

    train: tuple[Row, ...]
    validation: tuple[Row, ...]
    test: tuple[Row, ...]
    training_labels: Counter[str]
    groups: dict[str, str]
    reason: Message

    def ids(self, part: str) -> set[str]:
        """The ids of the examples in a part: "train", "validation" or "test"."""
        return {example_id for _, example_id in getattr(self, part)}

    def cluster(self, example_id: str) -> str:
        """The cluster of an example: copies and near-copies share it."""
        return self.groups.get(example_id, example_id)

    def on(self, dataset: Dataset) -> Split:
        """The split as indices of `dataset`, the one it was made of. RunError where that does not hold these examples.

        The id of a dataset says nothing about the order of its examples, so one that was imported again may have
        another.
        """
        examples = dataset.examples
        parts = [getattr(self, part) for part in _PARTS]
        if all(at < len(examples) and examples[at].id == example_id for part in parts for at, example_id in part):
            train, validation, test = (tuple(at for at, _ in part) for part in parts)
        else:
            train, validation, test = _found_again(parts, dataset)
        used = {*train, *validation, *test}
        unused = tuple(i for i in range(len(examples)) if i not in used)
        return Split(train, validation, test, self.reason, unused)


def write_split(split: Split, dataset: Dataset, folder: Path) -> None:
    """Keep who was in which part of `split` in a run's folder."""
    examples, clusters = dataset.examples, dataset.clusters
    parts = {part: [(i, examples[i].id) for i in getattr(split, part)] for part in _PARTS}
    labels = Counter(examples[i].label for i in split.train)
    groups = {
        examples[i].id: clusters[i]
        for part in parts.values() for i, example_id in part if clusters[i] != example_id
    }  # fmt: skip
    kept = {**parts, "training_labels": labels, "groups": groups, "reason": split.reason}
    write_json(folder / _FILE, kept)


def read_split(folder: Path) -> SplitRecord:
    """The record in a run's folder. RunError where there is none, or it is damaged."""
    kept = read_json(folder / _FILE)
    if isinstance(kept, Damaged):
        raise RunError(
            Message("Which examples the run '{id}' was trained on is not known. {why}", id=folder.name, why=kept.why),
            Message("Train it again."),
        )
    train, validation, test = (tuple((at, example_id) for at, example_id in kept[part]) for part in _PARTS)
    return SplitRecord(
        train, validation, test, Counter(kept["training_labels"]), kept["groups"], revived(kept["reason"])
    )


def _found_again(parts: Sequence[Sequence[Row]], dataset: Dataset) -> list[tuple[int, ...]]:
    """The indices that the rows have now: of copies, the first that is not taken yet."""
    places: dict[str, deque[int]] = defaultdict(deque)
    for i, example in enumerate(dataset.examples):
        places[example.id].append(i)
    try:
        return [tuple(sorted(places[example_id].popleft() for _, example_id in part)) for part in parts]
    except IndexError as error:
        raise RunError(
            Message("'{title}' is not the dataset that the run was trained on.", title=shown_title(dataset.title)),
            Message("Import the same files again."),
        ) from error
