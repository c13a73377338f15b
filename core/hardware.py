"""What this computer can calculate on, and how its processor is shared: pages must not load torch to know it."""

from __future__ import annotations

import json
from collections.abc import Sequence

from core.workspace import Workspace, write_atomically

CONSIDERATE = {"OMP_WAIT_POLICY": "passive"}
"""Environment of a process that calculates: PyTorch's threads wait for each other asleep instead of going round and
round, which takes a core away from the browser and from every other training. Alone, training is as fast as before."""


def note_devices(workspace: Workspace, found: Sequence[str]) -> None:
    """Remember the devices (see `core.training.engine.device.devices`), the fastest first."""
    write_atomically(workspace.cache / "devices.json", json.dumps(list(found)).encode())


def known_devices(workspace: Workspace) -> list[str]:
    """What was found last; only the processor before anyone looked."""
    try:
        return list(json.loads((workspace.cache / "devices.json").read_text()))
    except (OSError, ValueError):
        return ["cpu"]
