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
from core.modalities.image.modality import stored_picture
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
    """Smooth noise as JPEG, written into the store directly: reading them in is not what is measured."""
    rng = np.random.default_rng(0)
    examples = []
    for number in range(count):
        key = f"{number:032x}"
        path = stored_picture(key, workspace.examples)
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            noise = Image.fromarray(rng.integers(0, 256, (8, 8, 3), dtype=np.uint8))
            noise.resize((_SIDE, _SIDE)).save(path, "JPEG", quality=85)
        examples.append(Example(key, f"class {number % 10}", f"{number}.jpg"))
    dataset = Dataset("noise", "image", tuple(examples), workspace.examples)
    dataset.save(workspace)
    return dataset
