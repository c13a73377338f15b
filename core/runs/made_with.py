"""On what a run was trained: the kind of computer and the versions, noted when it was finished. Nothing personal."""

from __future__ import annotations

import os
import platform
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import psutil

from core.storage import Damaged, read_json, write_json

_FILE = "made_with.json"
_PACKAGES = ("finetune-lab", "torch", "transformers", "peft", "onnxruntime", "scikit-learn", "numpy")


@dataclass(frozen=True, slots=True)
class MadeWith:
    """`device` is where the arithmetic ran ("cpu", or the name of a graphics card); `memory` in bytes; `versions` by
    package, of those that are installed."""

    system: str
    processor: str
    cores: int
    memory: int
    device: str
    python: str
    versions: dict[str, str]


def look_around(device: str) -> MadeWith:
    """This computer, as it is now."""
    return MadeWith(
        f"{platform.system()} {platform.machine()}".strip(), _processor(), os.cpu_count() or 1,
        psutil.virtual_memory().total, device, platform.python_version(), _versions(),
    )  # fmt: skip


def note_made_with(folder: Path, device: str) -> None:
    write_json(folder / _FILE, asdict(look_around(device)))


def read_made_with(folder: Path) -> MadeWith | None:
    """What was noted; None where nothing was, or the note is damaged."""
    kept = read_json(folder / _FILE)
    return None if isinstance(kept, Damaged) else MadeWith(**kept)


def _processor() -> str:
    """Its name where the system tells it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return platform.processor()
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.processor())


def _versions() -> dict[str, str]:
    found = {}
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found
