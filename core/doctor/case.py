"""What every check is given, and the few helpers with which all of them speak."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from core.data.dataset import Dataset
from core.data.findings import Exhibit, Remedy
from core.data.near_pictures import NearPair
from core.data.readers.reading import Skip
from core.modalities.image.looks import Looks
from core.models.card import ModelCard
from core.workspace import Workspace

MOST_EXHIBITS = 24


@dataclass(frozen=True)
class Case:
    """One data set under examination.

    `looks` are those of its pictures, in order; None for messages. `pairs` are its near-duplicates by index. `card` is
    the model it is to be learnt with. `skipped` and `notes` are what its reader left out and had to say.
    """

    dataset: Dataset
    workspace: Workspace
    card: ModelCard
    looks: Looks | None = None
    pairs: tuple[NearPair, ...] = ()
    skipped: tuple[Skip, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def is_pictures(self) -> bool:
        return self.looks is not None

    @cached_property
    def labels(self) -> tuple[str, ...]:
        return tuple(example.label for example in self.dataset.examples)

    @cached_property
    def things(self) -> str:
        return "pictures" if self.is_pictures else "messages"

    def many(self, n: int) -> str:
        """ "1 picture", "1,200 messages"."""
        return f"{n:,} {self.things if n != 1 else self.things.removesuffix('s')}"

    def exhibits(self, indices: Iterable[int], detail: Callable[[int], str] = lambda index: "") -> tuple[Exhibit, ...]:
        """The first few of these examples, shown; `detail` says what is special about each."""
        examples = self.dataset.examples
        shown = list(indices)[:MOST_EXHIBITS]
        return tuple(Exhibit(examples[i].key, examples[i].name, examples[i].label, detail(i)) for i in shown)

    def keys(self, indices: Iterable[int]) -> tuple[str, ...]:
        return tuple(self.dataset.examples[i].key for i in indices)

    def leave_out(self, indices: Sequence[int], says: str | None = None) -> Remedy:
        return Remedy("exclude", says or f"Leave out {self.these(len(indices))}", self.keys(indices))

    def these(self, n: int) -> str:
        """ "this picture", "these 12 messages"."""
        return f"this {self.things.removesuffix('s')}" if n == 1 else f"these {self.many(n)}"


def named(labels: Sequence[str], most: int = 4) -> str:
    """Labels as they stand in a sentence: 'bird', 'bug' and 3 more."""
    quoted = [f"'{label}'" for label in labels[:most]]
    if len(labels) > most:
        return f"{', '.join(quoted)} and {len(labels) - most} more"
    return " and ".join([", ".join(quoted[:-1]), quoted[-1]] if len(quoted) > 1 else quoted)


def in_hundred(share: float) -> str:
    """ "93 times in 100"; never "100 in 100" or "0 in 100" unless it is so."""
    rounded = round(share * 100)
    if share < 1:
        rounded = min(rounded, 99)
    return f"{max(rounded, 1) if share > 0 else 0} times in 100"
