"""How fast a model is on this machine, as measured in its last use here.

Speeds are in typical examples a second. A picture is one example, whatever its size on disk; a message counts by its
length, one of a hundred letters being one.
"""

from __future__ import annotations

import json
from collections.abc import Iterable

from core.data.dataset import Dataset
from core.workspace import Workspace, write_atomically

TYPICAL_LETTERS = 100
_OVERHEAD_LETTERS = 20
"""What every message costs besides its own letters: marks at both ends, and padding."""
_ENOUGH = 8
"""Fewer examples than this say more about start-up than about speed."""


def amount(dataset: Dataset, indices: Iterable[int]) -> float:
    """How many typical examples these are worth."""
    if dataset.modality != "text":
        return float(sum(1 for _ in indices))
    letters = sum(len(dataset.examples[i].text or "") + _OVERHEAD_LETTERS for i in indices)
    return letters / (TYPICAL_LETTERS + _OVERHEAD_LETTERS)


def note_speed(workspace: Workspace, model: str, work: str, examples: float, seconds: float) -> None:
    """Remember that `model` did `examples` of a kind of `work` ("embed" at its own size, for one) in `seconds`."""
    if examples < _ENOUGH or seconds <= 0:
        return
    speeds = _read(workspace)
    speeds[f"{model}|{work}"] = examples / seconds
    write_atomically(workspace.cache / "speed.json", json.dumps(speeds).encode())


def measured_speed(workspace: Workspace, model: str, work: str) -> float | None:
    """Examples a second, or None before the first measurement."""
    return _read(workspace).get(f"{model}|{work}")


def _read(workspace: Workspace) -> dict[str, float]:
    try:
        return json.loads((workspace.cache / "speed.json").read_text())
    except (OSError, ValueError):
        return {}
