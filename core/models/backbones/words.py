"""Networks that look words up: the table of their vectors, and how little of it a small dataset can teach."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Mapping
from copy import deepcopy
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from core.modalities.text import TextSpec
from core.modalities.text_decoding import read_part
from core.models.backbone import Backbone, LowerSequence, device_of
from core.models.card import ModelCard


class WordBackbone(Backbone):
    """Numbers of words (or pieces of them) and a mask in, as its tokenizer gives them."""

    def __init__(self, card: ModelCard, tokenizer: Any) -> None:
        super().__init__(card)
        self.tokenizer = tokenizer

    @abstractmethod
    def table(self) -> nn.Module:
        """What gives the vectors of words (..., d) for their numbers (...)."""

    @abstractmethod
    def put_table(self, table: nn.Module) -> None:
        """Look words up in another one."""

    @abstractmethod
    def tokenizer_file(self) -> bytes:
        """How messages are cut, as a file of the library `tokenizers`."""

    def copied(self) -> Backbone:
        return deepcopy(self, {id(self.tokenizer): self.tokenizer})  # takes as long to copy as to make

    def spec(self, size: int | None = None) -> TextSpec:
        return TextSpec(self.tokenizer, size or self.card.input_size)

    def input_files(self, size: int | None = None) -> tuple[dict[str, Any], dict[str, bytes]]:
        about = {
            "tokenizer": "tokenizer.json", "max_length": size or self.card.input_size,
            "pad_id": self.tokenizer.pad_token_id, "pad_token": self.tokenizer.pad_token,
        }  # fmt: skip
        return about, {"tokenizer.json": self.tokenizer_file()}

    def narrow(self, payloads: Iterable[str]) -> None:
        """Only the vectors of words that these messages hold may learn."""
        spec = self.spec()
        texts = [read_part(text, spec.max_length) for text in payloads]
        cut = self.tokenizer(texts, padding=True, truncation=True, max_length=spec.max_length, return_tensors="np")
        ids = np.unique(cut["input_ids"][cut["attention_mask"] > 0])
        seen = ids[ids != self.tokenizer.pad_token_id]
        self.put_table(SeenWords(self.table(), torch.from_numpy(seen).to(device_of(self))))

    def widen(self) -> None:
        table = self.table()
        if isinstance(table, SeenWords):
            self.put_table(table.whole())

    def extras(self) -> dict[str, Any]:
        table = self.table()
        return {"words": table.extras()} if isinstance(table, PackedWords) else {}

    def restore(self, extras: dict[str, Any]) -> None:
        table = self.table()
        if isinstance(table, PackedWords) and "words" in extras:
            table.restore(extras["words"])

    def dynamic_axes(self) -> dict[str, dict[int, str]]:
        return {name: {0: "n", 1: "tokens"} for name in self.example_inputs()}


class LowerWords(LowerSequence):
    """The lower part of such a network, whose activations are those of words; it reads `most` of them."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self.most = most

    def steps(self, batch: Mapping[str, Any]) -> np.ndarray:
        return batch["attention_mask"].sum(1)

    def expected_steps(self, text: str | None, facts: Mapping[str, Any]) -> int:
        """About a token for four bytes (fewer letters than that where a letter is a word)."""
        return min(self.most, 2 + len((text or "").encode()) // 4)


class PackedWords(nn.Module):
    """A table of word vectors (v, d) whose numbers are kept in 8 bits, as they were packed by others in fewer; those
    that were learnt here lie beside them.

    A vector is `scale * code + shift`, block by block of its numbers. It takes a quarter of the room that float32
    would, here and in what is translated, and the table itself is in no saved model: only what was learnt is.
    """

    codes: Tensor
    scale: Tensor
    shift: Tensor | None
    numbers: Tensor
    own: Tensor
    """The vectors (k, d) that were learnt, of the words `numbers` (k,)."""
    place: Tensor
    """For every word its row in `own`, else -1, (v,) int64."""

    def __init__(self, codes: Tensor, scale: Tensor, shift: Tensor | None = None, *, spread: float) -> None:
        """`codes` (v, d) whole numbers of 8 bits, `scale` and `shift` (v, blocks). `spread` is the standard deviation
        of random vectors where this network forgets what it knew."""
        super().__init__()
        self._spread, self._seed = spread, -1
        self.register_buffer("codes", codes, persistent=False)
        self.register_buffer("scale", scale, persistent=False)
        self.register_buffer("shift", shift, persistent=False)
        self.register_buffer("place", torch.full((len(codes),), -1), persistent=False)
        self.register_buffer("numbers", torch.empty(0, dtype=torch.int64), persistent=False)
        self.register_buffer("own", torch.empty(0, codes.shape[1]))

    def __len__(self) -> int:
        return len(self.codes)

    def forward(self, ids: Tensor) -> Tensor:
        """The vectors (..., d) of words (...)."""
        scale = self.scale[ids].float().unsqueeze(-1)
        vectors = self.codes[ids].float().unflatten(-1, (self.scale.shape[1], -1)) * scale
        if self.shift is not None:
            vectors = vectors + self.shift[ids].unsqueeze(-1)
        vectors = vectors.flatten(-2)
        if not len(self.numbers):
            return vectors
        place = self.place[ids]
        return torch.where((place >= 0).unsqueeze(-1), F.embedding(place.clamp(min=0), self.own), vectors)

    def keep(self, numbers: Tensor, vectors: Tensor) -> None:
        """From now on the words `numbers` (k,) have these vectors (k, d)."""
        with torch.no_grad():
            known = self.place[numbers]
            own = torch.cat([self.own, vectors[known < 0]])
            own[known[known >= 0]] = vectors[known >= 0]
        self._own(torch.cat([self.numbers, numbers[known < 0]]), own)

    def _own(self, numbers: Tensor, own: Tensor) -> None:
        self.numbers, self.own = numbers, own
        self.place = torch.full_like(self.place, -1)
        self.place[numbers] = torch.arange(len(numbers), device=numbers.device)

    def reset_parameters(self) -> None:
        """Random vectors instead of those that were learnt: here or before."""
        self._randomise(int(torch.randint(2**31, ())))

    def _randomise(self, seed: int) -> None:
        """They follow from the seed alone, so they need not be kept."""
        most = 127
        codes = np.random.default_rng(seed).integers(-most, most + 1, tuple(self.codes.shape), dtype=np.int8)
        self._seed, device = seed, self.codes.device
        self.codes = torch.from_numpy(codes).to(device)
        self.scale = torch.full((len(codes), 1), self._spread * 3**0.5 / most, device=device)
        self.shift = None
        self._own(self.numbers[:0], self.own[:0])

    def extras(self) -> dict[str, Any]:
        """What a saved model says of it besides `own`."""
        return {"seed": self._seed, "learnt": self.numbers.tolist()}

    def restore(self, extras: dict[str, Any]) -> None:
        """ValueError for numbers that are those of no word here, or of one twice."""
        if extras["seed"] >= 0:
            self._randomise(extras["seed"])
        numbers = torch.tensor(extras["learnt"], dtype=torch.int64, device=self.numbers.device)
        if ((numbers < 0) | (numbers >= len(self))).any() or len(numbers.unique()) < len(numbers):
            raise ValueError("learnt")
        self._own(numbers, self.own.new_zeros(len(numbers), self.codes.shape[1]))

    def unpacked(self) -> nn.Embedding:
        """The same as an ordinary table."""
        with torch.no_grad():
            every = torch.arange(len(self), device=self.codes.device)
            whole = torch.cat([self(part) for part in every.split(10_000)])
        table = nn.Embedding(whole.shape[0], whole.shape[1], device="meta")  # it would be filled with random numbers
        table.weight = nn.Parameter(whole)
        return table


class SeenWords(nn.Module):
    """Gives what a `table` of word vectors (v, d) gives; only the rows `seen`, (k,) int64 without repeats, may learn.

    No other row ever gets a gradient, yet an optimiser goes through all of them at every step and keeps two numbers for
    each of theirs. Of a vocabulary of 30,000 words, or 250,000, a small dataset holds some hundreds.
    """

    seen: Tensor
    place: Tensor
    """For every word its row among those that learn, else -1, (v,) int64."""

    def __init__(self, table: nn.Module, seen: Tensor) -> None:
        super().__init__()
        with torch.no_grad():
            known = table(seen)
        self.learning = nn.Embedding(*known.shape)
        self.learning.weight = nn.Parameter(known.clone())
        words = table.num_embeddings if isinstance(table, nn.Embedding) else len(table)  # type: ignore[arg-type]
        place = torch.full((words,), -1, device=known.device)
        place[seen] = torch.arange(len(seen), device=known.device)
        self.register_buffer("place", place, persistent=False)
        self.register_buffer("seen", seen, persistent=False)
        self._table = [table]  # in a list: its parameters are none of this module's

    def forward(self, ids: Tensor) -> Tensor:
        place = self.place[ids]
        with torch.no_grad():
            fixed = self._table[0](ids)
        return torch.where((place >= 0).unsqueeze(-1), self.learning(place.clamp(min=0)), fixed)

    def whole(self) -> nn.Module:
        """The table, with what was learnt in its place."""
        table, learnt = self._table[0], self.learning.weight.detach()
        if isinstance(table, PackedWords):
            table.keep(self.seen, learnt)
        else:
            assert isinstance(table, nn.Embedding)
            with torch.no_grad():
                table.weight[self.seen] = learnt
        return table
