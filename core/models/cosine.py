"""A last layer that goes by the angle alone, not by how long an embedding is."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from core.models.head import LinearHead

_FIRST_SCALE = 10.0


class CosineHead(nn.Module):
    """logits = s cos(x, w_class), with a scale s that is learnt (Gidaris & Komodakis 2018, eq. 4)."""

    def __init__(self, dimension: int, classes: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(classes, dimension))
        nn.init.kaiming_uniform_(self.weight, a=math.sqrt(5))
        self.log_scale = nn.Parameter(torch.tensor(math.log(_FIRST_SCALE)))

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
