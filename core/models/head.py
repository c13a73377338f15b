"""The last layer: from an embedding to one number for each class."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class LinearHead(nn.Module):
    """logits = prepared(x) W^T + b, where prepared(x) = (x - centre) / spread, brought to unit length if `normalise`.

    Centre (d,) and spread (a scalar: the root mean squared distance from the centre) come from the training
    embeddings, so that one learning rate and one regularisation suit every backbone.
    """

    centre: Tensor
    spread: Tensor

    def __init__(self, dimension: int, classes: int, *, normalise: bool = False) -> None:
        super().__init__()
        self.normalise = normalise
        self.register_buffer("centre", torch.zeros(dimension))
        self.register_buffer("spread", torch.ones(()))
        self.weight = nn.Parameter(torch.zeros(classes, dimension))
        self.bias = nn.Parameter(torch.zeros(classes))

    @classmethod
    def fitted_to(cls, embeddings: Tensor, classes: int, *, normalise: bool = False) -> LinearHead:
        """An untrained head whose centre and spread are those of `embeddings` (n, d), on their device."""
        head = cls(embeddings.shape[1], classes, normalise=normalise).to(embeddings.device)
        head.fit_to(embeddings)
        return head

    def fit_to(self, embeddings: Tensor) -> None:
        """Take centre and spread from `embeddings` (n, d)."""
        self.centre.copy_(embeddings.mean(0))
        centred = embeddings - self.centre
        self.spread.copy_(centred.pow(2).sum(1).mean().sqrt().clamp(min=1e-6))

    def first(self, classes: int) -> LinearHead:
        """The same answers for the first `classes` classes; itself when there are no others."""
        if classes == len(self.bias):
            return self
        part = LinearHead(self.weight.shape[1], classes, normalise=self.normalise).to(self.weight.device)
        kept = {name: self.state_dict()[name][:classes] for name in ("weight", "bias")}
        part.load_state_dict({**self.state_dict(), **kept})
        return part

    def prepared(self, embeddings: Tensor) -> Tensor:
        """What the weights are applied to, (n, d)."""
        x = (embeddings - self.centre) / self.spread
        return F.normalize(x, dim=1) if self.normalise else x

    def forward(self, embeddings: Tensor) -> Tensor:
        """Logits (n, classes) of embeddings (n, d), in full precision."""
        with torch.autocast(embeddings.device.type, enabled=False):
            return F.linear(self.prepared(embeddings.float()), self.weight, self.bias)


class CosineHead(nn.Module):
    """logits = s cos(x, w_class), with a scale s that is learnt (Gidaris & Komodakis 2018, eq. 4).

    It goes by the angle between an embedding and its class alone, not by how long the embedding is.
    """

    FIRST_SCALE = 10.0

    def __init__(self, dimension: int, classes: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(classes, dimension))
        nn.init.kaiming_uniform_(self.weight, a=math.sqrt(5))
        self.log_scale = nn.Parameter(torch.tensor(math.log(self.FIRST_SCALE)))

    def forward(self, embeddings: Tensor) -> Tensor:
        """Logits (n, classes) of embeddings (n, d), in full precision."""
        with torch.autocast(embeddings.device.type, enabled=False):
            cosines = F.linear(F.normalize(embeddings.float(), dim=1), F.normalize(self.weight, dim=1))
            return self.log_scale.exp() * cosines

    def as_linear(self, classes: int) -> LinearHead:
        """The same answers for the first `classes` classes, as the head that models are saved with."""
        head = LinearHead(self.weight.shape[1], classes, normalise=True).to(self.weight.device)
        with torch.no_grad():
            head.weight.copy_(self.log_scale.exp() * F.normalize(self.weight[:classes], dim=1))
        return head
