"""Which examples teach and which judge: stratified, seeded, and never the same example on both sides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.data.dataset import Dataset, Example
from core.errors import DataError

VALIDATION_SHARE = 0.25
"""How much of every class is held back unless the recipe or the files say otherwise."""


@dataclass(frozen=True, slots=True)
class Split:
    """Indices into the data set's examples, and one sentence that says how they were chosen.

    `validation` is watched during training. `test` is only scored at the very end, and is
    empty unless the files themselves came with such a part.
    """

    train: tuple[int, ...]
    validation: tuple[int, ...]
    test: tuple[int, ...]
    reason: str


def make_split(
    dataset: Dataset, *, seed: int, validation_share: float = VALIDATION_SHARE, shots: int | None = None
) -> Split:
    """Divide a set.

    With `shots`, that many examples of each class teach and the rest judge. Otherwise parts given by
    the files are kept, and where they give none, `validation_share` of every class judges. A class with
    a single example only teaches. Copies of one example stay together.
    """
    examples = dataset.examples
    given = _given_parts(examples)
    if _divides(given):
        return _given_split(dataset, given, seed, shots)
    if not given["train"] and any(example.split == "train" for example in examples):
        raise DataError(
            f"In '{dataset.title}' every example judges, or is a copy of one that does: none is left to learn from.",
            "Judge on other examples than those that teach.",
        )
    everything = range(len(examples))
    if shots is not None:
        train = draw_shots(dataset, everything, shots, seed)
        rest = _without(examples, everything, train)
        return Split(
            train, rest, (), f"{shots} of each class, drawn with seed {seed}, teach; the other {len(rest)} judge."
        )
    train, validation = _stratified(dataset, everything, validation_share, seed)
    reason = (
        f"{len(train)} examples teach and {len(validation)} judge: {validation_share:.0%} of every class, "
        f"drawn with seed {seed}. Exact copies stay on one side."
    )
    return Split(train, validation, (), reason)


def came_divided(dataset: Dataset) -> bool:
    """True when the files themselves say who teaches and who judges."""
    return _divides(_given_parts(dataset.examples))


def draw_shots(dataset: Dataset, pool: Sequence[int], shots: int, seed: int) -> tuple[int, ...]:
    """`shots` different examples of every class, drawn from `pool`; DataError names a class that has too few."""
    rng = np.random.default_rng(seed)
    drawn: list[int] = []
    for label in dataset.classes:
        groups = _groups(dataset.examples, [i for i in pool if dataset.examples[i].label == label])
        if len(groups) < shots:
            raise DataError(
                f"'{label}' has only {len(groups)} different examples to learn from; {shots} are asked for.",
                "Ask for fewer examples per class, or add more to this class.",
            )
        order = rng.permutation(len(groups))[:shots]
        drawn.extend(groups[i][0] for i in order)
    return tuple(sorted(drawn))


def _given_split(dataset: Dataset, given: dict[str, list[int]], seed: int, shots: int | None) -> Split:
    train = tuple(given["train"])
    validation, test = given["validation"], given["test"]
    if not validation:  # one judging part: it is watched and scored alike, and nothing is chosen on it
        validation, test = test, []
    reason = f"The files came divided: {len(train)} teach, {len(validation)} judge" + (
        f", {len(test)} are kept for the final test." if test else "."
    )
    if shots is not None:
        train = draw_shots(dataset, train, shots, seed)
        reason += f" Of those that teach, {shots} of each class were drawn with seed {seed}."
    return Split(train, tuple(validation), tuple(test), reason)


def _stratified(
    dataset: Dataset, pool: Sequence[int], share: float, seed: int
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    rng = np.random.default_rng(seed)
    examples = dataset.examples
    seen: set[str] = set()
    train: list[int] = []
    validation: list[int] = []
    for label in dataset.classes:
        # A copy that also stands under an earlier label went with that label's group.
        own = [i for i in pool if examples[i].label == label and examples[i].id not in seen]
        seen |= {examples[i].id for i in own}
        groups = _groups(examples, own)
        held = min(max(1, round(len(groups) * share)), len(groups) - 1) if len(groups) > 1 else 0
        order = rng.permutation(len(groups))
        copies = {examples[i].id: [j for j in pool if examples[j].id == examples[i].id] for i in own}
        for rank, group in enumerate(order):
            side = validation if rank < held else train
            side.extend(copies[examples[groups[group][0]].id])
    return tuple(sorted(train)), tuple(sorted(validation))


def _groups(examples: Sequence[Example], indices: Sequence[int]) -> list[list[int]]:
    """Indices gathered by content, in order of first appearance."""
    groups: dict[str, list[int]] = {}
    for i in indices:
        groups.setdefault(examples[i].id, []).append(i)
    return list(groups.values())


def _without(examples: Sequence[Example], pool: Sequence[int], train: Sequence[int]) -> tuple[int, ...]:
    taken = {examples[i].id for i in train}
    return tuple(i for i in pool if examples[i].id not in taken)


def _divides(given: dict[str, list[int]]) -> bool:
    return bool(given["train"] and (given["validation"] or given["test"]))


def _given_parts(examples: Sequence[Example]) -> dict[str, list[int]]:
    """Indices by the part the files put them in.

    All copies of an example go where its strictest copy judges; examples that were put nowhere teach, once any was
    put somewhere.
    """
    rank = {None: 0, "train": 0, "validation": 1, "test": 2}
    strictest: dict[str, int] = {}
    for example in examples:
        strictest[example.id] = max(strictest.get(example.id, 0), rank[example.split])
    parts: dict[str, list[int]] = {"train": [], "validation": [], "test": []}
    if any(example.split for example in examples):
        for i, example in enumerate(examples):
            parts[("train", "validation", "test")[strictest[example.id]]].append(i)
    return parts
