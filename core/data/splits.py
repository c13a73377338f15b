"""Which examples teach and which judge: stratified, seeded, and never the same example on both sides.

Copies of one example, near-duplicates and the frames of one burst are a cluster: a cluster is never divided.
"""

from __future__ import annotations

import warnings
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from core.data.dataset import SPLITS, Dataset
from core.errors import DataError

VALIDATION_SHARE = 0.25
"""How much of every class is held back unless the recipe or the files say otherwise."""


@dataclass(frozen=True, slots=True)
class Split:
    """Indices into the data set's examples, and one sentence that says how they were chosen.

    `validation` is watched during training. `test` is only scored at the very end, and is empty unless the files
    came with such a part or the person held one back. `unused` teach nobody and judge nobody: copies of what is on
    another side.
    """

    train: tuple[int, ...]
    validation: tuple[int, ...]
    test: tuple[int, ...]
    reason: str
    unused: tuple[int, ...] = ()


def make_split(
    dataset: Dataset, *, seed: int, validation_share: float = VALIDATION_SHARE, shots: int | None = None
) -> Split:
    """Divide a set.

    With `shots`, that many examples of each class teach and the rest judge. Otherwise parts given by the files are
    kept, and where they give none, `validation_share` of every class judges. A test part that was held back is left
    out of all that and only scored at the end. A class with a single cluster only teaches.
    """
    given = given_parts(dataset)
    if came_divided(dataset):
        return _given_split(dataset, given, seed, shots)
    if not given["train"]:
        raise DataError(
            f"In '{dataset.title}' every example judges, or is a copy of one that does: none is left to learn from.",
            "Judge on other examples than those that teach.",
        )
    pool, test = given["train"], tuple(given["test"])
    if shots is not None:
        train = draw_shots(dataset, pool, shots, seed)
        judging = _without(dataset, pool, train)
        reason = f"{shots} of each class, drawn with seed {seed}, teach; the other {len(judging)} judge."
    else:
        train, judging = _stratified(dataset, pool, validation_share, seed)
        reason = (
            f"{len(train)} examples teach and {len(judging)} judge: {validation_share:.0%} of every class, "
            f"drawn with seed {seed}. Copies and near-copies stay on one side."
        )
    reason += f" {len(test)} more are held back for the final test." if test else ""
    return _split(dataset, train, judging, test, reason)


def came_divided(dataset: Dataset) -> bool:
    """True when the files themselves say who teaches and who judges."""
    given = given_parts(dataset)
    marked = {example.split for example in dataset.examples}
    return bool(given["train"] and (given["validation"] or (given["test"] and "train" in marked)))


def draw_shots(dataset: Dataset, pool: Sequence[int], shots: int, seed: int) -> tuple[int, ...]:
    """`shots` different examples of every class, drawn from `pool`; DataError names a class that has too few."""
    rng = np.random.default_rng(seed)
    clusters = dataset.clusters
    drawn: list[int] = []
    for label in dataset.classes:
        groups = list(_gather(clusters, [i for i in pool if dataset.examples[i].label == label]).values())
        if len(groups) < shots:
            raise DataError(
                f"'{label}' has only {len(groups)} different examples to learn from; {shots} are asked for.",
                "Ask for fewer examples per class, or add more to this class.",
            )
        order = rng.permutation(len(groups))[:shots]
        drawn.extend(groups[i][0] for i in order)
    return tuple(sorted(drawn))


def draw_test(dataset: Dataset, share: float, seed: int) -> tuple[int, ...]:
    """Indices of `share` of every class, whole clusters, to be held back as a fixed test set."""
    return _stratified(dataset, range(len(dataset.examples)), share, seed)[1]


def given_parts(dataset: Dataset) -> dict[str, list[int]]:
    """Indices by the part the files put them in; examples that were put nowhere teach.

    What judges must not have taught: of a cluster on several sides, only the examples on the strictest side are in
    any part. One part alone divides nothing.
    """
    marks = [example.split for example in dataset.examples]
    if not set(marks) & {None, "train"}:
        marks = [None] * len(marks)
    rank = {None: 0, "train": 0, "validation": 1, "test": 2}
    strictest: dict[str, int] = {}
    for cluster, mark in zip(dataset.clusters, marks, strict=True):
        strictest[cluster] = max(strictest.get(cluster, 0), rank[mark])
    parts: dict[str, list[int]] = {part: [] for part in SPLITS}
    for i, (cluster, mark) in enumerate(zip(dataset.clusters, marks, strict=True)):
        if rank[mark] == strictest[cluster]:
            parts[mark or "train"].append(i)
    return parts


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
    return _split(dataset, train, validation, test, reason)


def _split(
    dataset: Dataset, train: Iterable[int], validation: Iterable[int], test: Iterable[int], reason: str
) -> Split:
    """The finished split, with what is on no side, and all that has to be said about it."""
    parts = tuple(train), tuple(validation), tuple(test)
    unused = tuple(sorted(set(range(len(dataset.examples))).difference(*parts)))
    if unused:
        reason += f" {len(unused)} are left out, as copies of what is on another side."
    judging = {dataset.examples[i].label for i in (*parts[1], *parts[2])}
    alone = [label for label in dataset.classes if label not in judging]
    if judging and alone:
        named = ", ".join(f"'{label}'" for label in alone[:3]) + (" and others" if len(alone) > 3 else "")
        reason += f" {named} only teach: they have no second example, or none that is not nearly a copy of the first."
    return Split(*parts, reason, unused)


def _stratified(
    dataset: Dataset, pool: Sequence[int], share: float, seed: int
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    rng = np.random.default_rng(seed)
    members = _gather(dataset.clusters, pool)
    seen: set[str] = set()
    train: list[int] = []
    held_back: list[int] = []
    for label in dataset.classes:
        # A cluster that also stands under an earlier label went with that label.
        own = [i for i in pool if dataset.examples[i].label == label and dataset.clusters[i] not in seen]
        groups = list(dict.fromkeys(dataset.clusters[i] for i in own))
        seen |= set(groups)
        held = min(max(1, round(len(groups) * share)), len(groups) - 1) if len(groups) > 1 else 0
        for rank, group in enumerate(rng.permutation(len(groups))):
            (held_back if rank < held else train).extend(members[groups[group]])
    return tuple(sorted(train)), tuple(sorted(held_back))


def _gather(clusters: Sequence[str], indices: Sequence[int]) -> dict[str, list[int]]:
    """Indices gathered by cluster, in order of first appearance."""
    groups: dict[str, list[int]] = {}
    for i in indices:
        groups.setdefault(clusters[i], []).append(i)
    return groups


def _without(dataset: Dataset, pool: Sequence[int], train: Sequence[int]) -> tuple[int, ...]:
    taken = {dataset.clusters[i] for i in train}
    return tuple(i for i in pool if dataset.clusters[i] not in taken)


def stratified_folds(
    labels: Sequence[Hashable] | np.ndarray, groups: Sequence[Hashable] | np.ndarray, folds: int, seed: int
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Positions that teach and positions that judge, for each fold: every position judges once.

    Each fold has about the same share of each of `labels` (n,), and what has the same of `groups` (n,) is never
    divided. A class with fewer examples than there are folds is missing from some.
    """
    from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

    numbers = np.unique(np.asarray(groups), return_inverse=True)[1]
    alone = numbers.max(initial=-1) + 1 == len(numbers)  # the division that knows of groups takes twenty times as long
    kind, told = (StratifiedKFold, None) if alone else (StratifiedGroupKFold, numbers)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of classes that are too small
        dividing = kind(folds, shuffle=True, random_state=seed % 2**32)
        return list(dividing.split(np.zeros(len(numbers)), np.asarray(labels), told))
