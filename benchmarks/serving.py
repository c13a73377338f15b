"""A server under many requests at the same time, against its model called in process: `python -m benchmarks.serving`.

Both answer the same inputs, the bundled sample's own, again and again, and both decode what they are given; a row says
how many inputs a second each of them answered, and the share that the server reaches. Client, server and network share
the machine, so the server pays for its clients, too. An answer that is missing, refused, or of another class than in
process counts as an error.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import cycle, islice
from typing import TYPE_CHECKING, Any

from benchmarks.machine import facts, limit_threads, temporary_workspace

if TYPE_CHECKING:
    from core.runs.folder import RunFolder
    from core.workspace import Workspace

SAMPLES = {"image": "drawings", "text": "school-messages"}
_WARM = 64


@dataclass
class Load:
    """What the clients met: seconds of each request, answers by the number of the input, and how many went wrong."""

    seconds: list[float] = field(default_factory=list)
    labels: dict[int, str] = field(default_factory=dict)
    failed: int = 0


def trained(kind: str, workspace: Workspace) -> tuple[RunFolder, list[bytes]]:
    """A run on a bundled sample, and the raw bytes of its examples."""
    from core.data.dataset import Dataset
    from core.data.intake import open_source, take_in
    from core.data.readers.reading import Item, ReadOptions
    from core.events import drain
    from core.jobs.base import run_job
    from core.limits import Limits
    from core.runs.folder import RunFolder
    from core.training.spec.recipe import Recipe

    source = f"sample:{SAMPLES[kind]}"
    dataset: Dataset = drain(take_in(source, workspace))[0]
    recipe = Recipe(dataset.kind.default_model, strategy="head").to_dict()
    run = RunFolder.create(workspace.runs, "train", SAMPLES[kind], {"dataset": dataset.id, "recipe": recipe})
    ended = run_job(run, workspace, lambda: False)
    if ended.reason != "completed":
        raise ValueError(ended)
    items = open_source(source, ReadOptions(), Limits())[0].items
    return run, [item.read() for item in items if isinstance(item, Item)]


def in_process(run: RunFolder, raws: Sequence[bytes], workspace: Workspace) -> tuple[list[str], float]:
    """The classes, and inputs a second."""
    from core.data.unlabelled import Batch, Unlabelled
    from core.events import drain
    from core.jobs.batching import answered_parts, hurry
    from core.jobs.trying import open_model

    model = drain(open_model(run, workspace))
    hurry(model, run, workspace)
    items = [Unlabelled(str(number), partial(bytes, raw)) for number, raw in enumerate(raws)]
    list(answered_parts(model, Batch(tuple(items[:_WARM]))))
    began = time.perf_counter()
    labels = [answer["label"] for part in answered_parts(model, Batch(tuple(items))) for _, _, answer in part]
    return labels, len(items) / (time.perf_counter() - began)


@contextmanager
def server(run: RunFolder, workspace: Workspace) -> Iterator[int]:
    """The port of one in a process of its own."""
    command = [sys.executable, "-m", "core", "serve", run.id, "--port", "0", "--json"]
    environment = {**os.environ, "FINETUNE_LAB_HOME": str(workspace.root)}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            about = next(found for line in process.stdout if "address" in (found := json.loads(line)))
            yield int(about["address"].rpartition(":")[2])
        finally:
            process.terminate()


async def ask_all(port: int, raws: Sequence[bytes], at_once: int) -> Load:
    """One input a request, `at_once` connections that stay open, each with one request under way."""
    load, waiting = Load(), iter(enumerate(raws))

    async def client() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for number, raw in waiting:
            began = time.perf_counter()
            try:
                status, answer = await _asked(reader, writer, raw)
                load.labels[number] = answer["label"] if status == 200 else ""
            except (OSError, EOFError, ValueError, KeyError):
                load.failed += 1
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
            load.seconds.append(time.perf_counter() - began)
        writer.close()

    await asyncio.gather(*(client() for _ in range(at_once)))
    return load


async def _asked(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, raw: bytes) -> tuple[int, dict[str, Any]]:
    head = f"POST /predict HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {len(raw)}\r\n\r\n"
    writer.write(head.encode() + raw)
    lines = (await reader.readuntil(b"\r\n\r\n")).decode().lower().split("\r\n")
    length = next(int(line.partition(":")[2]) for line in lines if line.startswith("content-length:"))
    return int(lines[0].split()[1]), json.loads(await reader.readexactly(length))


def rows(kind: str, count: int, loads: Sequence[int]) -> Iterator[dict[str, Any]]:
    """A row for each number of connections; the model in process is measured anew for each of them."""
    with temporary_workspace() as workspace:
        run, own = trained(kind, workspace)
        raws = list(islice(cycle(own), count))
        for at_once in loads:
            expected, alone = in_process(run, raws, workspace)
            with server(run, workspace) as port:
                asyncio.run(ask_all(port, raws[:_WARM], 1))
                began = time.perf_counter()
                load = asyncio.run(ask_all(port, raws, at_once))
                served = count / (time.perf_counter() - began)
            errors = sum(load.labels.get(number) != label for number, label in enumerate(expected))
            seconds = sorted(load.seconds)
            yield {
                "kind": kind, "inputs": count, "at_once": at_once, "errors": errors, "in_process": alone,
                "served": served, "ratio": served / alone, "median_seconds": seconds[len(seconds) // 2],
                "p95_seconds": seconds[int(len(seconds) * 0.95)],
            }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kinds", nargs="+", default=list(SAMPLES), choices=list(SAMPLES))
    parser.add_argument("--inputs", type=int, default=4000)
    parser.add_argument("--at-once", type=int, nargs="+", default=[1, 20, 200])
    asked = parser.parse_args()
    print(facts(limit_threads(None)))
    for kind in asked.kinds:
        for row in rows(kind, asked.inputs, asked.at_once):
            print(json.dumps({name: round(v, 4) if isinstance(v, float) else v for name, v in row.items()}), flush=True)


if __name__ == "__main__":
    main()
