"""What every strategy is given: the examples, their split, the recipe, and a pretrained model to start from."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Sequence
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from core.data.dataset import Dataset
from core.data.splits import Split
from core.events import Event
from core.models.backbone import Backbone, tensors
from core.models.card import ModelCard
from core.models.catalog import load_backbone
from core.models.embeddings import embed_dataset
from core.training.device import pick_device
from core.training.recipe import Recipe
from core.workspace import Workspace


class Task:
    """One training job. `recipe` is filled (see `Recipe.filled`); `stop` is asked between steps."""

    def __init__(
        self,
        dataset: Dataset,
        split: Split,
        recipe: Recipe,
        card: ModelCard,
        workspace: Workspace,
        stop: Callable[[], bool],
    ) -> None:
        self.dataset = dataset
        self.split = split
        self.recipe = recipe
        self.card = card
        self.workspace = workspace
        self.stop = stop
        self.device = pick_device()
        self._started = time.perf_counter()

    @cached_property
    def targets(self) -> Tensor:
        """The class number of every example, (n,) int64."""
        at = {label: i for i, label in enumerate(self.dataset.classes)}
        return torch.tensor([at[example.label] for example in self.dataset.examples], device=self.device)

    @property
    def size(self) -> int:
        return self.recipe.image_size or self.card.input_size

    @property
    def seconds(self) -> float:
        return time.perf_counter() - self._started

    @cached_property
    def backbone(self) -> Backbone:
        """The pretrained network, loaded when first needed: cached embeddings do without it."""
        return load_backbone(self.card.id, self.workspace).to(self.device)

    def embeddings(self) -> Generator[Event, None, Tensor | None]:
        """Frozen embeddings (n, d), rows outside the split zero; None when stopped on the way."""
        split = self.split
        used = sorted({*split.train, *split.validation, *split.test})
        vectors = yield from embed_dataset(
            self.dataset, self.card, lambda: self.backbone, self.workspace, self.size, used, self.stop
        )
        return None if vectors is None else torch.from_numpy(vectors).to(self.device)

    def inputs(self, indices: Sequence[int], augmentation: str = "none", epoch: int = 0) -> dict[str, Tensor]:
        """Examples as backbone inputs. How one is varied depends on seed, epoch and example alone, not on order."""
        kind = self.dataset.kind
        payloads = [
            kind.augment(self.dataset.payload(i), augmentation, np.random.default_rng([self.recipe.seed, epoch, i]))
            for i in indices
        ]
        return tensors(kind.batch(payloads, self.backbone.spec(self.size)), self.device)
