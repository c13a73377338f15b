"""What every strategy is given: the examples, their split, the configuration, and a pretrained model to start from."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from functools import cached_property
from typing import TypeAlias

import numpy as np
import torch
from torch import Tensor, nn

from core.data.dataset import Dataset
from core.data.splits import Split
from core.events import Event
from core.messages import NOTHING
from core.modalities.base import Batch, Payload
from core.models.backbone import Backbone, tensors
from core.models.card import ModelCard
from core.models.embeddings import embed_dataset
from core.models.trained import load_backbone
from core.training.engine.checkpoint import Checkpoint
from core.training.engine.device import pick_device
from core.training.engine.history import History, choose_shown
from core.training.engine.measure import bfloat16_suits
from core.training.spec.config import TrainingConfig
from core.training.spec.estimate import monitored_each_epoch
from core.training.spec.strategies import STRATEGIES
from core.workspace import Workspace

Load: TypeAlias = Callable[[str, Workspace], Backbone]
"""The network behind a model id, for one training alone."""


class TrainingContext:
    """One training. `stop` and `pause` are asked between steps.

    `unwatched`: nobody sees a curve, so only what it ends with is evaluated. `load` gives it the pretrained network,
    which it changes.
    """

    def __init__(
        self,
        dataset: Dataset,
        split: Split,
        config: TrainingConfig,
        card: ModelCard,
        workspace: Workspace,
        stop: Callable[[], bool] = lambda: False,
        pause: Callable[[], bool] = lambda: False,
        checkpoint: Checkpoint | None = None,
        history: History | None = None,
        *,
        unwatched: bool = False,
        load: Load = load_backbone,
    ) -> None:
        self.dataset = dataset
        self.split = split
        self.config = config
        self._card = card
        self.workspace = workspace
        self.checkpoint = checkpoint or Checkpoint()
        self.history = history or History()
        self.unwatched = unwatched
        self._load = load
        self.device = pick_device(config.device)
        self._stop = stop
        self._pause = pause
        self._interruption = ""
        self.bfloat16 = False
        """Whether steps of training multiply in bfloat16; known when the network is there."""
        self.knew = NOTHING
        """What the model knew of the training examples before it met them, where that is some, but not all."""
        self._started = time.perf_counter()
        self.threads = torch.get_num_threads()
        """So many calculate; where it goes on from a checkpoint, as many as before, wherever that was."""
        saved = self.checkpoint.load()
        if saved:  # the time that was spent before it was interrupted counts
            self._started -= float(saved.about["seconds"])
            self.threads = int(saved.about["threads"])

    def count_in(self, seconds: float) -> None:
        """So long it took before training itself began."""
        self._started -= seconds

    def interruption(self) -> str:
        """ "stop" or "pause" when a person asked for it, else nothing. Once seen, it stays."""
        self._interruption = self._interruption or ("stop" if self._stop() else "pause" if self._pause() else "")
        return self._interruption

    def is_interrupted(self) -> bool:
        return bool(self.interruption())

    @cached_property
    def targets(self) -> Tensor:
        """The class number of every example, (n,) int64."""
        at = {label: i for i, label in enumerate(self.dataset.classes)}
        return torch.tensor([at[example.label] for example in self.dataset.examples], device=self.device)

    @cached_property
    def class_counts(self) -> Tensor:
        """How many training examples each class has, (classes,) int64."""
        return torch.bincount(self.targets[list(self.split.train)], minlength=len(self.dataset.classes))

    @cached_property
    def class_weights(self) -> Tensor | None:
        """With "balanced", n / (classes * n_class) for every class; None when all examples count the same.

        (classes,), or (turns * classes,) where turned pictures are classes of their own.
        """
        if self.config.class_weighting != "balanced":
            return None
        counts = self.class_counts
        weights = counts.sum() / (len(counts) * counts.clamp(min=1).float())
        return weights.repeat(self.config.turns)

    def unlabelled(self, most: int) -> list[int]:
        """Examples without a class that may be learnt from, by their index in `Dataset.without_classes`: none is a copy
        of one that is held back. Of more than `most` so many are drawn."""
        training = set(self.split.train)
        held_back = {example.id for i, example in enumerate(self.dataset.examples) if i not in training}
        free = [i for i, example in enumerate(self.dataset.unlabelled) if example.id not in held_back]
        drawn = np.random.default_rng([self.config.seed, 11]).permutation(len(free))[:most]
        return [free[i] for i in sorted(drawn)]

    @property
    def used(self) -> list[int]:
        """All examples of the split."""
        return sorted({*self.split.train, *self.split.validation, *self.split.test})

    @cached_property
    def monitored(self) -> tuple[int, ...]:
        """The validation examples to look at after each epoch where looking costs time; at the last one, all are."""
        validation = self.split.validation
        many = monitored_each_epoch(len(self.split.train), len(validation))
        if len(validation) == many:
            return validation
        drawn = np.random.default_rng(self.config.seed).permutation(len(validation))[:many]
        return tuple(validation[i] for i in sorted(drawn))

    @cached_property
    def shown(self) -> tuple[int, ...]:
        """The validation examples that a person watches one by one."""
        return choose_shown(self.monitored, self.targets[list(self.monitored)].tolist())

    @property
    def size(self) -> int:
        """The input size: pixels a side, or tokens."""
        return self.config.image_size or self.card.input_size

    @property
    def seconds(self) -> float:
        """Since training began, what was spent before an interruption included."""
        return time.perf_counter() - self._started

    @property
    def card(self) -> ModelCard:
        """That of the model; of one that fits the training examples, as it is then."""
        return self.backbone.card if self._card.fits else self._card

    @cached_property
    def backbone(self) -> Backbone:
        """The pretrained network, loaded when first needed: cached embeddings do without it."""
        backbone = self._load(self._card.id, self.workspace)
        if self._card.fits:
            self.knew = backbone.meet(self.training_payloads())
        if self._card.in_context:
            targets = self.targets[list(self.split.train)].tolist()
            backbone.show(self.training_payloads(), targets, len(self.dataset.classes))
        if STRATEGIES[self.config.strategy].tunes_backbone:  # before anything in it is cut or adapted
            self.bfloat16 = bfloat16_suits(backbone, self.workspace, self.device)
        return backbone.to(self.device)

    def train_only(self, parameters: Iterable[nn.Parameter]) -> list[nn.Parameter]:
        """Let these parameters of the backbone learn and no others; returns them in the backbone's order."""
        chosen = {id(p) for p in parameters}
        for parameter in self.backbone.parameters():
            parameter.requires_grad_(id(parameter) in chosen)
        return [p for p in self.backbone.parameters() if id(p) in chosen]

    def embeddings(self) -> Generator[Event, None, Tensor | None]:
        """Frozen embeddings (n, d), rows outside the split zero; None when stopped on the way."""
        vectors = yield from embed_dataset(
            self.dataset, self.card, lambda: self.backbone, self.workspace, self.size, self.used, self.is_interrupted
        )
        return None if vectors is None else torch.from_numpy(vectors).to(self.device)

    def unlabelled_embeddings(self, chosen: Sequence[int]) -> Generator[Event, None, Tensor | None]:
        """Frozen embeddings (m, d) of these examples without a class; None when stopped on the way."""
        rest = self.dataset.without_classes
        vectors = yield from embed_dataset(
            rest, self.card, lambda: self.backbone, self.workspace, self.size, chosen, self.is_interrupted
        )
        return None if vectors is None else torch.from_numpy(vectors[list(chosen)]).to(self.device)

    def batches(self, epoch: int, size: int) -> list[np.ndarray]:
        """The training examples of every step of an epoch, in an order that follows from seed and epoch.

        Where that wastes less on padding, examples of like length come together: batches are cut from stretches of
        eight, sorted within, and then shuffled. A last batch that is short stays last.
        """
        rng = np.random.default_rng([self.config.seed, epoch])
        order = rng.permutation(np.array(self.split.train))
        if not self.dataset.kind.sorts_by_length:
            return _cut(order, size)
        stretches = _cut(order, 8 * size)
        batches = [batch for stretch in stretches for batch in _cut(stretch[self.by_length(stretch)], size)]
        short = [batch for batch in batches if len(batch) < size]
        whole = [batch for batch in batches if len(batch) == size]
        return [whole[i] for i in rng.permutation(len(whole))] + short

    def by_length(self, indices: np.ndarray) -> np.ndarray:
        """Positions in `indices`, the longest example first."""
        if not self.dataset.kind.sorts_by_length:
            return np.arange(len(indices))
        return np.argsort([-self.dataset.effort([i]) for i in indices], kind="stable")

    def training_payloads(self) -> Iterator[Payload]:
        """The training examples themselves, each read when its turn comes."""
        return (self.dataset.payload(i) for i in self.split.train)

    def inputs(
        self, indices: Sequence[int] | np.ndarray, augmentation: str = "none", epoch: int = 0
    ) -> dict[str, Tensor]:
        """Examples as backbone inputs. How one is varied depends on seed, epoch and example alone, not on order."""
        return tensors(self.batch(indices, augmentation, epoch), self.device)

    def batch(self, indices: Sequence[int] | np.ndarray, augmentation: str = "none", epoch: int = 0) -> Batch:
        """The same as arrays."""
        kind, seed = self.dataset.kind, self.config.seed
        size = self.size if augmentation == "none" else None  # a crop needs the detail of the whole
        payloads = [
            kind.augment(self.dataset.payload(i, size), augmentation, np.random.default_rng([seed, epoch, i]))
            for i in indices
        ]
        return kind.batch(payloads, self.backbone.spec(self.size))


def _cut(indices: np.ndarray, size: int) -> list[np.ndarray]:
    return [indices[start : start + size] for start in range(0, len(indices), size)]
