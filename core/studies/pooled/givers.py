"""Who gave which examples, and who is tested when.

Givers are divided into groups, which are tested in turn: a model of everybody's examples has learnt from all groups but
the one that it is tested on, a model of one giver's from that giver alone. So nobody's examples are ever on both sides,
and whoever compares the two asks both for the same examples.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from core.data.dataset import Dataset, Example
from core.data.samples import shown_title
from core.data.splits import given_parts
from core.errors import DataError
from core.messages import Message, counted

FEWEST_GIVERS = 3
"""With two, everybody but the one who is tested is the other alone."""


@dataclass(frozen=True)
class Givers:
    """The `dataset` of the examples that can be used, the indices of each giver's `examples`, by name, and the `group`
    of each. A model can be made `alone` of those who have enough of every class. `left_out`: classes that one group
    alone has, which cannot be learnt from the others."""

    dataset: Dataset
    examples: dict[str, tuple[int, ...]]
    group: dict[str, int]
    alone: tuple[str, ...]
    left_out: tuple[str, ...]

    @property
    def groups(self) -> int:
        return max(self.group.values()) + 1

    def asked(self, giver: str) -> list[str]:
        """Whom a model of this giver's examples is tested on: those of the other groups."""
        return [other for other in self.examples if self.group[other] != self.group[giver]]

    def of(self, givers: Sequence[str]) -> tuple[int, ...]:
        """The examples of several."""
        return tuple(sorted(i for giver in givers for i in self.examples[giver]))


def count_givers(dataset: Dataset) -> int:
    """How many sources the examples name."""
    return len({example.source for example in dataset.examples if example.source})


def divide(dataset: Dataset, groups: int, least: int, seed: int) -> Givers:
    """Groups of givers, as many as asked for or as there are. Givers who have copies of each other's examples are in
    one group. Examples without a giver, without a class, or reserved as a test set are left out. A giver is learnt from
    alone who has `least` different examples of each class.

    DataError where there are too few givers, or none has enough.
    """
    parts = given_parts(dataset)
    free = sorted({*parts["train"], *parts["validation"]})
    usable = _kept(dataset, [one for i in free if (one := dataset.examples[i]).source])
    known = count_givers(usable)
    if known < FEWEST_GIVERS:
        raise DataError(
            Message(
                "This needs examples of at least {n} givers, and '{dataset}' names {known}.",
                dataset=shown_title(dataset.title), n=FEWEST_GIVERS, known=known,
            ),
            Message(
                "A class can pool its examples; names of recordings can say who speaks, such as yes_anna_1.wav."
            ),
        )  # fmt: skip
    group = _groups(usable, groups, seed)
    together = {label: {group[str(one.source)] for one in usable.examples if one.label == label}
                for label in usable.classes}  # fmt: skip
    left_out = tuple(label for label, where in together.items() if len(where) < 2)
    usable = _kept(usable, [one for one in usable.examples if one.label not in left_out])
    examples: dict[str, list[int]] = {}
    for i, one in enumerate(usable.examples):
        examples.setdefault(str(one.source), []).append(i)
    names = sorted(examples)
    order = {old: new for new, old in enumerate(sorted({group[name] for name in names}))}
    if len(usable.classes) < 2 or len(order) < FEWEST_GIVERS:
        raise DataError(
            Message(
                "Hardly any class of '{dataset}' has examples of several givers.", dataset=shown_title(dataset.title)
            ),
            Message("Give classes that are the same the same name."),
        )
    alone = tuple(name for name in names if _fewest(usable, examples[name]) >= least)
    if not alone:
        raise DataError(
            counted("No giver has an example of each class.", "No giver has {n} examples of each class.", n=least),
            Message("Add examples, or delete the classes that few have."),
        )
    return Givers(
        usable, {name: tuple(examples[name]) for name in names}, {name: order[group[name]] for name in names}, alone,
        left_out,
    )  # fmt: skip


def _kept(dataset: Dataset, examples: Sequence[Example]) -> Dataset:
    return replace(dataset, examples=tuple(examples), unlabelled=())


def _groups(dataset: Dataset, groups: int, seed: int) -> dict[str, int]:
    """The group of each giver, by name. DataError where all are tied together by copies."""
    block = {str(one.source): name for one, name in zip(dataset.examples, dataset.blocks, strict=True)}
    blocks = sorted(set(block.values()))
    if len(blocks) < FEWEST_GIVERS:
        raise DataError(
            Message(
                "Nearly all givers of '{dataset}' have copies of each other's examples.",
                dataset=shown_title(dataset.title),
            ),
            Message("Each needs examples of their own."),
        )
    order = np.random.default_rng(seed).permutation(len(blocks))
    number = {blocks[place]: rank % groups for rank, place in enumerate(order)}
    return {giver: number[name] for giver, name in block.items()}


def _fewest(dataset: Dataset, own: Sequence[int]) -> int:
    """How many different examples the smallest class has among these."""
    different = {(dataset.examples[i].label, dataset.clusters[i]) for i in own}
    counts = Counter(label for label, _ in different)
    return min(counts.get(label, 0) for label in dataset.classes)
