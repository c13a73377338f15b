"""What of a network is run in training: all of it, or what lies above activations that are computed once."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

import numpy as np
import torch
from torch import Tensor, nn

from core.events import Event
from core.modalities.base import Batch
from core.models.backbone import LayerGroup, LowerSequence, tensors
from core.models.embeddings import embed_dataset, embed_rows
from core.models.trunk import Trunk, cut, gathered
from core.training.engine.context import TrainingContext
from core.training.engine.stage import Indices

_KEPT_BYTES = 512 * 1024**2
"""Activations below the part that learns are kept if they take no more than this."""


class Part(ABC):
    """What of a backbone is run, and how examples reach it: `module(**inputs(...))` gives embeddings (n, d).

    `groups` are those that may learn.
    """

    def __init__(self, module: nn.Module, groups: Sequence[LayerGroup]) -> None:
        self.module = module
        self.groups = tuple(groups)

    @abstractmethod
    def inputs(self, indices: Indices, augmentation: str = "none", epoch: int = 0) -> dict[str, Tensor]:
        """The examples as `module` takes them, varied as befits the epoch."""

    def embed(self, indices: Indices, augmentation: str = "none", epoch: int = 0) -> Tensor:
        """Embeddings (n, d) of these examples."""
        embeddings: Tensor = self.module(**self.inputs(indices, augmentation, epoch))
        return embeddings

    def prefetch(self, indices: Indices, augmentation: str, epoch: int) -> None:
        """These inputs will be asked for next."""
        return None

    def finish(self) -> None:
        """Training is over: make the backbone an ordinary one again."""
        return None

    @property
    def parameters(self) -> list[nn.Parameter]:
        return [p for group in self.groups for p in group.parameters]


class WholeNetwork(Part):
    """All of the backbone. The inputs of a step are prepared in a thread while the step before it is computed."""

    def __init__(self, context: TrainingContext, groups: Sequence[LayerGroup] | None = None) -> None:
        """`groups` are those that may learn, if not all of them. Ready features never do."""
        fixed = 1 if context.card.features else 0
        super().__init__(context.backbone, groups or context.backbone.layer_groups()[fixed:])
        self._context = context
        self._pool = ThreadPoolExecutor(max_workers=1)
        self._waiting: tuple[tuple[object, ...], Future[Batch]] | None = None

    def inputs(self, indices: Indices, augmentation: str = "none", epoch: int = 0) -> dict[str, Tensor]:
        if self._waiting and self._waiting[0] == (tuple(indices), augmentation, epoch):
            batch = self._waiting[1].result()
            self._waiting = None
        else:
            batch = self._context.batch(indices, augmentation, epoch)
        return tensors(batch, self._context.device)

    def prefetch(self, indices: Indices, augmentation: str, epoch: int) -> None:
        asked = (tuple(indices), augmentation, epoch)
        self._waiting = (asked, self._pool.submit(self._context.batch, indices, augmentation, epoch))


class NarrowedNetwork(WholeNetwork):
    """All of the backbone but what the training examples say nothing about: the vectors of other words, for one."""

    def __init__(self, context: TrainingContext) -> None:
        context.backbone.narrow(context.training_payloads())
        super().__init__(context)

    def finish(self) -> None:
        self._context.backbone.widen()


class AdaptedNetwork(WholeNetwork):
    """Low-rank adapters beside every matrix product (Hu et al. 2021, "LoRA"), merged into the weights at the end.

    W x + (alpha / r) B A x with A (r, in) random and B (out, r) zero at first: the start is the pretrained model.
    """

    def __init__(self, context: TrainingContext, rank: int) -> None:
        from peft import LoraConfig  # takes a second, and nobody else needs it
        from peft.tuners.lora import LoraModel

        super().__init__(context)
        torch.manual_seed(context.config.seed)
        config = LoraConfig(r=rank, lora_alpha=2 * rank, target_modules=context.backbone.adapter_targets())
        self._adapters = LoraModel(context.backbone, config, "default")
        context.backbone.to(context.device)

    @property
    def parameters(self) -> list[nn.Parameter]:
        return [p for p in self.module.parameters() if p.requires_grad]

    def finish(self) -> None:
        self._adapters.merge_and_unload()


class AboveFeatures(Part):
    """What lies above ready embeddings `rows` (n, d) of every example, which come as they are."""

    def __init__(
        self, context: TrainingContext, above: nn.Module, groups: Sequence[LayerGroup], rows: np.ndarray
    ) -> None:
        super().__init__(above, groups)
        self._context, self._rows = context, rows

    def inputs(self, indices: Indices, augmentation: str = "none", epoch: int = 0) -> dict[str, Tensor]:
        return tensors({"activations": self._rows[list(indices)]}, self._context.device)


class AboveTrunk(Part):
    """What lies above activations `rows`, flat, by id of the example; `shape` is that of one example's.

    Examples without kept activations, which are evaluated once, go through the `whole` network.
    """

    def __init__(
        self,
        context: TrainingContext,
        above: nn.Module,
        whole: WholeNetwork,
        rows: dict[str, np.ndarray],
        shape: tuple[int, ...],
    ) -> None:
        super().__init__(above, whole.groups)
        self._context, self._whole, self._rows, self._shape = context, whole, rows, shape

    def inputs(self, indices: Indices, augmentation: str = "none", epoch: int = 0) -> dict[str, Tensor]:
        examples = self._context.dataset.examples
        return gathered([self._rows[examples[i].id] for i in indices], self._shape, self._context.device)

    def embed(self, indices: Indices, augmentation: str = "none", epoch: int = 0) -> Tensor:
        examples = self._context.dataset.examples
        if all(examples[i].id in self._rows for i in indices):
            return super().embed(indices, augmentation, epoch)
        self._whole.module.eval()
        return self._whole.embed(indices)


def from_nothing(context: TrainingContext) -> Generator[Event, None, Part | None]:
    """The network with random weights; on ready features only what is above them, where examples come as they are.

    None when stopped while the features were computed.
    """
    backbone, config = context.backbone, context.config
    backbone.begin(context.training_payloads())
    backbone.to(context.device).forget()
    ready = backbone.ready()
    whole = NarrowedNetwork(context)
    context.train_only(whole.parameters)
    if ready is None or config.augmentation != "none" or config.turns > 1:
        return whole
    features, above = ready
    rows = yield from embed_dataset(
        context.dataset, features.card, lambda: features, context.workspace, context.size, context.used,
        context.is_interrupted,
    )  # fmt: skip
    return None if rows is None else AboveFeatures(context, above, whole.groups, rows)


def last_layers(context: TrainingContext, layers: int) -> Generator[Event, None, Part | None]:
    """The last `layers` groups, on activations that are computed once and kept; None when stopped on the way.

    Where that is too much, they are kept of what is looked at again and again: of a large validation or test set only
    a part is, and the rest is evaluated once.

    Where examples are varied anew each time, or the network cannot be cut, or there would be too much to keep, or only
    the first group (a look-up of words, a first convolution) would be spared, the whole network is run instead and its
    lower groups merely do not learn.
    """
    groups = context.backbone.layer_groups()
    below = max(0, len(groups) - layers)
    whole = WholeNetwork(context, groups[below:]) if below else NarrowedNetwork(context)
    if below <= 1 or context.config.augmentation != "none":
        return whole
    parts = cut(context.backbone, below, context.size)
    if parts is None:
        return whole
    trunk, above, shape = parts
    kept = context.used
    if _bytes(context, trunk, kept, shape) > _KEPT_BYTES:
        kept = sorted({*context.split.train, *context.monitored})
    if _bytes(context, trunk, kept, shape) > _KEPT_BYTES:
        return whole
    rows: dict[str, np.ndarray] = {}
    done = yield from embed_rows(
        context.dataset, trunk.card, lambda: trunk, context.workspace, context.size, kept, rows.__setitem__,
        context.is_interrupted, work="",
    )  # fmt: skip
    return AboveTrunk(context, above, whole, rows, shape) if done else None


def _bytes(context: TrainingContext, trunk: Trunk, indices: Sequence[int], shape: tuple[int, ...]) -> int:
    """Memory for one float32 array of this shape for each of these examples."""
    numbers = abs(int(np.prod(shape)))
    if not isinstance(trunk.below, LowerSequence):
        return 4 * numbers * len(indices)
    examples = (context.dataset.examples[i] for i in indices)
    return 4 * numbers * sum(trunk.below.expected_steps(example.text, example.facts) for example in examples)
