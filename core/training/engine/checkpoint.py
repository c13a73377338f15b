"""The state of a stage on disk, from which a run that was paused or killed goes on as if nothing had happened."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load, save
from torch import Tensor

from core.storage import Damaged, metadata, read_sealed, write_sealed, writing

_SHARE = 50
"""Between two checkpoints at least so many times what the last one took passes: they cost at most a fiftieth."""


@dataclass(frozen=True)
class Saved:
    """Plain data and named tensors."""

    about: dict[str, Any]
    tensors: dict[str, Tensor]

    def part(self, prefix: str) -> dict[str, Tensor]:
        """The tensors whose name begins with `prefix`, without it."""
        return {name.removeprefix(prefix): t for name, t in self.tensors.items() if name.startswith(prefix)}


@dataclass
class Checkpoint:
    """One file. `every` is the least number of seconds between two; without a `path` nothing is kept."""

    path: Path | None = None
    every: float = 2.0
    _due: float = field(default=0.0, init=False)

    def load(self) -> Saved | None:
        """What was kept last; None when there is nothing, or it is damaged."""
        content = self._content()
        if content is None or isinstance(content, Damaged):
            return None
        return Saved(json.loads(metadata(content)["about"]), load(content))

    @property
    def damage(self) -> Damaged | None:
        """What is wrong with what was kept, if anything was."""
        content = self._content()
        return content if isinstance(content, Damaged) else None

    def _content(self) -> bytes | Damaged | None:
        content = None if self.path is None else read_sealed(self.path)
        return None if isinstance(content, Damaged) and content.missing else content

    @property
    def due(self) -> bool:
        return self.path is not None and time.perf_counter() >= self._due

    def save(self, saved: Saved) -> None:
        """Replace what was kept, in one step. StorageError where there is no room, and what was kept is still there."""
        if self.path is None:
            return
        began = time.perf_counter()
        tensors = {name: value.detach().cpu().contiguous().clone() for name, value in saved.tensors.items()}
        content = save(tensors, {"about": json.dumps(saved.about)})
        # Later ones lie beside the one before for a moment: that there is room for two is looked at now.
        with writing(self.path, 0 if self.path.exists() else 2 * len(content)):
            write_sealed(self.path, content)
        now = time.perf_counter()
        self._due = now + max(self.every, _SHARE * (now - began))


def optimiser_tensors(optimiser: torch.optim.Optimizer) -> dict[str, Tensor]:
    """What an optimiser remembers of each parameter, named "<number>.<what>"."""
    states = optimiser.state_dict()["state"]
    return {f"{number}.{what}": value for number, state in states.items() for what, value in state.items()}


def restore_optimiser(optimiser: torch.optim.Optimizer, tensors: dict[str, Tensor]) -> None:
    """The inverse of `optimiser_tensors`."""
    parameters = [parameter for group in optimiser.param_groups for parameter in group["params"]]
    states: dict[int, dict[str, Tensor]] = {}
    for name, value in tensors.items():
        number, _, what = name.partition(".")
        states.setdefault(int(number), {})[what] = _laid_out_like(parameters[int(number)], value)
    optimiser.load_state_dict({**optimiser.state_dict(), "state": states})


def _laid_out_like(parameter: Tensor, value: Tensor) -> Tensor:
    """`value`, in memory in the order of `parameter`, if it has its shape. A fused optimiser goes through a weight and
    its moments side by side, wherever they lie: those of a channels-last weight would else meet strangers."""
    return torch.empty_like(parameter, dtype=value.dtype).copy_(value) if value.shape == parameter.shape else value
