"""Does a model fail more often on some kinds of examples? Groups by a property, and whether they truly differ."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.evaluation.intervals import wilson
from core.evaluation.paired import holm
from core.messages import Message

LEAST = 20
"""With fewer examples there is nothing to divide."""
LEAST_IN_GROUP = 5
_SHUFFLES = 5000
CLEAR = 0.05


@dataclass(frozen=True, slots=True)
class Property:
    """For every evaluated example the name of its group, or None where it has none; `order` is that of the groups.

    A name is text from outside (a file's) where it is no message.
    """

    name: Message
    groups: Sequence[Message | str | None]
    order: tuple[Message | str, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """The evaluated examples of one kind: `right` of `n` were answered rightly; 95 % Wilson interval."""

    name: Message | str
    n: int
    right: int
    interval: tuple[float, float]

    @property
    def accuracy(self) -> float:
        return self.right / self.n


@dataclass(frozen=True, slots=True)
class Slice:
    """One property: its groups, and `p`, how often chance alone would make them differ as much (see `slices`)."""

    name: Message
    groups: tuple[Group, ...]
    p: float

    @property
    def clear(self) -> bool:
        return self.p < CLEAR

    @property
    def worst(self) -> Group:
        return min(self.groups, key=lambda group: group.accuracy)


def thirds(values: Sequence[float] | np.ndarray) -> tuple[np.ndarray, tuple[float, float]] | None:
    """The number of each value's third (0, 1, 2), and the two cuts; None where values do not fall into three groups.

    Equal values are never divided.
    """
    given = np.asarray(values, dtype=float)
    low, high = np.quantile(given, (1 / 3, 2 / 3))
    part = (given > low).astype(int) + (given > high)
    return (part, (float(low), float(high))) if len(set(part.tolist())) == 3 else None


def slices(properties: Sequence[Property], right: Sequence[bool] | np.ndarray) -> list[Slice]:
    """Every property by which the examples fall into two groups or more, the clearest first.

    `right` (n,) says which were answered rightly. Groups below LEAST_IN_GROUP are left out. The test shuffles who was
    right among the examples: p is the share of shuffles in which the groups' accuracies vary as much (weighted by
    size), and then Holm's correction (1979) for having looked at several properties. Empty below LEAST examples.
    """
    truth = np.asarray(right, dtype=bool)
    if len(truth) < LEAST:
        return []
    rng, found = np.random.default_rng(0), []
    for one in properties:
        members = _members(one)
        if len(members) < 2:
            continue
        parts = [Group(label, len(at), int(truth[at].sum()), wilson(int(truth[at].sum()), len(at)))
                 for label, at in members.items()]  # fmt: skip
        found.append((one.name, tuple(parts), _chance(list(members.values()), truth, rng)))
    corrected = holm([p for _, _, p in found])
    return sorted((Slice(name, parts, p) for (name, parts, _), p in zip(found, corrected, strict=True)),
                  key=lambda one: one.p)  # fmt: skip


def _members(one: Property) -> dict[Message | str, np.ndarray]:
    """Who belongs to each group that is large enough."""
    at = {name: np.flatnonzero([group == name for group in one.groups]) for name in one.order}
    return {name: indices for name, indices in at.items() if len(indices) >= LEAST_IN_GROUP}


def _chance(members: list[np.ndarray], right: np.ndarray, rng: np.random.Generator) -> float:
    used = np.concatenate(members)
    ends = np.cumsum([len(at) for at in members])
    shuffled = rng.permuted(np.tile(right[used], (_SHUFFLES, 1)), axis=1)
    measured = _variation(right[used][None], ends)[0]
    as_much = int((_variation(shuffled, ends) >= measured - 1e-12).sum())
    return (as_much + 1) / (_SHUFFLES + 1)


def _variation(right: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """How much the accuracies of groups vary, (m,), for many ways to be right (m, n) in the order of the groups."""
    total = np.zeros(len(right))
    for start, end in zip((0, *ends[:-1]), ends, strict=True):
        total += right[:, start:end].sum(1) ** 2 / (end - start)
    return total
