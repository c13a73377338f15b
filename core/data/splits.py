"""Training, validation and test set: stratified, seeded, and never the same example in two of them.

Copies of one example, near-duplicates and the frames of one burst are a cluster: a cluster is never divided. Where
examples say from which source they come (a speaker, a recording), neither is a source, unless the files came divided.
"""

from __future__ import annotations

import warnings
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np

from core.data.dataset import SPLITS, Dataset, named
from core.errors import DataError
from core.messages import NOTHING, Message, counted, sentences

VALIDATION_SHARE = 0.25
"""How much of every class is held back unless the recipe or the files say otherwise."""
_MOST_NAMED = 3


@dataclass(frozen=True, slots=True)
class Split:
    """Indices of the dataset's examples, and a few sentences that say how they were chosen.

    `validation` is watched during training. `test` is only scored at the very end, and is empty unless the files
    came with such a part or the person held one back. `unused` are in no part: not drawn, or copies of an example in
    another part.
    """

    train: tuple[int, ...]
    validation: tuple[int, ...]
    test: tuple[int, ...]
    reason: Message
    unused: tuple[int, ...] = ()


def make_split(
    dataset: Dataset, *, seed: int, validation_share: float = VALIDATION_SHARE, shots: int | None = None
) -> Split:
    """Split a dataset.

    With `shots`, that many examples of each class are for training and the rest for validation. Otherwise parts given
    by the files are kept, and where they give none, `validation_share` of every class is for validation. A test set
    that was held back is left out of all that. A class with a single cluster is in the training set only.
    """
    given = given_parts(dataset)
    if came_divided(dataset):
        return _given_split(dataset, given, seed, shots)
    if not given["train"]:
        raise DataError(
            Message(
                "In '{title}' every example is in the test set, or a copy of one that is: none is left to train on.",
                title=dataset.title,
            ),
            Message("Test on other examples than those to train on."),
        )
    pool, test = given["train"], tuple(given["test"])
    if shots is not None:
        if dataset.blocks != dataset.clusters:  # whole sources are held back before examples of the others are drawn
            pool = list(_stratified(dataset, pool, validation_share, seed)[0])
        train = draw_shots(dataset, pool, shots, seed)
        validation = _without(dataset, given["train"], train)
        reason = Message(
            "Training: {shots} of each class, drawn at random (seed {seed}), {train} examples. Validation: the "
            "other {validation}.",
            shots=shots,
            seed=seed,
            train=len(train),
            validation=len(validation),
        )
    else:
        train, validation = _stratified(dataset, pool, validation_share, seed)
        reason = _drawn(dataset, len(train), len(validation), validation_share, seed)
    if test:
        reason = sentences(
            reason,
            counted("{n} more is reserved as the test set.", "{n} more are reserved as the test set.", n=len(test)),
        )
    return _split(dataset, train, validation, test, reason)


def _by_source(dataset: Dataset) -> list[Message]:
    """That what comes from one source stays together, where examples say where they come from."""
    sources = {example.source for example in dataset.examples if example.source}
    if not sources:
        return []
    return [
        counted(
            "So does what comes from the same speaker or recording ({n} of them).",
            "So does what comes from the same speaker or recording ({n} of them).",
            n=len(sources),
        )
    ]


def _drawn(dataset: Dataset, train: int, validation: int, asked: float, seed: int) -> Message:
    """What a share drawn from every class came to: seldom exactly the one that was `asked` for."""
    if not validation:
        return counted(
            "{n} training example and no validation set: no class has a second example that is not nearly a copy "
            "of its first.",
            "{n} training examples and no validation set: no class has a second example that is not nearly a copy "
            "of its first.",
            n=train,
        )
    share = validation / (train + validation)
    exact = round(share * 100) == round(asked * 100)
    return sentences(
        Message(
            "Training: {train} examples. Validation: {validation} ({share:percent}), drawn from every class at "
            "random (seed {seed}).",
            train=train,
            validation=validation,
            share=share,
            seed=seed,
        ),
        NOTHING
        if exact
        else Message(
            "That is as near to {share:percent} of every class as whole examples and groups of near-copies allow.",
            share=asked,
        ),
        Message("Copies and near-copies stay together."),
        *_by_source(dataset),
    )


def came_divided(dataset: Dataset) -> bool:
    """True when the files themselves say which examples to train on and which to hold back."""
    given = given_parts(dataset)
    marked = {example.split for example in dataset.examples}
    return bool(given["train"] and (given["validation"] or (given["test"] and "train" in marked)))


def draw_shots(dataset: Dataset, pool: Sequence[int], shots: int, seed: int) -> tuple[int, ...]:
    """`shots` different examples of every class, drawn from `pool`; DataError names a class that has too few."""
    rng = np.random.default_rng(seed)
    clusters = dataset.clusters
    drawn: list[int] = []
    by_label = _gather([example.label for example in dataset.examples], pool)
    for label in dataset.classes:
        groups = list(_gather(clusters, by_label.get(label, [])).values())
        if len(groups) < shots:
            raise DataError(
                counted(
                    "'{label}' has only {n} different example to train on; {shots} are wanted.",
                    "'{label}' has only {n} different examples to train on; {shots} are wanted.",
                    n=len(groups),
                    label=label,
                    shots=shots,
                ),
                Message("Choose fewer examples per class, or add more to this class."),
            )
        order = rng.permutation(len(groups))[:shots]
        drawn.extend(groups[i][0] for i in order)
    return tuple(sorted(drawn))


def draw_test(dataset: Dataset, share: float, seed: int) -> tuple[int, ...]:
    """Indices of `share` of every class, whole clusters, to be held back as a fixed test set."""
    return _stratified(dataset, range(len(dataset.examples)), share, seed)[1]


def given_parts(dataset: Dataset) -> dict[str, list[int]]:
    """Indices by the part the files put them in; examples that were put nowhere are for training.

    What is tested on must not have been trained on: of a cluster in several parts, only the examples in the strictest
    one are in any part. One part alone divides nothing.
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
    train, validation, test = (tuple(given[part]) for part in SPLITS)
    if not validation:  # one part that is held back: it is watched and scored alike, and nothing is chosen on it
        validation, test = test, ()
    reason = Message(
        "The files came divided: {train} training examples, {validation} for validation, {test} for the final test.",
        train=len(train),
        validation=len(validation),
        test=len(test),
    )
    if not test:
        reason = Message(
            "The files came divided: {train} training examples, {validation} for validation.",
            train=len(train),
            validation=len(validation),
        )
    if shots is not None:
        train = draw_shots(dataset, train, shots, seed)
        drawn = Message(
            "Of the training examples, {shots} of each class are drawn at random (seed {seed}).", shots=shots, seed=seed
        )
        reason = sentences(reason, drawn)
    return _split(dataset, train, validation, test, reason)


def _split(
    dataset: Dataset, train: tuple[int, ...], validation: tuple[int, ...], test: tuple[int, ...], reason: Message
) -> Split:
    """The finished split, with what is in no part, and all that has to be said about it."""
    used = {*train, *validation, *test}
    taken = {dataset.clusters[i] for i in used}
    unused = tuple(i for i in range(len(dataset.examples)) if i not in used)
    copies = sum(dataset.clusters[i] in taken for i in unused)
    held_back = {dataset.examples[i].label for i in (*validation, *test)}
    alone = [label for label in dataset.classes if label not in held_back] if held_back else []
    reason = sentences(reason, _copies(copies), _not_drawn(len(unused) - copies), _only_in_training(alone))
    return Split(train, validation, test, reason, unused)


def _copies(n: int) -> Message:
    if not n:
        return NOTHING
    return counted(
        "{n} is skipped, as a copy or near-copy of one in use.",
        "{n} are skipped, as copies or near-copies of some in use.",
        n=n,
    )


def _not_drawn(n: int) -> Message:
    return counted("{n} more was not drawn.", "{n} more were not drawn.", n=n) if n else NOTHING


def _only_in_training(labels: Sequence[str]) -> Message:
    if not labels:
        return NOTHING
    return counted(
        "{classes} is in the training set only: it has no second example, or none that is not nearly a copy of "
        "the first.",
        "{classes} are in the training set only: they have no second example, or none that is not nearly a copy "
        "of the first.",
        n=len(labels),
        classes=named(labels, _MOST_NAMED),
    )


def _stratified(
    dataset: Dataset, pool: Sequence[int], share: float, seed: int
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    rng = np.random.default_rng(seed)
    members, by_label = _gather(dataset.blocks, pool), _gather([e.label for e in dataset.examples], pool)
    seen: set[str] = set()
    train: list[int] = []
    held_back: list[int] = []
    for label in dataset.classes:
        # A cluster that also stands under an earlier label went with that label.
        own = [i for i in by_label.get(label, ()) if dataset.blocks[i] not in seen]
        groups = list(dict.fromkeys(dataset.blocks[i] for i in own))
        seen |= set(groups)
        held = min(max(1, round(len(groups) * share)), len(groups) - 1) if len(groups) > 1 else 0
        for rank, group in enumerate(rng.permutation(len(groups))):
            (held_back if rank < held else train).extend(members[groups[group]])
    return tuple(sorted(train)), tuple(sorted(held_back))


def _gather(names: Sequence[str], indices: Sequence[int]) -> dict[str, list[int]]:
    """Indices gathered by the name that each has (its cluster, its label), in order of first appearance."""
    groups: dict[str, list[int]] = {}
    for i in indices:
        groups.setdefault(names[i], []).append(i)
    return groups


def _without(dataset: Dataset, pool: Sequence[int], train: Sequence[int]) -> tuple[int, ...]:
    taken = {dataset.blocks[i] for i in train}
    return tuple(i for i in pool if dataset.blocks[i] not in taken)


def stratified_folds(
    labels: Sequence[Hashable] | np.ndarray, groups: Sequence[Hashable] | np.ndarray, folds: int, seed: int
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Positions to train on and positions to test on, for each fold: every position is tested on once.

    Each fold has about the same share of each of `labels` (n,), and what has the same of `groups` (n,) is never
    divided: where there are fewer of these, there are as many folds. A class with fewer examples than folds is missing
    from some.
    """
    from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold  # slow to import; pages import this

    numbers = np.unique(np.asarray(groups), return_inverse=True)[1]
    many = int(numbers.max(initial=-1)) + 1
    alone = many == len(numbers)  # the division that knows of groups takes twenty times as long
    kind, given = (StratifiedKFold, None) if alone else (StratifiedGroupKFold, numbers)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of classes that are too small
        dividing = kind(min(folds, many), shuffle=True, random_state=seed % 2**32)
        return list(dividing.split(np.zeros(len(numbers)), np.asarray(labels), given))
