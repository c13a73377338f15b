"""Runs that have learnt something known: a mark in a corner, a single word."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch
from PIL import Image

from core.data.dataset import Dataset, Example
from core.modalities import get_modality
from core.results.explanation import Heat
from core.workspace import Workspace
from tests.helpers import encoded

MARK = (0.0, 0.25, 0.75, 1.0)
"""Upper, lower, left and right end of the mark: the upper right corner, so that rows and columns cannot be confused."""


def noise(rng: np.random.Generator, side: int, marked: bool) -> Image.Image:
    """Coloured noise, with a red square in the upper right corner or without."""
    values = rng.normal(127, 50, (side, side, 3)).clip(0, 255).astype(np.uint8)
    if marked:
        top, bottom, left, right = (round(side * share) for share in MARK)
        values[top:bottom, left:right] = (230, 20, 20)
    return Image.fromarray(values)


def marked_dataset(workspace: Workspace, each: int = 16, side: int = 32) -> Dataset:
    """ "marked" and "plain" differ by the mark alone."""
    rng, kind, examples = np.random.default_rng(3), get_modality("image"), []
    for label in ("marked", "plain"):
        for number in range(each):
            raw = encoded(noise(rng, side, label == "marked"))
            digest = kind.digest(raw)
            kind.keep(kind.read(raw), digest, workspace.examples)
            examples.append(Example(digest, label, f"{label}/{number}.png"))
    dataset = Dataset("marks", "image", tuple(examples), workspace.examples)
    dataset.save(workspace)
    return dataset


def zebra_dataset(workspace: Workspace, each: int = 16) -> Dataset:
    """Messages of "zoo" hold the word zebra, those of "other" do not; all else is the same."""
    rng, kind, examples = np.random.default_rng(4), get_modality("text"), []
    filler = "we saw many things on our long walk through town today and went home".split()  # noqa: SIM905
    for label in ("other", "zoo"):
        for number in range(each):
            words = list(rng.choice(filler, 6, replace=False))
            words[number % 6] = "zebra" if label == "zoo" else words[number % 6]
            text = " ".join([*words, f"n{number}{label[0]}"])
            examples.append(Example(kind.digest(text.encode()), label, f"row {number}", text))
    dataset = Dataset("zebras", "text", tuple(examples), workspace.examples)
    dataset.save(workspace)
    return dataset


def mass_at_mark(heat: Heat) -> float:
    """The share of what speaks for the class that lies in the mark and the cell around it."""
    strength = heat.strength
    return float(strength[:3, 5:].sum() / strength.sum())


class FakeWitness:
    """What a model would say, as a function of the pictures (n, 3, h, w) or of the messages."""

    classes = ("yes", "no")

    def __init__(self, logit: Callable[..., Sequence[float]]) -> None:
        self._logit = logit

    def batch(self, payloads: Sequence[np.ndarray]) -> dict[str, np.ndarray]:
        return {"pixels": np.stack(payloads).astype(np.float32)}

    def embed(self, batch: dict[str, np.ndarray]) -> torch.Tensor:
        return torch.tensor(self._logit(batch["pixels"]), dtype=torch.double)

    def logits(self, embeddings: torch.Tensor) -> torch.Tensor:
        return torch.stack([embeddings, torch.zeros_like(embeddings)], dim=1)

    def say(self, payloads: Sequence[str]) -> torch.Tensor:
        return self.logits(torch.tensor([self._logit(text) for text in payloads], dtype=torch.double))
