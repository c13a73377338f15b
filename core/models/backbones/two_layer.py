"""The network that textbooks draw: ready features, one hidden layer, and (with the head) one layer of answers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from core.messages import Message
from core.models.backbone import Backbone, LayerGroup
from core.models.card import ModelCard
from core.models.catalogue import load_pretrained
from core.workspace import Workspace


class TwoLayer(Backbone):
    """ReLU(W x + b) on the embeddings x of a pretrained model, which stay as they are."""

    def __init__(self, card: ModelCard, features: Backbone) -> None:
        super().__init__(card)
        self.features = features
        self._hide()

    def _hide(self) -> None:
        """A hidden layer that fits the features; each new network begins with the same random weights."""
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            self.hidden = _Hidden(self.features.card.dimension, self.card.dimension)
        self.eval()

    def meet(self, payloads: Iterable[Any]) -> Message:
        """Weights of features that it knew stay; those of new ones are random."""
        known, hidden = self.features.names, self.hidden
        knew = self.features.meet(payloads)
        if self.features.names != known:
            self._hide()
            self.hidden.take(hidden, [known.index(name) if name in known else None for name in self.features.names])
        return knew

    def begin(self, payloads: Iterable[Any]) -> None:
        self.features.begin(payloads)
        self._hide()

    def extras(self) -> dict[str, Any]:
        return self.features.extras()

    def restore(self, extras: dict[str, Any]) -> None:
        self.features.restore(extras)
        self._hide()

    def spec(self, size: int | None = None) -> Any:
        return self.features.spec(size or self.card.input_size)

    def input_files(self, size: int | None = None) -> tuple[dict[str, Any], dict[str, bytes]]:
        return self.features.input_files(size or self.card.input_size)

    def forward(self, **inputs: Tensor) -> Tensor:
        return self.hidden(self.features(**inputs))

    def train(self, mode: bool = True) -> TwoLayer:
        """What is ready stays as it is, batch statistics and all."""
        super().train(mode)
        self.features.eval()
        return self

    def layer_groups(self) -> list[LayerGroup]:
        parts = (("ready features", self.features), ("hidden layer", self.hidden))
        return [LayerGroup(name, tuple(part.parameters())) for name, part in parts]

    def ready(self) -> tuple[Backbone, nn.Module]:
        return self.features, self.hidden

    def forget(self) -> None:
        self.hidden.layer.reset_parameters()

    def example_inputs(self, size: int | None = None) -> dict[str, Tensor]:
        return self.features.example_inputs(size)

    def dynamic_axes(self) -> dict[str, dict[int, str]]:
        return self.features.dynamic_axes()


def load(card: ModelCard, workspace: Workspace) -> TwoLayer:
    """The network with random weights on the pretrained model that the card names."""
    return TwoLayer(card, load_pretrained(card.features, workspace))


class _Hidden(nn.Module):
    """The hidden layer alone."""

    def __init__(self, inputs: int, width: int) -> None:
        super().__init__()
        self.layer = nn.Linear(inputs, width)

    def take(self, other: _Hidden, places: Sequence[int | None]) -> None:
        """The offsets of `other`, and its weights for each input, by where that was; None for new ones."""
        with torch.no_grad():
            self.layer.bias.copy_(other.layer.bias)
            for at, place in enumerate(places):
                if place is not None:
                    self.layer.weight[:, at] = other.layer.weight[:, place]

    def forward(self, activations: Tensor) -> Tensor:
        return torch.relu(self.layer(activations))
