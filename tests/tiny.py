"""Backbones of a few hundred parameters with the traps of real ones: BatchNorm, dropout, layer groups, a tokenizer."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from core.messages import Message, quoted
from core.modalities.image.modality import ImageSpec
from core.modalities.text import TextSpec
from core.models.backbone import Backbone, LayerGroup, LowerSequence
from core.models.card import ModelCard
from core.models.catalogue import BUNDLED
from core.workspace import Workspace


def _card(model_id: str, modality: str, dimension: int, input_size: int) -> ModelCard:
    return ModelCard(
        id=model_id,
        title=quoted(model_id),
        modality=modality,
        knows=Message("Nothing."),
        licence="none",
        parameters=100,
        megabytes=0.1,
        dimension=dimension,
        input_size=input_size,
        identity=f"{model_id}-1",
        backbone="tests.tiny:load",
        stages=3,
    )


TINY_IMAGE = _card("tiny-image", "image", 12, 32)
TINY_TEXT = _card("tiny-text", "text", 10, 16)


class TinyImage(Backbone):
    """Two convolutions, channels last, with BatchNorm and dropout; the same weights every time it is made."""

    def __init__(self, card: ModelCard = TINY_IMAGE) -> None:
        super().__init__(card)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(5)
            self.first = nn.Sequential(nn.Conv2d(3, 6, 3, stride=2, padding=1), nn.BatchNorm2d(6), nn.ReLU())
            self.second = nn.Sequential(nn.Conv2d(6, 12, 3, stride=2, padding=1), nn.BatchNorm2d(12), nn.ReLU())
            self.third = nn.Sequential(nn.Conv2d(12, 12, 1), nn.BatchNorm2d(12))
            self.dropout = nn.Dropout(0.2)
        self.to(memory_format=torch.channels_last)
        self.eval()

    def spec(self, size: int | None = None) -> ImageSpec:
        return ImageSpec(size or self.card.input_size, (127.5, 127.5, 127.5), (64.0, 64.0, 64.0))

    def forward(self, pixels: Tensor) -> Tensor:
        return _Pooled(nn.Sequential(*self._parts()))(pixels)

    def layer_groups(self) -> list[LayerGroup]:
        return [LayerGroup(f"part {i}", tuple(part.parameters())) for i, part in enumerate(self._parts())]

    def split(self, group: int) -> tuple[nn.Module, nn.Module]:
        return nn.Sequential(*self._parts()[:group]), _Pooled(nn.Sequential(*self._parts()[group:]))

    def _parts(self) -> list[nn.Module]:
        return [self.first, self.second, nn.Sequential(self.third, self.dropout)]

    def example_inputs(self, size: int | None = None) -> dict[str, Tensor]:
        side = size or 32
        return {"pixels": torch.linspace(-1, 1, 2 * 3 * side * side).reshape(2, 3, side, side)}

    def dynamic_axes(self) -> dict[str, dict[int, str]]:
        return {"pixels": {0: "n", 2: "height", 3: "width"}}


class _Pooled(nn.Module):
    def __init__(self, parts: nn.Module) -> None:
        super().__init__()
        self.parts = parts

    def forward(self, activations: Tensor) -> Tensor:
        return self.parts(activations).mean((2, 3))


class TinyTokenizer:
    """One number a word, the same in every process; 0 is padding."""

    def __call__(
        self, texts: Sequence[str], *, padding: bool, truncation: bool, max_length: int, return_tensors: str
    ) -> dict[str, np.ndarray]:
        assert padding and truncation and return_tensors == "np"
        rows = [[1 + sum(word.encode()) % 60 for word in text.split()][:max_length] for text in texts]
        longest = max(map(len, rows))
        ids = np.array([row + [0] * (longest - len(row)) for row in rows])
        return {"input_ids": ids, "attention_mask": (ids > 0).astype(int)}


class TinyText(Backbone):
    """Word vectors, a layer, the mean over words."""

    def __init__(self, card: ModelCard = TINY_TEXT) -> None:
        super().__init__(card)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(6)
            self.words = nn.Embedding(64, 10)
            self.layer = nn.Linear(10, 10)
            self.last = nn.Linear(10, 10)
            self.dropout = nn.Dropout(0.2)
        self.eval()

    def spec(self, size: int | None = None) -> TextSpec:
        return TextSpec(TinyTokenizer(), size or self.card.input_size)

    def forward(self, input_ids: Tensor, attention_mask: Tensor, **others: Tensor) -> Tensor:
        return _Above(self)(_Below(self)(input_ids), attention_mask)

    def layer_groups(self) -> list[LayerGroup]:
        return [LayerGroup(name, tuple(getattr(self, name).parameters())) for name in ("words", "layer", "last")]

    def split(self, group: int) -> tuple[nn.Module, nn.Module] | None:
        return (_Below(self), _Above(self)) if group == 2 else None

    def example_inputs(self, size: int | None = None) -> dict[str, Tensor]:
        return {
            "input_ids": torch.tensor([[3, 4, 5], [6, 0, 0]]),
            "attention_mask": torch.tensor([[1, 1, 1], [1, 0, 0]]),
        }

    def dynamic_axes(self) -> dict[str, dict[int, str]]:
        return {name: {0: "n", 1: "tokens"} for name in ("input_ids", "attention_mask")}


class _Below(LowerSequence):
    """What is below the last layer of a TinyText."""

    def __init__(self, whole: TinyText) -> None:
        super().__init__()
        self.words, self.layer, self.dropout = whole.words, whole.layer, whole.dropout

    def forward(self, input_ids: Tensor, attention_mask: Tensor | None = None) -> Tensor:
        return torch.tanh(self.layer(self.dropout(self.words(input_ids))))

    def steps(self, batch: Mapping[str, Any]) -> np.ndarray:
        return batch["attention_mask"].sum(1)

    def expected_steps(self, text: str | None, facts: Mapping[str, Any]) -> int:
        return len((text or "").split())


class _Above(nn.Module):
    """The last layer of a TinyText, and the mean over words."""

    def __init__(self, whole: TinyText) -> None:
        super().__init__()
        self.last, self.dropout = whole.last, whole.dropout

    def forward(self, activations: Tensor, attention_mask: Tensor) -> Tensor:
        hidden = self.last(self.dropout(activations))
        mask = attention_mask.unsqueeze(-1).to(hidden.dtype)
        return (hidden * mask).sum(1) / mask.sum(1)


TINY: dict[str, Any] = {"tiny-image": TinyImage, "tiny-text": TinyText}


def load(card: ModelCard, workspace: Workspace) -> Backbone:
    """What the cards name."""
    return TINY[card.id](card)


Translate = Callable[[Backbone], bytes | None]
_TRANSLATED: dict[str, bytes] = {}


def translated_once(translate: Translate) -> Translate:
    """In place of `encoders.translated`, which takes longer than most trainings of a tiny model: once a process. Their
    weights are the same every time, and so are those of what is below their layers that learn. Others by `translate`.
    """

    def once(backbone: Backbone) -> bytes | None:
        identity = backbone.card.identity
        network = _TRANSLATED.get(identity) or translate(backbone)
        if network and identity.startswith("tiny-"):
            _TRANSLATED[identity] = network
        return network

    return once


def bundled_once(translate: Translate, folder: Path) -> Translate:
    """In place of `encoders.translated`, too: a bundled network, which nobody changes, once for all whose `folder`
    this is. A workspace keeps it by the same name (`encoders.onnx_path`), but each test has a workspace of its own."""
    bundled = {card.identity for card in BUNDLED}

    def once(backbone: Backbone) -> bytes | None:
        identity = backbone.card.identity
        if identity not in bundled:
            return translate(backbone)
        weights = hashlib.blake2b(digest_size=8)  # a test may let a tiny network stand for one that is bundled
        for tensor in backbone.state_dict().values():
            weights.update(tensor.numpy().tobytes())
        kept = folder / f"{identity}-{weights.hexdigest()}"
        if not kept.exists() and (network := translate(backbone)):
            own = kept.with_name(f"{kept.name}.{os.getpid()}")
            own.write_bytes(network)
            own.replace(kept)
        return kept.read_bytes() if kept.exists() else None

    return once
