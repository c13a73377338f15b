"""A backbone: a pretrained network without its last layer."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Hashable, Iterable, Mapping, Sequence
from copy import deepcopy
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor, nn

from core.messages import NOTHING, Message
from core.models.card import ModelCard
from core.models.head import LinearHead

if TYPE_CHECKING:
    from transformers import PreTrainedModel


HUB_MODULE = "modeling_finetune_lab"
"""The source that goes to the Hub with a model."""


@dataclass(frozen=True, slots=True)
class LayerGroup:
    """A named part of a backbone with its parameters; groups are listed from input to output."""

    name: str
    parameters: tuple[nn.Parameter, ...]


class Backbone(nn.Module, ABC):
    """Turns a batch of examples into embeddings."""

    def __init__(self, card: ModelCard) -> None:
        super().__init__()
        self.card = card

    @abstractmethod
    def spec(self, size: int | None = None) -> Any:
        """How examples must be prepared for this backbone (see the modality); `size` overrides the input size."""

    def input_files(self, size: int | None = None) -> tuple[dict[str, Any], dict[str, bytes]]:
        """What somebody else needs to prepare examples as `spec` says: plain data, and files by name."""
        return asdict(self.spec(size)), {}

    def hub_parts(self, size: int | None = None) -> tuple[PreTrainedModel, dict[str, bytes]] | None:
        """The network where it is one of `transformers`, and files by name from which that learns to prepare examples
        as `spec` says, by the classes of `HUB_MODULE` where it has none of its own. Else None."""
        return None

    @abstractmethod
    def forward(self, *args: Any, **inputs: Any) -> Tensor:
        """Embeddings (n, dimension) of a batch; its tensors come by the names that `Modality.batch` gives them.

        (`Any` lets each backbone name the inputs that it takes.)
        """

    @abstractmethod
    def layer_groups(self) -> list[LayerGroup]:
        """All parameters, in groups from input to output, for layer-wise learning rates and partial unfreezing."""

    @abstractmethod
    def example_inputs(self, size: int | None = None) -> dict[str, Tensor]:
        """A tiny batch of two with the right names, shapes and types, for tracing; of input size `size` if it says."""

    @abstractmethod
    def dynamic_axes(self) -> dict[str, dict[int, str]]:
        """Which axes of which input may vary (first axis always may)."""

    def output_axes(self) -> dict[int, str]:
        """Which axes of the output may vary."""
        return {0: "n"}

    def rows(self, outputs: np.ndarray, batch: dict[str, Any]) -> Iterable[np.ndarray]:
        """What is kept of each example of a batch."""
        return outputs

    def copied(self) -> Backbone:
        """Another one with the same weights; what prepares its examples is shared."""
        return deepcopy(self)

    def split(self, group: int) -> tuple[nn.Module, nn.Module] | None:
        """The network cut before group number `group` (0 < group < number of groups): what is below and what is above.

        Both share this network's parameters. `below` gives activations with the examples along the first axis, and
        `above(activations=...)` the same embeddings as `forward`. Where examples are of different lengths, `below` is
        a `LowerSequence`, and `above` is also told which steps are real (`attention_mask`). None where the
        architecture cannot be cut.
        """
        return None

    def ready(self) -> tuple[Backbone, nn.Module] | None:
        """A pretrained model whose embeddings this network takes as they are, and the part above them that learns.

        `above(activations=embeddings)` gives what `forward` gives. None where the network sees examples itself.
        """
        return None

    @property
    def names(self) -> tuple[Hashable, ...]:
        """What each number of an embedding stands for; () where that cannot be said."""
        return ()

    def meet(self, payloads: Iterable[Any]) -> Message:
        """Take from the training examples what it must know to see examples at all: their columns, for one (see
        `ModelCard.fits`). What it knows already stays. `card` may have another dimension afterwards. Says what it knew
        of them, where it was pretrained."""
        return NOTHING

    def show(self, payloads: Iterable[Any], targets: Sequence[int], classes: int) -> None:
        """Keep training examples and the numbers of their classes, so as to answer from them (see
        `ModelCard.in_context`). DataError where it cannot answer from such ones."""
        return None

    def last_layer(self) -> LinearHead | None:
        """The one that follows from what it was shown; None for all that need another one."""
        return None

    def begin(self, payloads: Iterable[Any]) -> None:
        """Take from the training examples what a network must know before it can learn: its words, for one."""
        return None

    def guesser(self) -> nn.Module | None:
        """What teaches this network, whose parameters it shares, without any class: called with which parts of the
        examples are `hidden` (n, parts) and a batch, it guesses them, and gives the mean loss. None where the network
        has no such way."""
        return None

    def narrow(self, payloads: Iterable[Any]) -> None:
        """Let nothing learn about which these training examples say nothing: the vectors of other words, for one."""
        return None

    def widen(self) -> None:
        """Undo `narrow`; what was learnt stays."""
        return None

    def extras(self) -> dict[str, Any]:
        """What must be kept besides the weights, as plain data."""
        return {}

    def restore(self, extras: dict[str, Any]) -> None:
        """Put back what `extras` gave, before the weights are."""
        return None

    def forget(self) -> None:
        """Put random weights in place of the pretrained ones: each layer begins as PyTorch begins it."""
        for module in self.modules():
            if isinstance(module, nn.modules.batchnorm._BatchNorm):
                module.momentum = 0.1  # statistics that follow slowly would still be those of the beginning at the end
            reset = getattr(module, "reset_parameters", None)
            if callable(reset):
                reset()

    def adapter_targets(self) -> list[str]:
        """Names of the layers that low-rank adapters may wrap: matrix products, and convolutions across all channels.

        Not the first convolution, which looks at the pixels: what is there to see in them is the same in every task.
        """
        layers = [(name, layer) for name, layer in self.named_modules() if isinstance(layer, (nn.Linear, nn.Conv2d))]
        first = next((name for name, layer in layers if isinstance(layer, nn.Conv2d)), None)
        return [name for name, layer in layers if name != first and getattr(layer, "groups", 1) == 1]


class LowerSequence(nn.Module, ABC):
    """The lower part of a network that goes through tokens or moments: `self(**inputs)` gives activations
    (n, steps, d), of which an example has more the longer it is; what follows is padding."""

    @abstractmethod
    def steps(self, batch: Mapping[str, Any]) -> np.ndarray:
        """How many steps each example of a batch (arrays by name) has, (n,) int64."""

    @abstractmethod
    def expected_steps(self, text: str | None, facts: Mapping[str, Any]) -> int:
        """About how many an example has, going by what the dataset's file says of it."""


def freeze_statistics(module: nn.Module) -> None:
    """Keep BatchNorm running statistics: a handful of examples would ruin those of the pretraining."""
    for inner in module.modules():
        if isinstance(inner, nn.modules.batchnorm._BatchNorm):
            inner.eval()


def device_of(module: nn.Module) -> torch.device:
    """Where its parameters are; one without any is on the processor."""
    return next((parameter.device for parameter in module.parameters()), torch.device("cpu"))


def tensors(batch: dict[str, Any], device: torch.device | str = "cpu") -> dict[str, Tensor]:
    """NumPy arrays of a batch as tensors on `device`; four-dimensional ones in channels-last order (faster on CPU)."""
    moved = {name: torch.from_numpy(values).to(device) for name, values in batch.items()}
    return {
        name: value.contiguous(memory_format=torch.channels_last) if value.dim() == 4 else value
        for name, value in moved.items()
    }


def layer_groups_of(network: nn.Module) -> list[LayerGroup]:
    """Stages of a network built of repeated layers: what lies below them, then each layer, what follows in the last.

    Below is whatever the network lists before its layers, and every look-up table (`nn.Embedding`), wherever it stands.
    """
    layers = list(repeated_layers(network))
    inside = {id(p) for layer in layers for p in layer.parameters()}
    tables = {id(p) for module in network.modules() if isinstance(module, nn.Embedding) for p in module.parameters()}
    below: list[nn.Parameter] = []
    above: list[nn.Parameter] = []
    reached = False
    for parameter in network.parameters():
        if id(parameter) in inside:
            reached = True
        else:
            (above if reached and id(parameter) not in tables else below).append(parameter)
    held = [list(layer.parameters()) for layer in layers]
    if held:
        held[-1] += above
    repeated = [LayerGroup(f"layer {i}", tuple(parameters)) for i, parameters in enumerate(held, start=1)]
    return [LayerGroup("below the layers", tuple(below)), *repeated]


def repeated_layers(network: nn.Module) -> nn.ModuleList:
    """The longest list of layers that is not itself inside a layer; an empty one where there is none."""
    lists = _outer_lists(network)
    return max(lists, key=len) if lists else nn.ModuleList()


def _outer_lists(module: nn.Module) -> list[nn.ModuleList]:
    if isinstance(module, nn.ModuleList):
        return [module]
    return [found for child in module.children() for found in _outer_lists(child)]
