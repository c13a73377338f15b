"""What a finished model makes of the examples that taught and judged it, kept beside it once somebody asks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor, frombuffer, uint8

from core.workspace import write_atomically

_FILE = "reference.safetensors"


@dataclass(frozen=True)
class Reference:
    """Some of the examples as the model's head sees them (`LinearHead.prepared`), and the numbers of their classes.

    `taught` (m, d) and `judged` (n, d) float32, `taught_of` (m,) and `judged_of` (n,) int64.
    `taught_ids` are those of the m examples in the set; empty where an older version kept them.
    """

    taught: Tensor
    taught_of: Tensor
    judged: Tensor
    judged_of: Tensor
    taught_ids: tuple[str, ...] = ()

    @property
    def middle(self) -> Tensor:
        """The mean of the examples that taught, (d,): zero unless the backbone was tuned after its head was fitted."""
        return self.taught.mean(0)

    def save(self, folder: Path) -> None:
        """Embeddings are kept in half precision: they are of the size of one."""
        halves = {"taught": self.taught.half(), "judged": self.judged.half()}
        numbers = {"taught_of": self.taught_of, "judged_of": self.judged_of}
        if self.taught_ids:
            numbers["taught_ids"] = _packed(self.taught_ids)
        kept = {name: value.contiguous() for name, value in (halves | numbers).items()}
        write_atomically(folder / _FILE, save(kept))

    @classmethod
    def load(cls, folder: Path) -> Reference | None:
        """What `save` wrote; None where nothing readable was."""
        try:
            kept = load((folder / _FILE).read_bytes())
            taught, judged = kept["taught"].float(), kept["judged"].float()
            ids = _unpacked(kept["taught_ids"]) if "taught_ids" in kept else ()
            return cls(taught, kept["taught_of"].long(), judged, kept["judged_of"].long(), ids)
        except (OSError, KeyError, SafetensorError):
            return None


def _packed(ids: Sequence[str]) -> Tensor:
    return frombuffer(bytearray("\n".join(ids), "utf-8"), dtype=uint8)


def _unpacked(values: Tensor) -> tuple[str, ...]:
    return tuple(bytes(values.tolist()).decode().split("\n"))
