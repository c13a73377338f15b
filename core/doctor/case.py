"""What every check is given: one dataset under examination, and the few helpers with which all of them speak."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from core.data.dataset import Dataset, Example
from core.data.findings import Exhibit, Remedy
from core.data.languages import Languages, languages_of
from core.data.near_pictures import NearPairs
from core.data.readers.reading import Skip
from core.messages import NOTHING, Message, counted
from core.modalities.image.looks import Looks
from core.modalities.sound.hearing import Hearing
from core.models.card import ModelCard
from core.workspace import Workspace

MOST_EXHIBITS = 24


@dataclass(frozen=True)
class Case:
    """One dataset under examination.

    `seen` is what was measured of its examples (n, measures), in order, where their kind measures any. `near` are its
    near-duplicates by index. `card` is the model it is to be learnt with. `skipped` and `notes` are what its reader
    left out and had to say, `damaged` the examples that are not among those of `dataset`, since nothing can be told of
    them any more. `stop` turns true when nobody waits for the findings any more.
    """

    dataset: Dataset
    workspace: Workspace
    card: ModelCard
    seen: np.ndarray | None = None
    near: NearPairs = field(default_factory=NearPairs)
    skipped: tuple[Skip, ...] = ()
    notes: tuple[Message, ...] = ()
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

    def keys(self, indices: Iterable[int]) -> tuple[str, ...]:
        return tuple(self.dataset.examples[i].key for i in indices)

    def leave_out(self, indices: Sequence[int], title: Message = NOTHING) -> Remedy:
        """The remedy that leaves these examples out."""
        title = title or counted("Leave it out", "Leave these {n} out", n=len(indices))
        return Remedy("exclude", title, self.keys(indices))


def cautious(share: float) -> float:
    """`share` as it may be shown in whole percent: never as 0 % or 100 % unless it is so."""
    return share if share in (0, 1) else min(max(share, 0.01), 0.99)
