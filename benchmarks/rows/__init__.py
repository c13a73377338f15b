"""The rows of the speed benchmark by name: what is required of each, and where it is measured."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

from benchmarks.table import Measured, Required

if TYPE_CHECKING:
    from benchmarks.bench import Bench


@dataclass(frozen=True, slots=True)
class Row:
    """`measure` is "module:function" in this package, imported only when asked: torch takes seconds.

    `sets` are those that it reads.
    """

    what: str
    required: Required
    measure: str
    sets: tuple[str, ...] = ()

    @property
    def function(self) -> Callable[[Bench], Measured]:
        module, _, name = self.measure.partition(":")
        return getattr(import_module(f"{__name__}.{module}"), name)


_PHOTOS = ("trashnet", "weather4", "fork-scissors")
_MESSAGES = ("trec", "banking20", "sst2")

ROWS: dict[str, Row] = {
    "embed-pictures": Row(
        "embed 200 JPEG photos at 224 px, cold cache, against eager PyTorch (NCHW, batches of 32)",
        Required("faster", 4.0), "embedding:pictures", _PHOTOS,
    ),
    "embed-vs-session": Row(
        "the same, against a bare ONNX session on tensors that are ready",
        Required("faster", 0.7), "embedding:session", _PHOTOS,
    ),
    "head-cold": Row(
        "strategy head, 20 epochs, 300 photos, cold cache, against a loop that computes features every epoch",
        Required("faster", 15.0), "training:head_cold", _PHOTOS,
    ),
    "head-warm": Row(
        "the same, with the embeddings in the cache", Required("faster", 100.0), "training:head_warm", _PHOTOS
    ),
    "partial": Row(
        "strategy partial, 150 photos, cold cache, against itself without kept activations",
        Required("faster", 3.0), "training:partial", _PHOTOS,
    ),
    "full": Row(
        "strategy full, 100 photos, cold cache, against an eager NCHW loop of as much work",
        Required("faster", 1.6), "training:full", _PHOTOS,
    ),
    "full-text": Row(
        "strategy full, 300 TREC questions, 3 epochs, against the Hugging Face Trainer",
        Required("faster", 1.0), "full_text:full_text", ("trec",),
    ),
    "embed-text": Row(
        "embed 1,000 messages of mixed length, cold cache, against sentence_transformers at its defaults",
        Required("faster", 1.0), "embedding:texts", _MESSAGES,
    ),
    "overhead": Row(
        "training as a job, with its log and a page that looks twice a second, against bare train()",
        Required("cost", 1.05), "overhead:overhead", _PHOTOS,
    ),
    "memory": Row(
        "peak memory of embedding 10,000 pictures, against 1,000 (the ratio column is the difference)",
        Required("more", 100.0), "memory:memory",
    ),
}  # fmt: skip


def sets_of(names: Iterable[str]) -> tuple[str, ...]:
    """The sets that these rows read."""
    return tuple(dict.fromkeys(one for name in names for one in ROWS[name].sets))
