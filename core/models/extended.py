"""A finished model together with the classes that were added to it since."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from core.models.added import list_added
from core.models.imprint import imprinted
from core.models.likeness import likeness
from core.models.reference import Reference
from core.models.trained import Prediction, TrainedModel, predictions


@dataclass(frozen=True, slots=True)
class Source:
    """Which example taught: its id in the set or, of an added class, the addition and the place in it.

    None of them where an older version kept what it was taught.
    """

    example: str | None = None
    addition: str | None = None
    place: int = 0


@dataclass(frozen=True)
class Taught:
    """Examples that taught, as the head sees them, added ones last: `vectors` (m, d), the numbers `of` their classes
    (m,) and the `sources` they came from; `middle` (d,) is the mean of those it was trained on."""

    vectors: Tensor
    of: Tensor
    sources: tuple[Source, ...]
    middle: Tensor


class ExtendedModel:
    """Answers with the classes it was trained on and those that were added in its folder.

    `reference` holds the examples that it can be compared with; None where they are gone.
    """

    def __init__(self, model: TrainedModel, folder: Path, reference: Reference | None) -> None:
        self.model = model
        self.reference = reference
        examples: dict[str, list[Tensor]] = {}
        self._sources: dict[str, list[Source]] = {}
        for addition in list_added(folder):
            rows = torch.from_numpy(addition.embeddings())
            examples.setdefault(addition.label, []).append(rows)
            sources = (Source(addition=addition.id, place=place) for place in range(len(rows)))
            self._sources.setdefault(addition.label, []).extend(sources)
        self._examples = {label: torch.cat(parts) for label, parts in examples.items()}
        self.head = imprinted(model.head, list(self._examples.values()), reference)

    @property
    def added(self) -> tuple[str, ...]:
        """The added classes, in the order in which they came."""
        return tuple(self._examples)

    @property
    def classes(self) -> tuple[str, ...]:
        return (*self.model.classes, *self.added)

    def answers(self, embeddings: Tensor) -> list[Prediction]:
        """A probability for every class, trained or added, for embeddings (n, d) that `model.embed` gave.

        The model's temperature holds for the added rows too: they are made to be as long as the learnt ones. Among the
        trained classes the shares stay what they were without the added ones.
        """
        with torch.inference_mode():
            logits = self.head(embeddings)
        return predictions(self.classes, logits, self.model.temperature)

    def likeness(self, embeddings: Tensor) -> list[float] | None:
        """How much each is like anything it was taught, added examples included; None without a reference."""
        return None if self.reference is None else self._likeness(self.model.head.prepared(embeddings))

    def judged_likeness(self) -> list[float]:
        """The same for the examples that judged it."""
        return [] if self.reference is None else self._likeness(self.reference.judged)

    def judged_right(self) -> np.ndarray:
        """Which of the examples that judged it are answered rightly, (n,) bool."""
        return np.empty(0, bool) if self.reference is None else self._judged() == self.reference.judged_of.numpy()

    def judged_as(self, label: str) -> np.ndarray:
        """Which of them it takes for a class, (n,) bool."""
        return self._judged() == self.classes.index(label)

    def _judged(self) -> np.ndarray:
        if self.reference is None:
            return np.empty(0, int)
        with torch.inference_mode():
            return F.linear(self.reference.judged, self.head.weight, self.head.bias).argmax(1).numpy()

    def taught(self) -> Taught | None:
        """All that taught it, as far as it is kept; None without a reference."""
        if self.reference is None:
            return None
        with torch.inference_mode():
            added = [self.model.head.prepared(rows) for rows in self._examples.values()]
        numbers = [torch.full((len(rows),), len(self.model.classes) + i) for i, rows in enumerate(added)]
        known = self.reference.taught_ids or [None] * len(self.reference.taught)
        sources = [Source(example) for example in known]
        for label in self._examples:
            sources += self._sources[label]
        vectors = torch.cat([self.reference.taught, *added])
        of = torch.cat([self.reference.taught_of, *numbers])
        return Taught(vectors, of, tuple(sources), self.reference.middle)

    def _likeness(self, x: Tensor) -> list[float]:
        taught = self.taught()
        assert taught is not None
        with torch.inference_mode():
            return likeness(x, taught.vectors, taught.of, taught.middle).tolist()
