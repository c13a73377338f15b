"""Which examples teach and which judge in each draw: the same for everything that is compared."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from core.data.dataset import Dataset
from core.data.splits import Split, came_divided, draw_shots, given_parts, make_split
from core.errors import DataError
from core.evaluation.repeated_splits import EvaluatedSplit

MOST_JUDGES = 300
"""So many examples judge in a draw, if there are more: more would hardly narrow an interval, and cost time."""
_STEPS = (1, 2, 5)


def make_draws(dataset: Dataset, shots: int, draws: int, seed: int) -> list[Split]:
    """`shots` of each class teach in every draw, and of the others at most `MOST_JUDGES` judge.

    The order in which examples are taken to judge is drawn once, so that nearly the same ones judge every time. A part
    that was held back for a final test is left out. DataError when a class has too few, or nothing is left to judge.
    """
    made = []
    for number in range(draws):
        split = make_split(dataset, seed=seed + number, shots=shots)
        made.append(Split(split.train, _judges(split.validation, dataset, seed), (), split.reason))
    return made


def most_shots(dataset: Dataset) -> int:
    """The most examples of each class that can teach while at least one other of each is left to judge."""
    if came_divided(dataset):
        return _fewest(dataset, given_parts(dataset)["train"])
    one = make_split(dataset, seed=0, shots=1)
    return max(1, _fewest(dataset, (*one.train, *one.validation)) - 1)


def nested_draws(dataset: Dataset, draws: int, seed: int, most: int | None = None) -> list[dict[int, Split]]:
    """For every draw its splits by number of examples per class, at most `most`: fewer are always among more, and
    the same examples judge.

    Where the files came divided, at most three quarters of the smallest class teach: draws of all would be alike.
    DataError when a class has no example to learn from, or nothing is left to judge.
    """
    wholes = [make_split(dataset, seed=seed + number) for number in range(draws)]
    room = min(_fewest(dataset, whole.train) for whole in wholes)
    if came_divided(dataset):
        room = max(1, 3 * room // 4)
    sizes = curve_sizes(min(room, most or room))
    if not sizes:
        raise DataError(
            f"'{dataset.title}' has a class that no example is left to teach.", "Add examples to its smallest class."
        )
    made = []
    for number, whole in enumerate(wholes):
        judges = _judges(whole.validation, dataset, seed)
        teachers = {n: draw_shots(dataset, whole.train, n, seed + number) for n in sizes}
        made.append({n: Split(chosen, judges, (), whole.reason) for n, chosen in teachers.items()})
    return made


def curve_sizes(most: int) -> list[int]:
    """1, 2, 5, 10, 20, 50, ... up to `most`, and `most` itself where it is half as much again as the last."""
    sizes = [step * 10**power for power in range(7) for step in _STEPS if step * 10**power <= most]
    if sizes and most >= 1.5 * sizes[-1]:
        sizes.append(most)
    return sizes


def recorded(dataset: Dataset, split: Split) -> EvaluatedSplit:
    """The draw as it is told: copies stand under the number of the first of them."""
    first: dict[str, int] = {}
    for i, cluster in enumerate(dataset.clusters):
        first.setdefault(cluster, i)

    def numbers(indices: Sequence[int]) -> tuple[int, ...]:
        return tuple(first[dataset.clusters[i]] for i in indices)

    return EvaluatedSplit(numbers(split.train), numbers(split.validation))


def _fewest(dataset: Dataset, teaching: Sequence[int]) -> int:
    """How many different examples the smallest class has among those that may teach."""
    different = {(dataset.examples[i].label, dataset.clusters[i]) for i in teaching}
    counts = Counter(label for label, _ in different)
    return min(counts.get(label, 0) for label in dataset.classes)


def _judges(candidates: Sequence[int], dataset: Dataset, seed: int) -> tuple[int, ...]:
    if not candidates:
        raise DataError(
            f"In '{dataset.title}' nothing is left to judge by.", "Ask for fewer examples per class, or add more."
        )
    rank = np.random.default_rng(seed).permutation(len(dataset.examples))
    return tuple(sorted(sorted(candidates, key=lambda i: rank[i])[:MOST_JUDGES]))
