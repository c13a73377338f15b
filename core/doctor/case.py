"""What every check is given: one dataset under examination, and the few helpers with which all of them speak."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from random import Random

import numpy as np

from core.data.dataset import Dataset, Example
from core.data.duplicates import clusters, copies_of
from core.data.findings import Exhibit, Remedy
from core.data.languages import Languages, languages_of
from core.data.near_pictures import NearPairs
from core.data.near_rows import equal_by_chance
from core.data.placeholders import find_placeholders
from core.data.readers.reading import Skip
from core.messages import NOTHING, Message, counted
from core.modalities.image.looks import Looks
from core.modalities.sound.hearing import Hearing
from core.modalities.table.cells import is_missing
from core.modalities.table.columns import Columns
from core.modalities.table.fitting import MOST_COLUMNS, fit_columns
from core.models.card import ModelCard
from core.workspace import Workspace

MOST_EXHIBITS = 24
_LETTERS = 60
"""So much of a cell is shown."""
_SAME = ("copy", "worded", "row", "sound")
MOST_CELLS, _LEAST_ROWS, _WIDTH_OF = 500_000, 500, 20
"""So many cells of a table are looked at, and of a wide one so many rows; so many tell how wide it is."""


@dataclass(frozen=True)
class Case:
    """One dataset under examination.

    `seen` is what was measured of its examples (n, measures), in order, where their kind measures any. `near` are its
    near-duplicates by index. `card` is the model it is to be learnt with. `skipped` and `notes` are what its reader
    left out and had to say, `ignored` the columns that it left out of a table, with the reason. `damaged` are the
    examples that are not among those of `dataset`, since nothing can be told of them any more. `stop` turns true when
    nobody waits for the findings any more.
    """

    dataset: Dataset
    workspace: Workspace
    card: ModelCard
    seen: np.ndarray | None = None
    near: NearPairs = field(default_factory=NearPairs)
    skipped: tuple[Skip, ...] = ()
    notes: tuple[Message, ...] = ()
    ignored: tuple[tuple[str, Message], ...] = ()
    damaged: tuple[Example, ...] = ()
    stop: Callable[[], bool] = lambda: False

    @property
    def looks(self) -> Looks:
        """What pictures look like: of kinds whose `traits` these are."""
        assert self.seen is not None, "the table offers checks to the kinds of example that have the traits for them"
        return Looks(self.seen)

    @property
    def hearing(self) -> Hearing:
        """What recordings sound like: of kinds whose `traits` these are."""
        assert self.seen is not None, "the table offers checks to the kinds of example that have the traits for them"
        return Hearing(self.seen)

    @cached_property
    def labels(self) -> tuple[str, ...]:
        return tuple(example.label for example in self.dataset.examples)

    @cached_property
    def members(self) -> dict[str, list[int]]:
        """The examples of each class."""
        found: dict[str, list[int]] = {}
        for i, label in enumerate(self.labels):
            found.setdefault(label, []).append(i)
        return found

    @cached_property
    def texts(self) -> tuple[str, ...]:
        """What the dataset's file holds of each example: all of a text, nothing of a picture."""
        return tuple(example.text or "" for example in self.dataset.examples)

    @cached_property
    def same(self) -> list[list[int]]:
        """Clusters (indices) of what is the same beyond doubt.

        Mirrored and turned pictures are not the same here: an arrow to the left is another thing than one to the right.
        """
        examples = self.dataset.examples
        links = [(copies[0], i) for copies in copies_of(examples) for i in copies[1:]]
        links += [(pair.first, pair.second) for pair in self.near.pairs if pair.sure and pair.how in _SAME]
        return clusters(len(examples), links)

    @cached_property
    def placeholders(self) -> dict[int, int]:
        """The pictures (indices) that may stand for a missing one, and how many times each of them is there."""
        if self.dataset.kind.traits != "looks" or self.seen is None:
            return {}
        return find_placeholders(self.looks, self.labels, self.same)

    @cached_property
    def rows(self) -> dict[int, Mapping[str, str]]:
        """Rows of a table by their place: all, or as many as `MOST_CELLS` are, drawn with a fixed seed."""
        total = len(self.dataset.examples)
        width = max((len(self.dataset.payload(i)) for i in range(min(total, _WIDTH_OF))), default=1)
        most = max(_LEAST_ROWS, MOST_CELLS // max(1, width))
        chosen = range(total) if total <= most else sorted(Random(0).sample(range(total), most))
        return {i: self.dataset.payload(i) for i in chosen}

    @cached_property
    def columns(self) -> dict[str, list[str]]:
        """The cells of these rows by the name of their column, "" for a missing one; of a wider table the first
        columns, as many as are learnt from."""
        names = list(dict.fromkeys(name for row in self.rows.values() for name in row))[:MOST_COLUMNS]
        found = {name: [row.get(name, "").strip() for row in self.rows.values()] for name in names}
        return {name: ["" if is_missing(cell) else cell for cell in cells] for name, cells in found.items()}

    @cached_property
    def fitted(self) -> Columns:
        """What these rows say about their columns, as a network would learn it."""
        return fit_columns(self.rows.values())

    @cached_property
    def equal_by_chance(self) -> float:
        """How many pairs of these rows may be equal by chance."""
        return equal_by_chance(list(self.columns.values()))

    @cached_property
    def languages(self) -> Languages:
        """The languages of the texts."""
        return languages_of(self.texts)

    def count(self, n: int) -> Message:
        """ "1 picture", "1,200 messages"."""
        return self.dataset.kind.count(n)

    def exhibits(
        self, indices: Iterable[int], detail: Callable[[int], Message] = lambda index: NOTHING
    ) -> tuple[Exhibit, ...]:
        """The first few of these examples, shown; `detail` says what is special about each."""
        examples = self.dataset.examples
        shown = list(indices)[:MOST_EXHIBITS]
        return tuple(Exhibit(examples[i].key, examples[i].name, examples[i].label, detail(i)) for i in shown)

    def cell(self, column: str, index: int) -> Message:
        """What a row says in a column."""
        cell = self.rows[index].get(column, "").strip()[:_LETTERS]
        if not cell:
            return Message("{column}: empty", column=column)
        return Message("{column}: {cell}", column=column, cell=cell)

    def keys(self, indices: Iterable[int]) -> tuple[str, ...]:
        return tuple(self.dataset.examples[i].key for i in indices)

    def leave_out(self, indices: Sequence[int], title: Message = NOTHING) -> Remedy:
        """The remedy that leaves these examples out."""
        title = title or counted("Skip it", "Skip these {n}", n=len(indices))
        return Remedy("exclude", title, self.keys(indices))


def cautious(share: float) -> float:
    """`share` as it may be shown in whole percent: never as 0 % or 100 % unless it is so."""
    return share if share in (0, 1) else min(max(share, 0.01), 0.99)
