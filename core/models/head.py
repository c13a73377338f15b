"""The last layer: from an embedding to one number for each class."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class LinearHead(nn.Module):
    """logits = ((x - centre) / spread) W^T + b.

    Centre (d,) and spread (a scalar: the root mean squared distance from the centre) come from the training
    embeddings, so that one learning rate and one regularisation suit every backbone.
    """

    centre: Tensor
    spread: Tensor

    def __init__(self, dimension: int, classes: int) -> None:
        super().__init__()
        self.register_buffer("centre", torch.zeros(dimension))
        self.register_buffer("spread", torch.ones(()))
        self.weight = nn.Parameter(torch.zeros(classes, dimension))
        self.bias = nn.Parameter(torch.zeros(classes))

    @classmethod
    def fitted_to(cls, embeddings: Tensor, classes: int) -> LinearHead:
        """An untrained head whose centre and spread are those of `embeddings` (n, d)."""
        head = cls(embeddings.shape[1], classes)
        head.centre = embeddings.mean(0)
        centred = embeddings - head.centre
        head.spread = centred.pow(2).sum(1).mean().sqrt().clamp(min=1e-6)
        return head

    def forward(self, embeddings: Tensor) -> Tensor:
        """Logits (n, classes) of embeddings (n, d)."""
        return F.linear((embeddings - self.centre) / self.spread, self.weight, self.bias)
