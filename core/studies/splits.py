"""Random splits that several methods share: how they are drawn, told as events, and folded into one table."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from core.data.dataset import Dataset
from core.data.samples import shown_title
from core.data.splits import Split, came_divided, draw_shots, given_parts, make_split
from core.errors import DataError
from core.evaluation.repeated_splits import Estimate, EvaluatedSplit, two_way_accuracy
from core.events import Event, Progress
from core.messages import Message, counted, sentences
from core.options import option
from core.studies.events import MethodEvaluated, SplitDrawn, right_string

FEWEST_SPLITS, MOST_SPLITS, USUAL_SPLITS = 3, 20, 5
MOST_VALIDATION = 300
"""So many examples validate in a split, if there are more: more would hardly narrow an interval, and cost time."""
_STEPS = (1, 2, 5)


def splits_option() -> Any:
    """The field of a design that says how often everything is repeated."""
    return option(
        USUAL_SPLITS, Message("Random splits"),
        Message("Each time other examples train. More splits take longer and narrow the intervals."),
        low=FEWEST_SPLITS, high=MOST_SPLITS, step=1, slider=True, flag="draws",
    )  # fmt: skip


# --- how they are drawn ---


def random_splits(dataset: Dataset, shots: int, count: int, seed: int) -> list[Split]:
    """`shots` of each class train in every split, and of the others at most `MOST_VALIDATION` validate.

    The order in which examples are taken to validate is drawn once, so that nearly the same ones do every time. A part
    that was held back as a test set is left out. DataError when a class has too few, or nothing is left to validate.
    """
    made = []
    for number in range(count):
        split = make_split(dataset, seed=seed + number, shots=shots)
        made.append(Split(split.train, _validation(split.validation, dataset, seed), (), split.reason))
    return made


def most_shots(dataset: Dataset) -> int:
    """The most examples of each class that can train while at least one other of each is left to validate."""
    if came_divided(dataset):
        return _fewest(dataset, given_parts(dataset)["train"])
    one = make_split(dataset, seed=0, shots=1)
    return max(1, _fewest(dataset, (*one.train, *one.validation)) - 1)


def nested_splits(dataset: Dataset, count: int, seed: int, most: int | None = None) -> list[dict[int, Split]]:
    """`count` series of splits by number of examples per class, at most `most`: fewer are always among more, and the
    same examples validate.

    Where the files came divided, at most three quarters of the smallest class train: splits of all would be alike.
    DataError when a class has no example to train on, or nothing is left to validate.
    """
    wholes = [make_split(dataset, seed=seed + number) for number in range(count)]
    room = min(_fewest(dataset, whole.train) for whole in wholes)
    if came_divided(dataset):
        room = max(1, 3 * room // 4)
    sizes = curve_sizes(min(room, most or room))
    if not sizes:
        raise DataError(
            Message(
                "'{dataset}' has a class of which no example is left to train on.", dataset=shown_title(dataset.title)
            ),
            Message("Add examples to its smallest class."),
        )
    made = []
    for number, whole in enumerate(wholes):
        validation = _validation(whole.validation, dataset, seed)
        training = {n: draw_shots(dataset, whole.train, n, seed + number) for n in sizes}
        made.append({n: Split(chosen, validation, (), whole.reason) for n, chosen in training.items()})
    return made


def curve_sizes(most: int) -> list[int]:
    """1, 2, 5, 10, 20, 50, ... up to `most`, and `most` itself where it is half as much again as the last."""
    sizes = [step * 10**power for power in range(7) for step in _STEPS if step * 10**power <= most]
    if sizes and most >= 1.5 * sizes[-1]:
        sizes.append(most)
    return sizes


def describe_validation(split: Split) -> Message:
    """How many validate, in a sentence."""
    n = len(split.validation)
    enough = Message("There are more; {n} are enough.", n=n) if n == MOST_VALIDATION else Message("")
    return sentences(counted("{n} other validates.", "{n} others validate.", n=n), enough)


def _fewest(dataset: Dataset, training: Sequence[int]) -> int:
    """How many different examples the smallest class has among those that may train."""
    different = {(dataset.examples[i].label, dataset.clusters[i]) for i in training}
    counts = Counter(label for label, _ in different)
    return min(counts.get(label, 0) for label in dataset.classes)


def _validation(candidates: Sequence[int], dataset: Dataset, seed: int) -> tuple[int, ...]:
    if not candidates:
        raise DataError(
            Message("In '{dataset}' nothing is left to validate with.", dataset=shown_title(dataset.title)),
            Message("Choose fewer examples per class, or add more."),
        )
    rank = np.random.default_rng(seed).permutation(len(dataset.examples))
    return tuple(sorted(sorted(candidates, key=lambda i: rank[i])[:MOST_VALIDATION]))


# --- how they are told ---


class Recorder:
    """Tells which splits were drawn and which methods were evaluated on them, and how far that is of `total`."""

    def __init__(self, dataset: Dataset, total: int) -> None:
        self._first: dict[str, int] = {}
        self._clusters = dataset.clusters
        for i, cluster in enumerate(dataset.clusters):
            self._first.setdefault(cluster, i)
        self._total, self._done, self._began = total, 0, time.perf_counter()

    def drawn(self, number: int, shots: int, split: Split) -> SplitDrawn:
        return SplitDrawn(number, shots, self._numbers(split.train), self._numbers(split.validation))

    def evaluated(self, number: int, shots: int, method: str, right: np.ndarray) -> Iterator[Event]:
        """`right` (n,) says which of the split's validation examples were answered rightly."""
        self._done += 1
        seconds = round(time.perf_counter() - self._began, 3)
        yield MethodEvaluated(number, shots, method, right_string(right), seconds)
        yield Progress("ways", self._done, self._total)

    def _numbers(self, indices: Sequence[int]) -> tuple[int, ...]:
        """Copies stand under the number of the first of them."""
        return tuple(self._first[self._clusters[i]] for i in indices)


# --- what they say ---


class SplitsTable:
    """Which examples each method answered rightly, by split and number of examples per class."""

    def __init__(self, events: Iterable[Event]) -> None:
        self.draws: dict[tuple[int, int], EvaluatedSplit] = {}
        self.right: dict[str, dict[tuple[int, int], np.ndarray]] = {}
        self.seconds = 0.0
        for event in events:
            match event:
                case SplitDrawn():
                    self.draws[event.split, event.shots] = EvaluatedSplit(event.training, event.validation)
                case MethodEvaluated():
                    judged = np.frombuffer(event.right.encode(), dtype=np.uint8) == ord("1")
                    self.right.setdefault(event.method, {})[event.split, event.shots] = judged.astype(float)
                    self.seconds = event.seconds

    def accuracy(self, method: str, keys: Iterable[Hashable] | None = None) -> Estimate | None:
        """How often a method was right, over all its splits or those of these keys; None where it was in none."""
        judged = self.right.get(method, {})
        chosen = [key for key in judged if keys is None or key in keys]
        if not chosen:
            return None
        return two_way_accuracy([self.draws[key] for key in chosen], [judged[key] for key in chosen])


def estimate_data(found: Estimate | None) -> dict[str, Any] | None:
    """An estimate as plain data: "mean", "interval", and of how many "draws" and "judged" examples."""
    if found is None:
        return None
    return {"mean": found.mean, "interval": found.interval, "draws": found.repeats, "judged": found.tested}
