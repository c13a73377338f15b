"""A small network of our own for messages: the mean of learnt word vectors, then a layer (after Joulin et al. 2017)."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor, nn

from core.modalities.text import TextSpec
from core.models.backbone import Backbone, LayerGroup
from core.models.card import ModelCard
from core.models.vocabulary import PADDING, UNKNOWN, Vocabulary
from core.workspace import Workspace

_WIDTH = 64


class SmallText(Backbone):
    """Word vectors, their mean over the message, a layer with ReLU. Its words are those of its pretraining."""

    def __init__(self, card: ModelCard) -> None:
        super().__init__(card)
        self._learn(Vocabulary())

    def _learn(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            self.words = nn.Embedding(len(vocabulary), _WIDTH, padding_idx=PADDING)
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

    def input_files(self, size: int | None = None) -> tuple[dict[str, Any], dict[str, bytes]]:
        about = {"vocabulary": "vocabulary.json", "max_length": size or self.card.input_size}
        return about, {"vocabulary.json": json.dumps(self.vocabulary.words, ensure_ascii=False).encode()}

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
        ids = torch.tensor([[UNKNOWN, UNKNOWN, UNKNOWN], [UNKNOWN, PADDING, PADDING]])
        return {"input_ids": ids, "attention_mask": (ids != PADDING).long()}

    def dynamic_axes(self) -> dict[str, dict[int, str]]:
        return {name: {0: "n", 1: "tokens"} for name in ("input_ids", "attention_mask")}


def load(card: ModelCard, workspace: Workspace) -> SmallText:
    """The network with random weights and no words yet."""
    return SmallText(card)
