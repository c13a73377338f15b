"""What it costs that training writes its log and that a page looks at it."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.bench import PICTURES, Bench, recipe
from benchmarks.pairs import interleaved
from benchmarks.table import Measured
from core.data.dataset import Dataset
from core.events import EpochEnd, Event, drain
from core.jobs.base import run_job
from core.runs.folder import RunFolder
from core.training.engine.train import train
from core.training.spec.recipe import Recipe

_PROJECT = Path(__file__).resolve().parents[2]


class _Stopwatch:
    """Seconds until the last epoch ended: what comes after, writing the model, is no cost of being watched."""

    def __init__(self) -> None:
        self.began = self.ended = time.perf_counter()

    def __call__(self, event: Event) -> None:
        if isinstance(event, EpochEnd):
            self.ended = time.perf_counter()

    @property
    def seconds(self) -> float:
        return self.ended - self.began


def overhead(bench: Bench) -> Measured:
    """The same training twice, embeddings known: as a job that another process watches, and bare."""
    dataset = bench.photos(100)
    asked = recipe(PICTURES, "full", epochs=bench.epochs(6))
    bench.train(dataset, recipe(PICTURES, "full", epochs=1))
    return interleaved(
        lambda: _watched(dataset, asked, bench), lambda: _bare(dataset, asked, bench), bench.pairs,
        note=f"strategy full, {len(dataset.examples)} photos, {asked.epochs} epochs, until the last epoch's end",
    )  # fmt: skip


def _bare(dataset: Dataset, asked: Recipe, bench: Bench) -> float:
    watch = _Stopwatch()
    drain(train(dataset, asked, bench.workspace), watch)
    return watch.seconds


def _watched(dataset: Dataset, asked: Recipe, bench: Bench) -> float:
    request = {"dataset": dataset.id, "recipe": asked.to_dict()}
    folder = RunFolder.create(bench.workspace.runs, "train", dataset.title, request)
    with _page(folder):
        watch = _Stopwatch()
        end = run_job(folder, bench.workspace, lambda: False, watch)
    if end.reason != "completed":
        raise RuntimeError(f"The job ended as {end.reason}: {end.message}")
    return watch.seconds


@contextmanager
def _page(folder: RunFolder) -> Iterator[None]:
    """Another process that looks as a live page does; it is there before the clock starts."""
    command = [sys.executable, "-m", "benchmarks.onlooker", str(folder.path)]
    with subprocess.Popen(command, cwd=_PROJECT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            process.stdout.readline()
            yield
        finally:
            process.communicate()  # closes its standard input, at which it ends
