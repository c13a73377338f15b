"""What reading and checking a large set costs: `python benchmarks/cost.py`, with `--quick` for sets a hundredth of it.

Each set is made up, and `python -m core check` reads it in a process and a workspace of its own: seconds, those of the
processors (which say more on a machine that is busy), and the most memory that process ever held. The large sets are
ten times the small ones; nothing may grow faster than they do.
"""

from __future__ import annotations

import argparse
import csv
import io
import os
import random
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

PROJECT = Path(__file__).resolve().parents[1]
_MEGABYTE = 1024
"""Kilobytes."""


def pictures(n: int, folder: Path) -> Path:
    """A zip of so many JPEG and PNG pictures of 96 pixels a side, in ten classes."""
    rng, path = np.random.default_rng(0), folder / f"{n}.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for i in range(n):
            rough = Image.fromarray(rng.integers(0, 256, (6, 6, 3), dtype=np.uint8)).resize((96, 96))
            noisy = np.asarray(rough).astype(int) + rng.integers(-12, 12, (96, 96, 3))
            buffer = io.BytesIO()
            format = "JPEG" if i % 4 else "PNG"
            Image.fromarray(noisy.clip(0, 255).astype(np.uint8)).save(buffer, format)
            archive.writestr(f"class {i % 10}/{i}.{format.casefold()}", buffer.getvalue())
    return path


def messages(n: int, folder: Path) -> Path:
    """A table of so many messages of 4 to 25 words, in ten classes; some words are far more frequent than others."""
    rng, path = random.Random(0), folder / f"{n}.csv"
    words = ["".join(rng.choices("abcdefghijklmnopqrstuvwxyz", k=rng.randint(2, 9))) for _ in range(20_000)]
    weights = [1 / rank for rank in range(1, len(words) + 1)]
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(("text", "label"))
        for i in range(n):
            said = rng.choices(words, weights, k=rng.randint(4, 25))
            table.writerow((f"{' '.join(said)} topic{i % 10}.", f"label {i % 10}"))
    return path


def measurements(n: int, folder: Path, columns: int = 12) -> Path:
    """A table of so many rows of `columns` numbers and categories, some of them missing, in three classes."""
    rng, path = np.random.default_rng(0), folder / f"{n}x{columns}.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow((*(f"measure {at}" for at in range(columns)), "outcome"))
        for _ in range(n):
            label = int(rng.integers(3))
            row = [f"{value:.3f}" for value in rng.normal(label, 2, columns)]
            row[0] = str(rng.choice(["north", "south", "west"]))
            row[1] = "" if rng.random() < 0.1 else row[1]
            table.writerow((*row, f"outcome {label}"))
    return path


def wide(n: int, folder: Path) -> Path:
    """The same, 200 columns wide."""
    return measurements(n, folder, 200)


SETS: tuple[tuple[str, Callable[[int, Path], Path], int], ...] = (
    ("pictures", pictures, 2_000),
    ("messages", messages, 10_000),
    ("measurements", measurements, 10_000),
    ("wide", wide, 1_000),
)
"""What they hold, how one is made, and how large the small one is."""


def measured(source: Path, *flags: str) -> tuple[float, float, float]:
    """Seconds, seconds of the processors, and megabytes at most, of checking `source`."""
    with tempfile.TemporaryDirectory(prefix="finetune-lab-benchmark-") as home:
        command = [sys.executable, "-m", "core", "check", *flags, str(source)]
        began = time.perf_counter()
        child = subprocess.Popen(
            command,
            cwd=PROJECT,
            env={**os.environ, "FINETUNE_LAB_HOME": home},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        _, status, used = os.wait4(child.pid, 0)
        seconds = time.perf_counter() - began
    if status:
        raise RuntimeError(f"`{' '.join(command)}` ended with {os.waitstatus_to_exitcode(status)}")
    return seconds, used.ru_utime + used.ru_stime, used.ru_maxrss / _MEGABYTE


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a hundredth of it: shows that it works")
    parser.add_argument("--only", choices=[name for name, _, _ in SETS], help="one of the sets")
    flags = parser.parse_args()
    quick, sets = flags.quick, [one for one in SETS if flags.only in (None, one[0])]
    print(f"load before: {os.getloadavg()[0]:.1f}")
    with tempfile.TemporaryDirectory(prefix="finetune-lab-benchmark-") as folder:
        for what, make, small in sets:
            small = small // 100 if quick else small
            for n in (small, 10 * small):
                source = make(n, Path(folder))
                for name, how in (("check --quick", ("--quick",)), ("check", ())):
                    seconds, busy, most = measured(source, *how)
                    print(
                        f"{name:14} {n:>7,} {what:12} {seconds:7.1f} s ({busy:6.1f} of processors) {most:5.0f} MB",
                        flush=True,
                    )


if __name__ == "__main__":
    main()
