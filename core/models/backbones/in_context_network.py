"""A transformer that reads small tables at once, labelled rows and questions (after Hollmann et al. 2023 and 2025).

Every number of a row is a token, and one more stands for its class. The order of the columns means nothing, nor does
the number that a class has. Linear classifiers of the labelled rows are solved beside it: it sees what they say, begins
as logistic regression, and was pretrained to do better (`benchmarks/pretrain_tables.py`).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from core.models.backbones.closed_form import Linear, logistic, ridge

WIDTH, LAYERS = 128, 4
MOST_CLASSES = 32
"""So many vectors for classes were learnt; each table is given some of them at random."""
_PENALTIES = (0.03, 0.3, 3.0)
"""Of the linear classifiers whose errors on labelled rows that they had not seen tell how far to trust them."""
_HEADS = 4
_FARTHEST = 4.0
"""Standard deviations: a cell farther from the mean counts as this far."""
_NO_SPREAD = 1e-4

Pair = tuple[Tensor, Tensor]
"""Keys and values of an attention, (batch, heads, seen, width of a head) each."""


@dataclass(frozen=True)
class Memory:
    """What is kept of the labelled rows of b tables, so that they need not be read again with each question: the rows
    themselves (b or 1, known, columns), the vectors of the classes (b or 1, classes, width), logistic regression and
    least squares (of b or 1 tables), what each layer's questions look at, and what is made of each row in the end,
    (b, known, width)."""

    rows: Tensor
    vectors: Tensor
    linear: tuple[Linear, Linear]
    pairs: tuple[Pair, ...]
    answers: Tensor


class InContextNetwork(nn.Module):
    """Each layer lets the cells of a column look at those of the labelled rows, and then the cells of a row at each
    other. A question never sees another one."""

    def __init__(self, width: int = WIDTH, layers: int = LAYERS) -> None:
        super().__init__()
        self.cell = nn.Sequential(nn.Linear(2, width), nn.GELU(), nn.Linear(width, width))
        self.label = nn.Embedding(MOST_CLASSES, width)
        self.told = nn.Linear(width, width, bias=False)
        self.guessed = nn.Linear(len(_PENALTIES) * width, width, bias=False)
        self.asked = nn.Parameter(torch.zeros(width))
        self.layers = nn.ModuleList(_Layer(width) for _ in range(layers))
        self.question = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, width, bias=False))
        self.answer = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, width, bias=False))
        self.trust = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, 1 + len(_PENALTIES)))
        self.frequency = nn.Parameter(torch.zeros(()))
        self.start()

    @torch.no_grad()
    def start(self) -> None:
        """As logistic regression, whatever the other weights are."""
        for parameter in (self.asked, self.frequency, *self.question[-1].parameters(), *self.trust[-1].parameters()):
            nn.init.zeros_(parameter)
        *_, offsets = self.trust.parameters()
        offsets[0] = 1.0

    def remember(self, rows: Tensor, labels: Tensor, vectors: Tensor) -> Memory:
        """Of labelled rows (b, known, columns) with classes `labels` (b, known) int64, each of which is given one of
        the `vectors` (b or 1, classes) int64. The same rows and labels (1, known, ...) may come with several."""
        members = F.one_hot(labels, vectors.shape[1]).float()
        least_squares, left_out = ridge(rows, members, _PENALTIES)
        embedded = self.label(vectors)
        label = members.to(embedded.dtype) @ embedded
        cells = self._cells(rows, rows) + self.told(label).unsqueeze(2)
        own = (label + self._guess(left_out, embedded)).unsqueeze(2)
        found, pairs = self._through(torch.cat([cells, own], dim=2))
        return Memory(rows, embedded, (logistic(rows, members), least_squares), tuple(pairs), self.answer(found))

    def forward(self, memory: Memory, rows: Tensor) -> tuple[Tensor, Tensor]:
        """What is made of questions (b or 1, n, columns), (b, n, width), and what is trusted of what the linear
        classifiers say of them, (b, n, classes)."""
        exact, least_squares = (linear(rows) for linear in memory.linear)
        cells = self._cells(rows, memory.rows).expand(len(memory.answers), -1, -1, -1)
        own = (self.asked + self._guess(least_squares, memory.vectors)).unsqueeze(2)
        found = self._through(torch.cat([cells, own], dim=2), memory.pairs)[0]
        trust = self.trust(found).float().transpose(1, 2).unsqueeze(-1)
        return self.question(found), (trust * torch.cat([exact, least_squares], dim=1)).sum(1)

    def last_layer(self, memory: Memory, labels: Tensor) -> tuple[Tensor, Tensor]:
        """The linear layer that answers: weights (b, classes, width), each the mean of the class's labelled rows, and
        offsets (b, classes), which say how frequent it is."""
        member = F.one_hot(labels, memory.vectors.shape[1]).to(memory.answers.dtype)
        count = member.sum(1)
        means = member.transpose(1, 2) @ memory.answers / count.clamp(min=1).unsqueeze(-1)
        share = (count / labels.shape[1]).clamp(min=1e-6).log()
        return means * means.shape[-1] ** -0.5, self.frequency * share

    def _cells(self, rows: Tensor, known: Tensor) -> Tensor:
        found: Tensor = self.cell(scaled(rows, known).to(self.asked.dtype))
        return found

    def _guess(self, said: Tensor, vectors: Tensor) -> Tensor:
        """Vectors (b, n, width) for what linear classifiers say, (b or 1, penalties, n, classes)."""
        found: Tensor = self.guessed((said.to(vectors.dtype) @ vectors.unsqueeze(1)).transpose(1, 2).flatten(2))
        return found

    def _through(self, x: Tensor, known: tuple[Pair, ...] = ()) -> tuple[Tensor, list[Pair]]:
        """The last token of each row at the end, and what each layer looked at: the rows `x` themselves, where nothing
        is `known`."""
        pairs = []
        for number, layer in enumerate(self.layers):
            last = number == len(self.layers) - 1
            x, pair = layer(x, known[number] if known else None, last=last)
            pairs.append(pair)
        return x.squeeze(2), pairs


def scaled(rows: Tensor, known: Tensor) -> Tensor:
    """Each cell of rows (b, n, columns) by how far it is from the mean of those of the labelled rows (b, known,
    columns), in their deviations, and by how many of them are smaller, from -1 to 1: (b, n, columns, 2)."""
    mean = known.mean(1, keepdim=True)
    spread = (known - mean).pow(2).mean(1, keepdim=True).sqrt()
    far = ((rows - mean) / (spread + _NO_SPREAD)).clamp(-_FARTHEST, _FARTHEST)
    cell, other = rows.unsqueeze(2), known.unsqueeze(1)
    below = (other < cell).to(rows.dtype).mean(2) + (other <= cell).to(rows.dtype).mean(2)
    return torch.stack([far, below - 1], dim=-1)


class _Layer(nn.Module):
    """Attention among rows, attention among cells, two linear layers, each on what was normalised before."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.rows, self.cells = _Attention(width), _Attention(width)
        self.norm = nn.LayerNorm(width)
        self.up, self.down = nn.Linear(width, 2 * width), nn.Linear(2 * width, width)

    def forward(self, x: Tensor, known: Pair | None, *, last: bool) -> tuple[Tensor, Pair]:
        """`x` (b, n, tokens, width). The `last` layer gives the tokens of the class alone, and lets these look at their
        row first: nobody asks for the others any more."""
        if last:
            own = x[:, :, -1:]
            x = own + self.cells(own, self.cells.pair_of(x))
        across = x.transpose(1, 2)
        pair = known or self.rows.pair_of(across)
        x = x + self.rows(across, pair).transpose(1, 2)
        if not last:
            x = x + self.cells(x, self.cells.pair_of(x))
        return x + self.down(F.gelu(self.up(self.norm(x)))), pair


class _Attention(nn.Module):
    """Of tokens (a, b, n, width) to those of the same a and b."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.query = nn.Linear(width, width, bias=False)
        self.pair = nn.Linear(width, 2 * width, bias=False)
        self.out = nn.Linear(width, width, bias=False)
        nn.init.zeros_(self.out.weight)

    def pair_of(self, seen: Tensor) -> Pair:
        a, b, n, width = seen.shape
        pair = self.pair(self.norm(seen)).reshape(a * b, n, 2, _HEADS, width // _HEADS).permute(2, 0, 3, 1, 4)
        return pair[0], pair[1]

    def forward(self, x: Tensor, pair: Pair) -> Tensor:
        a, b, n, width = x.shape
        query = self.query(self.norm(x)).reshape(a * b, n, _HEADS, width // _HEADS).transpose(1, 2)
        found = F.scaled_dot_product_attention(query, *pair)
        out: Tensor = self.out(found.transpose(1, 2).reshape(a, b, n, width))
        return out
