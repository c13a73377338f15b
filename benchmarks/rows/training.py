"""Training on pictures."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import torch
from torch import Tensor

from benchmarks.bench import PICTURES, Bench, recipe
from benchmarks.pairs import interleaved, timed
from benchmarks.plain import Plain, files_of, fine_tune, numbers_of, train_head
from benchmarks.table import Measured
from core.data.dataset import Dataset
from core.training.engine import parts
from core.training.spec.plan import make_plan
from core.training.spec.recipe import Recipe

_SIZE = 224
_WARM = 24


def head_cold(bench: Bench) -> Measured:
    return _head(bench, warm=False)


def head_warm(bench: Bench) -> Measured:
    return _head(bench, warm=True)


def _head(bench: Bench, *, warm: bool) -> Measured:
    """The plain loop computes every feature in every epoch, so one epoch is measured and multiplied."""
    dataset, epochs = bench.photos(300), bench.epochs(20)
    asked = recipe(PICTURES, "head", epochs=epochs)
    train, judge = _sides(bench, dataset, asked)
    network, files, targets = Plain(bench.workspace), files_of(dataset), numbers_of(dataset)
    bench.train(dataset, asked)
    train_head(network, files, targets, train[:8], judge[:8], _SIZE, 1)
    return interleaved(
        timed(lambda: bench.train(dataset, asked), (lambda: None) if warm else bench.forget_embeddings),
        timed(lambda: train_head(network, files, targets, train, judge, _SIZE, 1)),
        bench.pairs,
        times=epochs,
        note=f"{len(files)} photos, {epochs} epochs; of the plain loop one epoch was measured and multiplied",
    )


def partial(bench: Bench) -> Measured:
    """The same strategy twice; the plain way has no room to keep activations."""
    dataset, epochs = bench.photos(150), bench.epochs(8)
    asked = recipe(PICTURES, "partial", epochs=epochs)
    bench.train(_few(dataset), recipe(PICTURES, "partial", epochs=1))

    def uncached() -> None:
        with _nothing_kept():
            bench.train(dataset, asked)

    return interleaved(
        timed(lambda: bench.train(dataset, asked), bench.forget_embeddings),
        timed(uncached, bench.forget_embeddings),
        bench.pairs,
        note=f"{len(dataset.examples)} photos, {epochs} epochs",
    )


def full(bench: Bench) -> Measured:
    """Same pictures, sides, batches, epochs and variation; the plain loop has no probe first."""
    dataset, epochs = bench.photos(100), bench.epochs(3)
    asked = recipe(PICTURES, "full", epochs=epochs)
    filled = make_plan(dataset, asked, bench.workspace).config
    train, judge = _sides(bench, dataset, asked)
    files, targets = files_of(dataset), numbers_of(dataset)

    def plain(train: Tensor = train, epochs: int = epochs) -> float:
        return fine_tune(
            Plain(bench.workspace), files, targets, train, judge, _SIZE, epochs=epochs, batch_size=filled.batch_size,
            learning_rate=filled.learning_rate, augmentation=filled.augmentation,
        )  # fmt: skip

    bench.train(_few(dataset), recipe(PICTURES, "full", epochs=1))
    plain(train[:8], 1)
    return interleaved(
        timed(lambda: bench.train(dataset, asked), bench.forget_embeddings), timed(plain), bench.pairs,
        note=f"{len(files)} photos, {epochs} epochs, batches of {filled.batch_size}, "
        f"{filled.augmentation} variation; both load the network and judge after every epoch",
    )  # fmt: skip


@contextmanager
def _nothing_kept() -> Iterator[None]:
    """Let the product think that activations never fit into memory."""
    usual, parts._KEPT_BYTES = parts._KEPT_BYTES, 0
    try:
        yield
    finally:
        parts._KEPT_BYTES = usual


def _sides(bench: Bench, dataset: Dataset, asked: Recipe) -> tuple[Tensor, Tensor]:
    """Who teaches and who judges, as the product divides them."""
    split = make_plan(dataset, asked, bench.workspace).split
    return torch.tensor(split.train), torch.tensor(split.validation)


def _few(dataset: Dataset) -> Dataset:
    """Enough to have everything loaded and translated before the clock starts."""
    return replace(dataset, examples=dataset.examples[:_WARM])
