"""Words and letters as a network: TF-IDF of the training texts' own vocabulary. Nothing in it learns but that.

With the last layer it is the linear model that texts are compared with everywhere (Joachims 1998; Wang & Manning 2012).
It reads any language, and every weight of the last layer belongs to one word or one row of letters.
"""

from __future__ import annotations

import json
from collections.abc import Hashable, Iterable
from dataclasses import replace
from math import sqrt
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from core.errors import ModelError
from core.messages import NOTHING, Message
from core.modalities.terms import Terms, learnt, readable
from core.modalities.text import TextSpec
from core.modalities.text_decoding import read_part
from core.models.backbone import Backbone, LayerGroup
from core.models.card import ModelCard
from core.workspace import Workspace


class WordsAndLetters(Backbone):
    """(1 + ln count) x rarity of each term; all of the words and all of the letters count the same, and every text is
    of unit length."""

    rarity: Tensor
    """The inverse document frequency of each term, (terms,)."""

    def __init__(self, card: ModelCard) -> None:
        super().__init__(card)
        self.register_buffer("rarity", torch.empty(0))
        self._know(Terms(), torch.empty(0))

    def _know(self, terms: Terms, rarity: Tensor) -> None:
        self.terms, self.rarity = terms, rarity
        self.card = replace(self.card, dimension=len(terms))

    @property
    def names(self) -> tuple[Hashable, ...]:
        return tuple(map(readable, (*self.terms.words, *self.terms.letters)))

    def meet(self, payloads: Iterable[str]) -> Message:
        if not len(self.terms):
            self.begin(payloads)
        return NOTHING

    def begin(self, payloads: Iterable[str]) -> None:
        terms, rarity = learnt([read_part(text, self.card.input_size) for text in payloads])
        self._know(terms, torch.from_numpy(rarity))

    def extras(self) -> dict[str, Any]:
        return {"words": list(self.terms.words), "letters": list(self.terms.letters)} if len(self.terms) else {}

    def restore(self, extras: dict[str, Any]) -> None:
        """As `Backbone`; ModelError where they are damaged."""
        try:
            terms = Terms(extras["words"], extras["letters"]) if extras else Terms()
        except (KeyError, TypeError) as error:
            problem = Message("What the model knows of words and letters is damaged.")
            raise ModelError(problem, Message("Train it again, or choose another run.")) from error
        self._know(terms, torch.ones(len(terms)))

    def spec(self, size: int | None = None) -> TextSpec:
        return TextSpec(self.terms, size or self.card.input_size)

    def input_files(self, size: int | None = None) -> tuple[dict[str, Any], dict[str, bytes]]:
        about = {"terms": "terms.json", "max_length": size or self.card.input_size}
        return about, {"terms.json": json.dumps(self.extras(), ensure_ascii=False).encode()}

    def forward(self, terms: Tensor, counts: Tensor) -> Tensor:
        rarity = F.pad(self.rarity, (1, 0))
        weights = (1 + counts.clamp(min=1).to(rarity.dtype).log()) * rarity[terms]
        rows = rarity.new_zeros(terms.shape[0], rarity.shape[0]).scatter(1, terms, weights)
        parts = rows[:, 1:].split([len(self.terms.words), len(self.terms.letters)], dim=1)
        return torch.cat([F.normalize(part, dim=1) for part in parts], dim=1) * sqrt(0.5)

    def layer_groups(self) -> list[LayerGroup]:
        return [LayerGroup("features", ())]

    def example_inputs(self, size: int | None = None) -> dict[str, Tensor]:
        terms = torch.tensor([[1, len(self.terms), 0], [len(self.terms), 0, 0]])
        return {"terms": terms, "counts": (terms > 0) * torch.tensor([2, 1, 1])}

    def dynamic_axes(self) -> dict[str, dict[int, str]]:
        return {name: {0: "n", 1: "terms"} for name in ("terms", "counts")}


def load(card: ModelCard, workspace: Workspace) -> WordsAndLetters:
    """It knows no words yet."""
    return WordsAndLetters(card)
