"""The machine that is measured on: one limit of threads for every side, its facts, and room that is given back."""

from __future__ import annotations

import os
import platform
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from core.workspace import Workspace

_POOLS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "RAYON_NUM_THREADS")


def cores() -> int:
    """Processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def limit_threads(wanted: int | None) -> int:
    """Let nothing in this process and its children compute on more than `wanted` threads. Call it before torch is here.

    Where the system can, the process is also held to so many cores: threads that only read files count then too.
    """
    threads = max(1, min(wanted or cores(), cores()))
    for pool in _POOLS:
        os.environ[pool] = str(threads)
    os.environ["HF_HUB_OFFLINE"] = "1"
    if hasattr(os, "sched_setaffinity") and threads < cores():
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:threads])
    import torch

    torch.set_num_threads(threads)
    return threads


def facts(threads: int) -> str:
    """One line: the processor, its cores, how many threads compute, and the versions that matter."""
    versions = ", ".join(f"{name} {_version(name)}" for name in ("torch", "onnxruntime", "transformers"))
    return (
        f"{processor()}, {os.cpu_count()} cores, {threads} threads; {platform.system()}, "
        f"Python {platform.python_version()}, {versions}"
    )


def processor() -> str:
    """The processor's name as the system gives it."""
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


@contextmanager
def temporary_workspace() -> Iterator[Workspace]:
    """An empty workspace that is removed at the end, whatever happens."""
    from core.workspace import Workspace

    with tempfile.TemporaryDirectory(prefix="finetune-lab-benchmark-") as folder:
        yield Workspace(Path(folder))


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "missing"
