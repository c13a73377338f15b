"""Pretrain the network that answers from labelled rows (`in-context-table`) on invented tables.

    nice -n 5 python benchmarks/pretrain_tables.py FOLDER --seconds 6600            # goes on where it was
    python benchmarks/pretrain_tables.py FOLDER --seconds 240 --device cuda --cells 500000
    python benchmarks/pretrain_tables.py FOLDER --ship                              # puts it in place of the bundled

The rate rises, stays, and in the second half of the time falls to nothing. On a graphics processor the network computes
in bfloat16; its weights are kept in full precision. The figures are of tables that were never seen before, each being
used once, and beside them stand those of logistic regression.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # so that it also runs as a script

import numpy as np
import torch
from safetensors.torch import save
from torch import Tensor, nn
from torch.func import functional_call
from torch.nn import functional as F

from benchmarks.table_prior import MOST_CLASSES, TablePrior
from core.models.backbones.in_context import WEIGHTS
from core.models.backbones.in_context_network import MOST_CLASSES as VECTORS
from core.models.backbones.in_context_network import InContextNetwork
from core.storage import write

_MOST_ROWS = 65535
"""Of all tables of a step: some kernels of attention take no more sequences."""
_RATE, _MATRIX_RATE = 2e-3, 4e-3
"""Of AdamW, and of Muon (Jordan et al. 2024) for the matrices inside the layers."""
_WARM_UP = 200
"""Steps in which the rate rises."""
_FALLS = 0.5
"""The share of the time after which the rate falls."""
_LOOK, _KEEP = 100, 30.0
"""Steps until there is a line; seconds until all is kept."""
_ABSENT = -1e4


class Asking(nn.Module):
    """The network as it is trained: its loss and its share of right answers, and then those of logistic regression."""

    def __init__(self) -> None:
        super().__init__()
        self.network = InContextNetwork()

    def forward(self, rows: Tensor, labels: Tensor, known: int, vectors: Tensor) -> Tensor:
        """(4,), over the questions whose class a labelled row has."""
        told, asked = labels[:, :known], rows[:, known:]
        memory = self.network.remember(rows[:, :known], told, vectors.unsqueeze(0))
        weights, offsets = self.network.last_layer(memory, told)
        found, linear = self.network(memory, asked)
        logits = (found @ weights.transpose(1, 2)).float() + offsets.float().unsqueeze(1) + linear
        absent = torch.ones_like(logits[:, 0]).scatter(1, told, 0.0).bool().unsqueeze(1)
        targets = labels[:, known:].flatten()
        figures: list[Tensor] = []
        for said in (logits, memory.linear[0](asked)[:, 0]):
            said = said.masked_fill(absent, _ABSENT).flatten(0, 1)
            right = (said.argmax(1) == targets).sum() / (targets >= 0).sum()
            figures += [F.cross_entropy(said, targets, ignore_index=-1), right]
        return torch.stack(figures)


class Pretraining:
    """The network, and how far it has come; kept in `folder`, and found there again."""

    def __init__(self, folder: Path, device: str = "cpu", seconds: float = 1e9, cells: int = 3500) -> None:
        self.file, self.device, self.limit, self.cells = folder / "pretraining.pt", device, seconds, cells
        torch.manual_seed(0)
        self.asking = Asking().to(device)
        named = list(self.asking.network.named_parameters())
        matrices = [p for name, p in named if name.startswith("layers") and p.ndim == 2]
        others = [p for name, p in named if not name.startswith("layers") or p.ndim != 2]
        self.optimisers: list[torch.optim.Optimizer] = [
            torch.optim.AdamW(others, lr=_RATE, weight_decay=0.0, betas=(0.9, 0.98)),
            torch.optim.Muon(matrices, lr=_MATRIX_RATE, weight_decay=0.01, adjust_lr_fn="match_rms_adamw"),
        ]
        self.steps = self.tables = 0
        self.seconds = 0.0
        if self.file.exists():
            kept = torch.load(self.file, weights_only=True, map_location=device)
            self.asking.network.load_state_dict(kept["network"])
            for optimiser, state in zip(self.optimisers, kept["optimizers"], strict=True):
                optimiser.load_state_dict(state)
            self.steps, self.tables, self.seconds = kept["steps"], kept["tables"], kept["seconds"]
        self.began = time.monotonic() - self.seconds

    def keep(self) -> None:
        new = self.file.with_suffix(".new")
        kept = {
            "network": self.asking.network.state_dict(),
            "optimizers": [optimiser.state_dict() for optimiser in self.optimisers],
            "steps": self.steps, "tables": self.tables, "seconds": self.seconds,
        }  # fmt: skip
        torch.save(kept, new)
        os.replace(new, self.file)

    def step(self) -> Tensor:
        """What `Asking` says of one batch, whose tables follow from the number of the step alone."""
        tables, known, asked, columns = shape_of(np.random.default_rng((1, self.steps)), self.cells)
        rows, labels = TablePrior(1 + self.steps, self.device).draw(tables, known, asked, columns)
        vectors = torch.randperm(VECTORS, device=self.device)[:MOST_CLASSES]
        precision = torch.bfloat16 if self.device == "cuda" else torch.float32
        weights = {name: p.to(precision) for name, p in self.asking.named_parameters()}
        figures: Tensor = functional_call(self.asking, weights, (rows, labels, known, vectors))
        figures[0].backward()
        nn.utils.clip_grad_norm_(self.asking.parameters(), 1.0)
        for optimiser, rate in zip(self.optimisers, (_RATE, _MATRIX_RATE), strict=True):
            optimiser.param_groups[0]["lr"] = rate * self._share()
            optimiser.step()
            optimiser.zero_grad()
        self.steps += 1
        self.tables += tables
        self.seconds = time.monotonic() - self.began
        return figures.detach()

    def _share(self) -> float:
        """Of the rate, now."""
        left = (1 - self.seconds / self.limit) / (1 - _FALLS)
        return max(0.0, min(1.0, (self.steps + 1) / _WARM_UP, left))


def shape_of(rng: np.random.Generator, cells: int) -> tuple[int, int, int, int]:
    """How many tables, labelled rows, questions and columns; few of each more often than many."""
    known = int(np.exp(rng.uniform(np.log(7), np.log(130))))
    if rng.random() < 0.05:
        known = int(rng.integers(110, 300))
    asked = max(24, known // 2)
    columns = int(np.exp(rng.uniform(np.log(2), np.log(48))))
    if rng.random() < 0.12:
        columns = int(rng.integers(40, 101))
    tables = min(cells // (columns + 1), _MOST_ROWS) // (known + asked)
    return max(1, tables), known, asked, columns


def pretrain(work: Pretraining) -> None:
    """Until its time is over."""
    kept, figures, seen = time.monotonic(), torch.zeros(4, device=work.device), 0
    while work.seconds < work.limit:
        figures += work.step()
        seen += 1
        if work.steps % _LOOK == 0:
            loss, right, linear_loss, linear_right = (figures / seen).tolist()
            print(
                f"{work.steps} steps, {work.tables} tables, {work.seconds:.0f} s: loss {loss:.4f}, right {right:.2%}; "
                f"logistic regression {linear_loss:.4f}, {linear_right:.2%}",
                flush=True,
            )
            figures, seen = torch.zeros_like(figures), 0
            if time.monotonic() - kept > _KEEP:
                work.keep()
                kept = time.monotonic()
    work.keep()


def ship(folder: Path) -> None:
    """In half precision, which changes no answer that was looked at."""
    weights = Pretraining(folder).asking.network.state_dict()
    write(WEIGHTS, save({name: value.half().contiguous() for name, value in weights.items()}))
    print(f"{WEIGHTS}: {WEIGHTS.stat().st_size / 1e6:.2f} MB")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seconds", type=float, default=6600)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--cells", type=int, default=3500, help="in each step")
    parser.add_argument("--ship", action="store_true")
    asked = parser.parse_args()
    asked.folder.mkdir(parents=True, exist_ok=True)
    if asked.ship:
        ship(asked.folder)
    else:
        torch.set_num_threads(2)
        pretrain(Pretraining(asked.folder, asked.device, asked.seconds, asked.cells))


if __name__ == "__main__":
    main()
