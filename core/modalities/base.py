"""What every kind of example can do: be read, kept, loaded again, varied, and turned into numbers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np

Payload = Any
"""What a person sees: a PIL picture in RGB mode, or a string."""

Batch = dict[str, np.ndarray]
"""Input arrays by name, first axis = example. The same arrays feed PyTorch and ONNX Runtime."""


class Modality(Protocol):
    """One kind of example.

    The way in: `read` what a stranger gave, or `load` what was kept. The way on: `augment`
    (training only), then `batch`, which is the one preprocessing function of training,
    validation, try-it and export.
    """

    name: str
    augmentations: tuple[str, ...]

    def read(self, raw: bytes) -> Payload:
        """Decode bytes from outside completely. UnreadableExampleError says why it cannot be used."""
        ...

    def digest(self, raw: bytes) -> str:
        """The content digest that names an example read from `raw`."""
        ...

    def facts(self, raw: bytes) -> dict[str, Any]:
        """What the original file is like, for findings about it; `raw` is one that `read` accepts."""
        ...

    def keep(self, payload: Payload, digest: str, store: Path) -> None:
        """Write `payload` into the example store (nothing to do where the data set itself holds it)."""
        ...

    def is_kept(self, digest: str, store: Path) -> bool:
        """True when the store already holds this example, so that it need not be decoded again."""
        ...

    def load(self, digest: str, text: str | None, store: Path, size: int | None = None) -> Payload:
        """Load a kept example again; with `size` (a backbone's input size) no more detail than that needs."""
        ...

    def augment(self, payload: Payload, level: str, rng: np.random.Generator) -> Payload:
        """A random variation of the example that keeps its meaning; `level` is one of `augmentations`."""
        ...

    def batch(self, payloads: Sequence[Payload], spec: Any) -> Batch:
        """Payloads as the arrays a backbone takes; `spec` is the backbone's input specification."""
        ...

    def length(self, payload: Payload) -> int:
        """A rough cost of the example; batches of like lengths waste less work."""
        ...
