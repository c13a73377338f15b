"""What this computer can calculate on, how its processor is shared, and how fast a model is on it, as last measured.

Speeds are in typical examples a second (see `Modality.effort`). Pages must not load torch to know any of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from filelock import FileLock

from core.errors import StorageError
from core.storage import Damaged, read_json, write_json, writing
from core.workspace import Workspace

CONSIDERATE = {"OMP_WAIT_POLICY": "passive"}
"""Environment of a process that calculates: PyTorch's threads wait for each other asleep instead of going round and
round, which takes a core away from the browser and from every other training. Alone, training is as fast as before."""
_ENOUGH = 8
"""Fewer examples than this say more about start-up than about speed."""


def note_devices(workspace: Workspace, found: Sequence[str]) -> None:
    """Remember the devices (see `core.training.engine.device.devices`), the fastest first."""
    with suppress(StorageError):
        write_json(workspace.cache / "devices.json", {"devices": list(found)})


def known_devices(workspace: Workspace) -> list[str]:
    """What was found last; only the processor before anyone looked."""
    kept = read_json(workspace.cache / "devices.json")
    return ["cpu"] if isinstance(kept, Damaged) else list(kept["devices"])


RIVALLED = "rivals"
"""The work of the plain methods beside a score, kept for the plain model: examples learnt from and asked about."""


def note_speed(workspace: Workspace, model: str, work: str, examples: float, seconds: float) -> None:
    """Remember that `model` did `examples` of a kind of `work` ("embed" at its own size, for one) in `seconds`."""
    if examples < _ENOUGH or seconds <= 0:
        return
    path = workspace.cache / "speed.json"
    lock = path.with_suffix(".lock")
    with suppress(StorageError), writing(lock), FileLock(lock):  # if the disk refuses, it is measured again
        speeds = _read(workspace)
        speeds[f"{model}|{work}"] = examples / seconds
        write_json(path, speeds)


def measured_speed(workspace: Workspace, model: str, work: str) -> float | None:
    """Examples a second, or None before the first measurement."""
    return _read(workspace).get(f"{model}|{work}")


def _read(workspace: Workspace) -> dict[str, float]:
    kept = read_json(workspace.cache / "speed.json")
    return {} if isinstance(kept, Damaged) else kept  # what is damaged is measured again
