"""Messages: any short text, from one word to a few paragraphs."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from core.errors import UnreadableExampleError
from core.modalities.base import Batch

_DIGEST_VERSION = b"text-1:"


@dataclass(frozen=True, slots=True)
class TextSpec:
    """How a backbone wants its text: its own `tokenizer`, cut after `max_length` tokens."""

    tokenizer: Any
    max_length: int


class TextModality:
    """Messages as strings. The data set file itself holds them; the store is not used."""

    name = "text"
    augmentations = ("none", "light", "strong")

    def read(self, raw: bytes) -> str:
        text = raw.decode("utf-8", errors="replace").replace("\x00", "").strip()
        if not text:
            raise UnreadableExampleError("The message is empty.")
        return text

    def digest(self, raw: bytes) -> str:
        return hashlib.sha256(_DIGEST_VERSION + raw).hexdigest()[:32]

    def facts(self, raw: bytes) -> dict[str, Any]:
        return {}

    def keep(self, payload: str, digest: str, store: Path) -> None:
        return None

    def is_kept(self, digest: str, store: Path) -> bool:
        return False

    def load(self, digest: str, text: str | None, store: Path, size: int | None = None) -> str:
        if text is None:
            raise UnreadableExampleError("The message is missing from the data set file.")
        return text

    def augment(self, payload: str, level: str, rng: np.random.Generator) -> str:
        """ "light" leaves out one word in ten; "strong" one in four, and exchanges two (Wei & Zou 2019).

        At least half of the words stay; a single word stays as it is.
        """
        words = payload.split()
        if level == "none" or len(words) < 2:
            return payload
        leaves = rng.random(len(words)) < (0.1 if level == "light" else 0.25)
        leaves[rng.permutation(len(words))[: (len(words) + 1) // 2]] = False
        kept = [word for word, goes in zip(words, leaves, strict=True) if not goes]
        if level == "strong" and len(kept) > 1:
            one, other = rng.choice(len(kept), 2, replace=False)
            kept[one], kept[other] = kept[other], kept[one]
        return " ".join(kept)

    def batch(self, payloads: Sequence[str], spec: TextSpec) -> Batch:
        """{"input_ids", "attention_mask", ...}: (n, longest) int64, padded to the longest message of the batch."""
        encoded = spec.tokenizer(
            list(payloads), padding=True, truncation=True, max_length=spec.max_length, return_tensors="np"
        )
        return {name: np.asarray(values, dtype=np.int64) for name, values in encoded.items()}

    def length(self, payload: str) -> int:
        return len(payload)
