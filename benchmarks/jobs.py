"""Which set, with which method, how many examples of a class, and which draw: everything the accuracy is made of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from benchmarks.sets import SETS, find_set

TEXT_SETS = ("sst2", "trec", "sst5", "banking20")
PICTURE_SETS = ("trashnet", "sign-digits", "weather4", "fork-scissors", "clipart", "omniglot-korean")
TUNING_SETS = ("trec", "omniglot-korean", "sign-digits")
"""Where tuning more than the last layer should pay, given 25 of each class."""


@dataclass(frozen=True, slots=True)
class Group:
    """Sets that are measured alike: every method, at every number of examples of a class."""

    sets: tuple[str, ...]
    shots: tuple[int, ...]
    methods: tuple[str, ...]


GROUPS: dict[str, Group] = {
    "text": Group(TEXT_SETS, (8,), ("head", "contrastive", "setfit")),
    "pictures": Group(PICTURE_SETS, (10, 25), ("head", "auto", "full", "partial", "scratch")),
    "tuning": Group(TUNING_SETS, (25,), ("head", "auto", "full")),
}
_WHEN_NAMED = Group(("omniglot-small1",), (10,), ("head", "auto"))


@dataclass(frozen=True, slots=True)
class Job:
    """`shots` is what is asked for; a set with too few examples teaches with fewer."""

    set: str
    shots: int
    method: str
    seed: int


def names() -> tuple[str, ...]:
    """What can be asked for: groups and sets."""
    return (*GROUPS, *SETS)


def jobs(only: Sequence[str] | None, seeds: int, methods: Iterable[str] | None = None) -> list[Job]:
    """Every job once, draw by draw: an interrupted benchmark has as many draws of each set. UserError for a name."""
    wanted = only or tuple(GROUPS)
    for name in wanted:
        if name not in GROUPS:
            find_set(name)
    found = {
        Job(name, shots, method, seed): None
        for seed in range(seeds)
        for title, group in {**GROUPS, "": _WHEN_NAMED}.items()
        for name in group.sets
        if title in wanted or name in wanted
        for shots in group.shots
        for method in group.methods
        if methods is None or method in methods
    }
    return list(found)


def all_methods() -> tuple[str, ...]:
    return tuple(dict.fromkeys(method for group in GROUPS.values() for method in group.methods))
