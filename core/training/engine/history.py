"""What a model took the validation examples for after each epoch, so that its training can be replayed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from core.storage import Damaged, read_sealed, write_sealed

if TYPE_CHECKING:
    from torch import Tensor

HISTORY = "history.safetensors"
MOST_EXAMPLES = 500
MOST_EPOCHS = 40
MOST_SHOWN = 24
DIMENSIONS = 32
"""A random projection to so few keeps distances to within about a fifth (Johnson & Lindenstrauss 1984)."""


@dataclass(frozen=True)
class Moment:
    """What the watched examples looked like after `epoch` (0: before the first step).

    `predicted` (n,) are class numbers, `confidence` (n,) how probable the model found them, and `places` (n, d) the
    embeddings as they were then, under a projection that is the same for every epoch and run.
    """

    epoch: int
    predicted: np.ndarray
    confidence: np.ndarray
    places: np.ndarray


@dataclass
class History:
    """Grows while a run trains. `examples` are the watched ones by their index in the set; at most MOST_EXAMPLES.

    Of a long run every second, fourth, ... epoch is kept, and always the newest and the best one so far. Which are kept
    depends on nothing but these two numbers, so a run that goes on from a checkpoint keeps the same.
    """

    examples: tuple[int, ...] = ()
    moments: dict[int, Moment] = field(default_factory=dict)

    def watch(self, examples: Sequence[int], shown: Sequence[int] = ()) -> None:
        """Begin anew, with these examples or, where they are too many, with some of them, among them those `shown`."""
        step = 1 if len(examples) <= MOST_EXAMPLES else -(-len(examples) // (MOST_EXAMPLES - len(shown)))
        self.examples, self.moments = tuple(sorted({*examples[::step], *shown})), {}

    def note(
        self, epoch: int, examples: Sequence[int], probabilities: Tensor, places: Tensor | None, best: int
    ) -> None:
        """Keep an epoch: probabilities (m, classes) and projected embeddings (m, d) of these examples, among
        them the watched ones. Without `places` they are where they were at the epoch before. `best` is the best so far.
        """
        if not self.examples:
            return  # none was ever watched: it went on from a checkpoint without a history
        at = {example: row for row, example in enumerate(examples)}
        rows = [at[example] for example in self.examples]
        confidence, predicted = probabilities[rows].max(1)
        where = self._latest.places if places is None else _halved(places[rows].cpu().numpy())
        self.moments[epoch] = Moment(
            epoch, predicted.numpy().astype(np.int32), confidence.numpy().astype(np.float16), where
        )  # fmt: skip
        step = _step(epoch)
        self.moments = {e: kept for e, kept in self.moments.items() if e % step == 0 or e in (best, epoch)}

    @property
    def _latest(self) -> Moment:
        return self.moments[max(self.moments)]

    def arrays(self) -> dict[str, np.ndarray]:
        """All of it by name, as `restore` takes it."""
        found = {"examples": np.array(self.examples, np.int32)}
        before: np.ndarray | None = None
        for epoch, kept in sorted(self.moments.items()):
            found |= {f"{epoch}.predicted": kept.predicted, f"{epoch}.confidence": kept.confidence}
            if before is None or not np.array_equal(before, kept.places):
                found[f"{epoch}.places"] = kept.places
            before = kept.places
        return found

    def restore(self, found: Mapping[str, np.ndarray]) -> None:
        """Become what `arrays` gave. KeyError and ValueError where it is not that."""
        epochs = sorted(int(name.removesuffix(".predicted")) for name in found if name.endswith(".predicted"))
        moments, places = {}, None
        for epoch in epochs:
            places = found.get(f"{epoch}.places", places)
            if places is None:
                raise KeyError(f"{epoch}.places")
            moments[epoch] = Moment(epoch, found[f"{epoch}.predicted"], found[f"{epoch}.confidence"], places)
        self.examples, self.moments = tuple(found["examples"].tolist()), moments


def choose_shown(examples: Sequence[int], classes: Sequence[int]) -> tuple[int, ...]:
    """At most MOST_SHOWN of these examples, to be shown while a model learns, class by class: every so manyth of them
    in the order of their `classes` (one number each), so that each class has its share."""
    ordered = [example for _, example in sorted(zip(classes, examples, strict=True))]
    n = min(MOST_SHOWN, len(ordered))
    return tuple(ordered[(2 * place + 1) * len(ordered) // (2 * n)] for place in range(n))


def _step(epoch: int) -> int:
    """Every how many epochs one is kept when this one is the newest: a power of two."""
    step = 1
    while epoch // step + 1 > MOST_EPOCHS - 2:  # beside these there are the best and the newest
        step *= 2
    return step


def _halved(places: np.ndarray) -> np.ndarray:
    """In half precision, as near as that comes to what does not fit into it."""
    most = float(np.finfo(np.float16).max)
    return np.nan_to_num(places.clip(-most, most)).astype(np.float16)


def projected(embeddings: Tensor) -> Tensor:
    """Embeddings (n, d) in at most DIMENSIONS dimensions, under a projection that depends on d alone."""
    import torch

    dimension = embeddings.shape[1]
    if dimension <= DIMENSIONS:
        return embeddings.float()
    return embeddings.float() @ torch.from_numpy(_projection(dimension)).to(embeddings.device)


@cache
def _projection(dimension: int) -> np.ndarray:
    drawn = np.random.default_rng(0).standard_normal((dimension, DIMENSIONS))
    return (drawn / np.sqrt(DIMENSIONS)).astype(np.float32)


def write_history(history: History, folder: Path) -> None:
    """Keep it beside the model, if there is more than one moment to look at."""
    from safetensors.numpy import save

    if len(history.moments) > 1:
        write_sealed(folder / HISTORY, save(history.arrays()))


def read_history(folder: Path) -> History | None:
    """The history in a run's folder; None where there is none that can be read."""
    from safetensors.numpy import load

    content = read_sealed(folder / HISTORY)
    if isinstance(content, Damaged):
        return None
    history = History()
    history.restore(load(content))
    return history
