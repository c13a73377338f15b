"""A training run that kills its own process, as a power cut would: `python -m tests.core.training.killed STRATEGY`."""

from __future__ import annotations

import os
import signal
import sys
from dataclasses import replace

import pytest

from core.events import StepEnd
from core.training.checkpoint import Checkpoint
from core.training.recipe import Recipe
from core.training.train import train
from core.workspace import Workspace
from tests.conftest import install_tiny_models
from tests.helpers import picture_dataset

DIES_AT = (2, 3)
"""Epoch and step after which there is no more process."""


def recipe_of(strategy: str) -> Recipe:
    """Brief, and with something random in every step."""
    going = {"epochs": 3, "batch_size": 5} if strategy not in ("nearest", "auto") else {}
    more = {"partial": {"layers": 1}, "contrastive": {"layers": 1}, "full": {"augmentation": "strong", "mixup": 0.4}}
    return Recipe(model="tiny-image", strategy=strategy, seed=3, **going, **more.get(strategy, {}))


def main(strategy: str) -> None:
    workspace = Workspace.default()
    install_tiny_models(pytest.MonkeyPatch())
    dataset = replace(picture_dataset(workspace), title=strategy)
    checkpoint = Checkpoint(workspace.root / "checkpoint", every=0.0)
    for event in train(dataset, recipe_of(strategy), workspace, run="r1", checkpoint=checkpoint):
        if isinstance(event, StepEnd) and (event.epoch, event.step) >= DIES_AT and checkpoint.path.exists():
            os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    main(sys.argv[1])
