"""How fast a model is on this machine, as measured in its last use here."""

from __future__ import annotations

import json

from core.workspace import Workspace, write_atomically

_ENOUGH = 16
"""Fewer examples than this say more about start-up than about speed."""


def tuning_work(size: int) -> str:
    """The name under which the speed of training at one input size is kept."""
    return f"tune-{size}"


def note_speed(workspace: Workspace, model: str, work: str, examples: int, seconds: float) -> None:
    """Remember that `model` did `examples` of `work` ("embed" at its own size, or `tuning_work`) in `seconds`."""
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
