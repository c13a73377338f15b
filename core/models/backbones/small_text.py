"""A small network of our own for messages: the mean of learnt word vectors, then a layer (after Joulin et al. 2017)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from core.modalities.text import TextSpec
from core.models.backbone import Backbone, LayerGroup
from core.models.card import ModelCard
from core.workspace import Workspace

_MOST_WORDS = 20_000
_WIDTH = 64
_PADDING, _UNKNOWN = 0, 1
CJK = "\u3400-\u9fff\uf900-\ufaff\u3040-\u30ff"
"""The signs of scripts that write without blanks."""
_WORD = re.compile(rf"[{CJK}]|[^\W{CJK}]+|[!?]")
"""A word, one sign of a script that writes without blanks, or a mark that carries feeling."""


class Vocabulary:
    """Numbers for words, called as a tokenizer of `transformers` is. 0 fills up, 1 is any word that is not known."""

    def __init__(self, words: Sequence[str] = ()) -> None:
        self.words = tuple(words)
        self._numbers = {word: number for number, word in enumerate(words, start=_UNKNOWN + 1)}

    @classmethod
    def of(cls, texts: Iterable[str]) -> Vocabulary:
        """The words of these messages, the commonest first."""
        counts = Counter(word for text in texts for word in split_words(text))
        return cls([word for word, _ in counts.most_common(_MOST_WORDS)])

    def __len__(self) -> int:
        return len(self.words) + 2

    def __call__(
        self, texts: Sequence[str], *, padding: bool, truncation: bool, max_length: int, return_tensors: str
    ) -> dict[str, np.ndarray]:
        rows = [[self._numbers.get(word, _UNKNOWN) for word in split_words(text)][:max_length] for text in texts]
        longest = max(1, *map(len, rows))
        ids = np.array([row + [_PADDING] * (longest - len(row)) for row in rows], dtype=np.int64)
        return {"input_ids": ids, "attention_mask": (ids != _PADDING).astype(np.int64)}


class SmallText(Backbone):
    """Word vectors, their mean over the message, a layer with ReLU. Its words are those of its pretraining."""

    def __init__(self, card: ModelCard) -> None:
        super().__init__(card)
        self._learn(Vocabulary())

    def _learn(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            self.words = nn.Embedding(len(vocabulary), _WIDTH, padding_idx=_PADDING)
            self.hidden = nn.Linear(_WIDTH, self.card.dimension)
        self.eval()

    def begin(self, payloads: Iterable[str]) -> None:
        self._learn(Vocabulary.of(payloads))

    def extras(self) -> dict[str, Any]:
        return {"vocabulary": list(self.vocabulary.words)}

    def restore(self, extras: dict[str, Any]) -> None:
        self._learn(Vocabulary(extras["vocabulary"]))

    def spec(self, size: int | None = None) -> TextSpec:
        return TextSpec(self.vocabulary, size or self.card.input_size)

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        known = attention_mask.unsqueeze(-1).to(self.words.weight.dtype)
        mean = (self.words(input_ids) * known).sum(1) / known.sum(1).clamp(min=1.0)
        return torch.relu(self.hidden(mean))

    def layer_groups(self) -> list[LayerGroup]:
        return [
            LayerGroup("words", tuple(self.words.parameters())),
            LayerGroup("layer", tuple(self.hidden.parameters())),
        ]

    def example_inputs(self, size: int | None = None) -> dict[str, Tensor]:
        ids = torch.tensor([[_UNKNOWN, _UNKNOWN, _UNKNOWN], [_UNKNOWN, _PADDING, _PADDING]])
        return {"input_ids": ids, "attention_mask": (ids != _PADDING).long()}

    def dynamic_axes(self) -> dict[str, dict[int, str]]:
        return {name: {0: "n", 1: "tokens"} for name in ("input_ids", "attention_mask")}


def load(card: ModelCard, workspace: Workspace) -> SmallText:
    """The network with random weights and no words yet."""
    return SmallText(card)


def split_words(text: str) -> list[str]:
    """The words of a message, in small letters."""
    return _WORD.findall(text.casefold())
