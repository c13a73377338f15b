"""What every row of the speed benchmark is given: the data, a workspace, and how much to do."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.photos import SOURCES, keep_photos
from benchmarks.sets import find_set

if TYPE_CHECKING:
    from core.data.dataset import Dataset, Example
    from core.events import Event
    from core.training.spec.recipe import Recipe
    from core.workspace import Workspace

PICTURES, TEXTS = "efficientnet-lite0", "minilm-l6"
QUICK = 24
"""Examples of every kind in a quick run, which only shows that everything works."""
_PHOTOS = 300


@dataclass
class Bench:
    """One run of the benchmark. Ways that need it share what is read in."""

    data: Path
    workspace: Workspace
    pairs: int
    quick: bool

    def examples(self, usual: int) -> int:
        return min(usual, QUICK) if self.quick else usual

    def epochs(self, usual: int) -> int:
        return 1 if self.quick else usual

    def photos(self, usual: int) -> Dataset:
        """So many photos of twelve classes, kept as JPEG files of 512 pixels; as even as may be."""
        count = self.examples(usual)
        dataset = replace(self._photos, examples=self._photos.examples[:count])
        if len(dataset.examples) < count:
            raise ValueError(f"only {len(dataset.examples)} photos for {count}")
        dataset.save(self.workspace)
        return dataset

    def messages(self, names: Iterable[str]) -> Dataset:
        """Different messages, in turn from each of these sets until one is used up, in an order drawn once."""
        import numpy as np

        rng = np.random.default_rng(0)
        sets = [find_set(name).read(self.data, self.workspace)[0] for name in names]
        rows = [[one.examples[i] for i in rng.permutation(len(one.examples))] for one in sets]
        mixed = {example.id: _bare(example) for turn in zip(*rows, strict=False) for example in turn}
        return replace(sets[0], title="messages", examples=tuple(mixed.values()))

    def forget_embeddings(self) -> None:
        """A cold cache. The translation of the network stays: it is made once on a machine, not once a run."""
        shutil.rmtree(self.workspace.cache / "embeddings", ignore_errors=True)

    def train(self, dataset: Dataset, recipe: Recipe) -> list[Event]:
        """Train as the product does, without anyone watching; the events."""
        from core.events import drain
        from core.training.engine.train import train

        events: list[Event] = []
        drain(train(dataset, recipe, self.workspace), events.append)
        return events

    @cached_property
    def _photos(self) -> Dataset:
        wanted = QUICK if self.quick else _PHOTOS
        return keep_photos([find_set(name) for name in SOURCES], self.data, self.workspace, wanted)


def _bare(example: Example) -> Example:
    return replace(example, split=None, group=None)


def recipe(model: str, strategy: str, seed: int = 0, **options: Any) -> Recipe:
    """A recipe, with seed 0 unless another is said."""
    from core.training.spec.recipe import Recipe

    return Recipe(model, strategy=strategy, seed=seed, **options)
