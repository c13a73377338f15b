"""Whether memory stays flat when there are many pictures."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
from PIL import Image

from benchmarks.bench import Bench
from benchmarks.table import Measured
from core.data.dataset import Dataset, Example
from core.modalities import get_modality
from core.modalities.image.decoding import LOSSY
from core.workspace import Workspace

_PROJECT = Path(__file__).resolve().parents[2]
_SIDE = 64


def memory(bench: Bench) -> Measured:
    """Each number is embedded by a process of its own, from small pictures: they cost time, not memory."""
    many, few = (1000, 200) if bench.quick else (10_000, 1000)
    peaks = [_peak(_small_pictures(count, bench.workspace), bench) for count in (8, few, many)]
    return Measured(
        (peaks[2],), (peaks[1],), unit="MB",
        note=f"{many:,} pictures against {few:,}, {_SIDE} px, one process each, measured once",
    )  # fmt: skip


def _peak(dataset: Dataset, bench: Bench) -> float:
    bench.forget_embeddings()
    command = [sys.executable, "-m", "benchmarks.embed_many", str(bench.workspace.root), dataset.id, str(_SIDE)]
    done = subprocess.run(command, cwd=_PROJECT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr)
    return float(done.stdout.split()[-1])


def _small_pictures(count: int, workspace: Workspace) -> Dataset:
    """Smooth noise as JPEG, put into the store directly: reading them in is not what is measured."""
    rng, kind = np.random.default_rng(0), get_modality("image")
    examples = []
    for number in range(count):
        key = f"{number:032x}"
        if not kind.is_kept(key, workspace.examples):
            noise = Image.fromarray(rng.integers(0, 256, (8, 8, 3), dtype=np.uint8)).resize((_SIDE, _SIDE))
            noise.info[LOSSY] = True  # as a photo
            kind.keep(noise, key, workspace.examples)
        examples.append(Example(key, f"class {number % 10}", f"{number}.jpg"))
    dataset = Dataset("noise", "image", tuple(examples), workspace.examples)
    dataset.save(workspace)
    return dataset
