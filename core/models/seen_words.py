"""A table of word vectors of which only those learn whose words occur in the training examples.

No other row ever gets a gradient, yet an optimiser goes through all of them at every step and keeps two numbers for
each of theirs. Of a vocabulary of 30,000 words, or 250,000, a small data set holds some hundreds.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class SeenWords(nn.Module):
    """Gives what `table` (v, d) gives; the rows `seen`, (k,) int64 and each named once, may learn."""

    def __init__(self, table: nn.Embedding, seen: Tensor) -> None:
        super().__init__()
        known = table.weight.detach()
        self.learning = nn.Embedding(len(seen), known.shape[1])
        self.learning.weight = nn.Parameter(known[seen].clone())
        place = torch.full((len(known),), -1, device=known.device)
        place[seen] = torch.arange(len(seen), device=known.device)
        self.register_buffer("place", place, persistent=False)
        self._table = [table]  # in a list: its parameters are none of this module's

    def forward(self, ids: Tensor) -> Tensor:
        place = self.place[ids]
        fixed = F.embedding(ids, self._table[0].weight.detach())
        return torch.where((place >= 0).unsqueeze(-1), self.learning(place.clamp(min=0)), fixed)

    def whole(self) -> nn.Embedding:
        """The table, with what was learnt in its place."""
        table, seen = self._table[0], self.place >= 0
        with torch.no_grad():
            table.weight[seen] = self.learning.weight[self.place[seen]]
        return table
