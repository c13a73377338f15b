"""Messages: any short text, from one word to a few paragraphs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from core.errors import UnreadableExampleError
from core.messages import Message, counted
from core.modalities.base import Ability, Batch, Gain, Modality, OfflinePage, Plain, Usual
from core.modalities.text_decoding import read_part, read_text

TYPICAL_LETTERS = 100
_BEGINNING = 40
"""Letters of a message that stand for it where it must not be given away."""
_OVERHEAD_LETTERS = 20
"""What every message costs besides its own letters: marks at both ends, and padding."""


class Tokenizer(Protocol):
    """What is asked of a tokenizer of `transformers`."""

    def __call__(
        self, texts: list[str], *, padding: bool, truncation: bool, max_length: int, return_tensors: str
    ) -> dict[str, np.ndarray]: ...


@dataclass(frozen=True, slots=True)
class TextSpec:
    """How a backbone wants its text: its own `tokenizer`, cut after `max_length` tokens."""

    tokenizer: Tokenizer
    max_length: int


class TextModality(Modality[str, TextSpec]):
    """Messages as strings. The dataset's file itself holds them; the store is not used."""

    name = "text"
    one = Message("a message")
    many = Message("messages")
    first_title = Message("My messages")
    untested = Message(
        "It was tested on messages of this dataset only. Other writers, topics, languages and times were not tested."
    )

    suffixes = frozenset({".txt", ".text", ".md"})
    in_tables = True
    is_text = True
    ways_in = ("type", "paste")
    arrangement = Message(
        "Make a table with a column for the text and one for the label. Or write the examples of each class into a "
        "text file of its own, one in each line, named after the class. Or put text documents into folders that are "
        "named after the classes."
    )

    view = "lines"
    explanation = "words"
    traits = "wording"

    default_model = "minilm-l6"
    plain = Plain("words-and-letters", most=2000)
    augmentations = {
        "none": Message("Every message stays as it is."),
        "light": Message("One word in ten is removed."),
        "strong": Message("One word in four is removed, and two are exchanged."),
    }
    sorts_by_length = True
    abilities = frozenset({Ability.NAME})
    usual = Usual(
        strategy="contrastive",
        gains={"contrastive": Gain(3.0, 6.7), "full": Gain(0.5, 3.3)},
        models=("multilingual-e5-small", "use-multilingual", "minilm-l6"),
        augmentation="none",
        partial_layers=2,
        contrastive_layers=4,
        probed_layers=2,
        step_cost={"lora": 0.85, "bias": 0.7},
    )

    hub_task = "text-classification"
    sample_argument = '"a message"'
    script = "core.export.standalone.texts"
    requires = ("tokenizers",)
    page = OfflinePage("texts.js", {
        "type": Message("Type a message"), "classify": Message("Classify"), "empty": Message("The message is empty."),
    })  # fmt: skip

    def count(self, n: int) -> Message:
        return counted("{n} message", "{n} messages", n=n)

    def count_files(self, n: int) -> Message:
        return counted("{n} text document", "{n} text documents", n=n)

    def pace(self, speed: float) -> Message:
        return counted(
            "{n} message of {letters} letters a second",
            "{n} messages of {letters} letters a second",
            n=round(speed),
            letters=TYPICAL_LETTERS,
        )

    def read(self, raw: bytes) -> str:
        return read_text(raw)

    def raw(self, given: str) -> bytes:
        """The message itself; half of an emoji is replaced: no file can hold it."""
        return given.encode(errors="replace")

    def keep(self, payload: str, digest: str, store: Path) -> str:
        return payload

    def load(self, digest: str, text: str | None, store: Path, size: int | None = None) -> str:
        if text is None:
            raise UnreadableExampleError(Message("The message is missing from the dataset's file."))
        return text

    def thumbnail(self, payload: str) -> str:
        """How it begins; of a short one no more than half."""
        return f"{payload[: min(_BEGINNING, (len(payload) + 1) // 2)].rstrip()}\u2026"

    def exported(self, payload: str) -> tuple[str, bytes]:
        return ".txt", payload.encode()

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
        texts = [read_part(text, spec.max_length) for text in payloads]
        encoded = spec.tokenizer(texts, padding=True, truncation=True, max_length=spec.max_length, return_tensors="np")
        return {name: np.asarray(values, dtype=np.int64) for name, values in encoded.items()}

    def length(self, payload: str) -> int:
        return len(payload)

    def typical(self) -> str:
        return ("a message of usual length " * 4)[:TYPICAL_LETTERS]

    def effort(self, text: str | None, facts: Mapping[str, Any]) -> float:
        return (len(text or "") + _OVERHEAD_LETTERS) / (TYPICAL_LETTERS + _OVERHEAD_LETTERS)
