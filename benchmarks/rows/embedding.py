"""Embeddings from a frozen network."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from benchmarks.bench import PICTURES, TEXTS, Bench
from benchmarks.pairs import interleaved, timed
from benchmarks.plain import Plain, embed, files_of
from benchmarks.table import Measured
from core.data.dataset import Dataset
from core.events import drain
from core.models.catalogue import get_card
from core.models.embeddings import BATCH_SIZE, embed_dataset
from core.models.encoders import frozen_encoder
from core.models.text_packages import minilm_folder
from core.models.trained import load_backbone

_COUNT = 200
_SIZE = 224


def pictures(bench: Bench) -> Measured:
    """Ours reads the same JPEG files as the plain loop, and fills the cache."""
    dataset = bench.photos(_COUNT)
    network, files = Plain(bench.workspace).eval(), files_of(dataset)
    ours = _ours(bench, dataset, PICTURES)
    ours()
    embed(network, files[:8], _SIZE)
    return interleaved(
        timed(ours, bench.forget_embeddings), timed(lambda: embed(network, files, _SIZE)), bench.pairs,
        note=f"{len(files)} photos",
    )  # fmt: skip


def session(bench: Bench) -> Measured:
    """What reading files and keeping vectors cost: the session alone is given tensors that are ready."""
    dataset = bench.photos(_COUNT)
    backbone = load_backbone(PICTURES, bench.workspace)
    encoder, spec = frozen_encoder(backbone, bench.workspace), backbone.spec(_SIZE)
    parts = [range(len(dataset.examples))[start : start + BATCH_SIZE] for start in range(0, _COUNT, BATCH_SIZE)]
    ready = [dataset.kind.batch([dataset.payload(i) for i in part], spec) for part in parts if part]
    ours = _ours(bench, dataset, PICTURES)
    ours()
    return interleaved(
        timed(ours, bench.forget_embeddings), timed(lambda: [encoder.embed(batch) for batch in ready]), bench.pairs,
        note=f"{len(dataset.examples)} photos, both in batches of {BATCH_SIZE}",
    )  # fmt: skip


def texts(bench: Bench) -> Measured:
    """Both are given the same messages in the same order; both sort them by length themselves."""
    from sentence_transformers import SentenceTransformer

    mixed = bench.messages(("trec", "banking20", "sst2"))
    dataset = replace(mixed, examples=mixed.examples[: bench.examples(1000)])
    written = [example.text for example in dataset.examples]
    encoder = SentenceTransformer(str(minilm_folder()), device="cpu")
    ours = _ours(bench, dataset, TEXTS)
    theirs, own = encoder.encode(written, show_progress_bar=False), ours()
    worst = float(np.abs(theirs - own).max())
    return interleaved(
        timed(ours, bench.forget_embeddings), timed(lambda: encoder.encode(written)), bench.pairs,
        note=f"{len(written)} messages; both give the same numbers within {worst:.0e}",
    )  # fmt: skip


def _ours(bench: Bench, dataset: Dataset, model: str) -> Callable[[], np.ndarray]:
    card, backbone = get_card(model, bench.workspace), load_backbone(model, bench.workspace)

    def embedded() -> np.ndarray:
        found = drain(embed_dataset(dataset, card, lambda: backbone, bench.workspace))
        assert found is not None  # nobody stops it
        return found

    return embedded
