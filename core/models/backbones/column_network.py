"""A small network of our own for tables: each cell a token, two layers of attention (after Gorishniy et al. 2021).

How a number is read and how cells look at each other is the same for all columns; what a column means is its own. So a
network that was pretrained on one table can go on with another: columns of the same name keep what they mean, and of
others at least the rest is there.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import accumulate

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from core.messages import Message
from core.modalities.table.columns import CATEGORY, FIRST_VALUE, GAP, Column, Columns, folded
from core.modalities.table.modality import TableSpec
from core.modalities.table.rows import Row
from core.models.backbone import LayerGroup
from core.models.backbones.columns import ColumnBackbone, met
from core.models.card import ModelCard
from core.workspace import Workspace

_LAYERS, _HEADS, _DROPOUT = 2, 4, 0.1


class ColumnNetwork(ColumnBackbone):
    """Token = column + (value of a category | number, read in a way that all share and each column weighs); attention
    among them and one more token, whose state at the end is the embedding."""

    starts: Tensor
    """Where the values of each column begin among all values, (columns,)."""
    counted: Tensor
    """1 for numbers and dates, 0 for categories, (columns,)."""

    def __init__(self, card: ModelCard) -> None:
        super().__init__(card)
        width = card.dimension
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            self.amount = nn.Sequential(nn.Linear(1, width), nn.ReLU(), nn.Linear(width, width))
            self.layers = nn.ModuleList(_Layer(width) for _ in range(_LAYERS))
            self.summary = _Vectors(1, width)
            self.norm = nn.LayerNorm(width)
        self.know(Columns())

    def know(self, columns: Columns) -> None:
        self.columns = columns
        sizes = [FIRST_VALUE + len(column.values) for column in columns.columns]
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            self.column = _Vectors(max(1, len(sizes)), self.card.dimension)
            self.weight = _Vectors(max(1, len(sizes)), self.card.dimension)
            self.value = _Vectors(max(1, sum(sizes)), self.card.dimension)
        self.register_buffer("starts", torch.tensor([0, *accumulate(sizes)][:-1], dtype=torch.long), persistent=False)
        counted = [float(column.kind != CATEGORY) for column in columns.columns]
        self.register_buffer("counted", torch.tensor(counted), persistent=False)
        self.eval()

    def meet(self, payloads: Iterable[Row]) -> Message:
        """Columns and values that it knew keep their vectors; those of new ones are random."""
        known, vectors = self.columns, (self.column, self.weight, self.value)
        columns, knew = met(known, payloads)
        if columns == known:
            return knew
        self.know(columns)
        for mine, other, places in zip(
            (self.column, self.weight, self.value), vectors, (_columns, _columns, _values), strict=True
        ):
            mine.take(other, places(known), places(columns))
        return knew

    def spec(self, size: int | None = None) -> TableSpec:
        return TableSpec(self.columns, apart=True)

    def guesser(self) -> HiddenCells:
        return HiddenCells(self)

    def forward(self, amounts: Tensor, codes: Tensor) -> Tensor:
        embeddings: Tensor = self.norm(self.states(amounts, codes)[:, 0])
        return embeddings

    def states(
        self, amounts: Tensor, codes: Tensor, hidden: Tensor | None = None, blank: Tensor | None = None
    ) -> Tensor:
        """What each token has become, (n, 1 + columns, width), the one for the whole row first. In place of what is in
        `hidden` cells, (n, columns) of bool, stands the vector `blank`."""
        there = (codes != GAP).to(amounts.dtype) * self.counted
        read = self.amount(amounts.unsqueeze(-1)) * (1 + self.weight.weight[: amounts.shape[1]])
        cells = self.column.weight[: amounts.shape[1]] + self.value(codes + self.starts) + read * there.unsqueeze(-1)
        if hidden is not None and blank is not None:
            cells = torch.where(hidden.unsqueeze(-1), self.column.weight[: amounts.shape[1]] + blank, cells)
        x = torch.cat([self.summary.weight.expand(amounts.shape[0], 1, -1), cells], dim=1)
        for layer in self.layers:
            x = layer(x)
        return x

    def layer_groups(self) -> list[LayerGroup]:
        below = (self.column, self.weight, self.value, self.amount, self.summary)
        above = [tuple(layer.parameters()) for layer in self.layers]
        above[-1] += tuple(self.norm.parameters())
        return [
            LayerGroup("cells", tuple(p for part in below for p in part.parameters())),
            *(LayerGroup(f"layer {i}", parameters) for i, parameters in enumerate(above, start=1)),
        ]

    def example_inputs(self, size: int | None = None) -> dict[str, Tensor]:
        columns = len(self.columns.columns)
        amounts = torch.linspace(-1, 1, 2 * columns).reshape(2, columns)
        return {"amounts": amounts, "codes": torch.ones(2, columns, dtype=torch.long)}

    def dynamic_axes(self) -> dict[str, dict[int, str]]:
        return {name: {0: "n"} for name in ("amounts", "codes")}


class HiddenCells(nn.Module):
    """Guesses cells that are hidden from a network by what it makes of the others (as words in Devlin et al. 2019;
    cells in Huang et al. 2020)."""

    def __init__(self, network: ColumnNetwork) -> None:
        super().__init__()
        width = network.card.dimension
        self.network = network
        self.blank = _Vectors(1, width)
        self.amount = nn.Sequential(nn.Linear(width, width), nn.GELU(), nn.Linear(width, 1))
        self.value = nn.Linear(width, width)

    def forward(self, hidden: Tensor, amounts: Tensor, codes: Tensor) -> Tensor:
        """The mean loss over the `hidden` cells, (n, columns) of bool: Huber's for numbers and dates that are there,
        cross-entropy for categories, in which a gap is a value like the others."""
        network = self.network
        states = network.norm(network.states(amounts, codes, hidden, self.blank.weight)[:, 1:])
        there = hidden & (network.counted > 0) & (codes != GAP)
        losses = [F.huber_loss(self.amount(states[there]).squeeze(-1), amounts[there], reduction="sum")]
        known = there.sum()
        ends = [*network.starts[1:].tolist(), len(network.value.weight)]
        for at in (network.counted == 0).nonzero().flatten().tolist():
            chosen = hidden[:, at]
            values = network.value.weight[int(network.starts[at]) : ends[at]]
            losses.append(
                F.cross_entropy(self.value(states[chosen, at]) @ values.T, codes[chosen, at], reduction="sum")
            )
            known = known + chosen.sum()
        return torch.stack(losses).sum() / known.clamp(min=1)


class _Layer(nn.Module):
    """Attention and two linear layers, each on what was normalised before (Xiong et al. 2020)."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.before, self.between = nn.LayerNorm(width), nn.LayerNorm(width)
        self.asked = nn.Linear(width, 3 * width)
        self.told = nn.Linear(width, width)
        self.up, self.down = nn.Linear(width, 2 * width), nn.Linear(2 * width, width)

    def forward(self, x: Tensor) -> Tensor:
        n, tokens, width = x.shape
        parts = self.asked(self.before(x)).reshape(n, tokens, 3, _HEADS, width // _HEADS).permute(2, 0, 3, 1, 4)
        seen = F.scaled_dot_product_attention(parts[0], parts[1], parts[2])
        x = x + F.dropout(self.told(seen.transpose(1, 2).reshape(n, tokens, width)), _DROPOUT, self.training)
        return x + F.dropout(self.down(F.gelu(self.up(self.between(x)))), _DROPOUT, self.training)


class _Vectors(nn.Embedding):
    """Learnt vectors whose length is about 1 at first."""

    def reset_parameters(self) -> None:
        nn.init.normal_(self.weight, std=self.embedding_dim**-0.5)

    def take(self, other: _Vectors, known: list[tuple[str, ...]], places: list[tuple[str, ...]]) -> None:
        """The vectors of `other`, which are those of `known`, for the same among `places`."""
        at = {name: number for number, name in enumerate(known)}
        with torch.no_grad():
            for number, name in enumerate(places):
                if name in at:
                    self.weight[number] = other.weight[at[name]]


def _columns(columns: Columns) -> list[tuple[str, ...]]:
    return [(folded(column.name), column.kind) for column in columns.columns]


def _values(columns: Columns) -> list[tuple[str, ...]]:
    return [
        (*name, value)
        for column, name in zip(columns.columns, _columns(columns), strict=True)
        for value in ("", " ", *_folded(column))
    ]


def _folded(column: Column) -> list[str]:
    return [folded(value) for value in column.values]


def load(card: ModelCard, workspace: Workspace) -> ColumnNetwork:
    """The network with random weights, and no columns yet."""
    return ColumnNetwork(card)
