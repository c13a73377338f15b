"""Training runs that kill their own process, as a power cut would.

    python -m tests.core.training.engine.killed HOME NAME...

Each strategy NAME trains in a process of its own, in HOME/NAME. All are forks of one that has imported everything,
which takes most of the time. Prints what became of them.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import traceback
from dataclasses import replace
from pathlib import Path

import pytest

from core.events import StepEnd
from core.jobs.__main__ import import_ahead
from core.training.engine.checkpoint import Checkpoint
from core.training.engine.train import train
from core.training.spec.recipe import Recipe
from core.training.spec.strategies import STRATEGIES
from core.workspace import Workspace
from tests.conftest import install_tiny_models
from tests.helpers import picture_dataset

DIES_AT = (2, 3)
"""Epoch and step after which there is no more process."""


def recipe_of(strategy: str) -> Recipe:
    """Brief, and with something random in every step."""
    usable = STRATEGIES[strategy].options
    going = {name: value for name, value in {"epochs": 3, "batch_size": 5}.items() if name in usable}
    more = {
        "partial": {"layers": 1},
        "contrastive": {"layers": 1},
        "full": {"augmentation": "strong", "mixup": 0.4, "turned_classes": "yes"},
        "episodic": {"augmentation": "drawing", "turned_classes": "yes", "ways": 4, "queries": 2},
        "scratch": {"augmentation": "drawing", "turned_classes": "yes", "classifier": "cosine"},
    }
    return Recipe(model="tiny-image", strategy=strategy, seed=3, **going, **more.get(strategy, {}))


def die_training(strategy: str, workspace: Workspace) -> None:
    dataset = replace(picture_dataset(workspace), title=strategy)
    checkpoint = Checkpoint(workspace.root / "checkpoint", every=0.0)
    for event in train(dataset, recipe_of(strategy), workspace, run="r1", checkpoint=checkpoint):
        if isinstance(event, StepEnd) and (event.epoch, event.step) >= DIES_AT and checkpoint.path.exists():
            os.kill(os.getpid(), signal.SIGKILL)


def main(home: Path, strategies: list[str]) -> None:
    install_tiny_models(pytest.MonkeyPatch())
    import_ahead(threading.Event())
    fates = {}
    for strategy in strategies:
        child = os.fork()
        if child == 0:
            try:
                die_training(strategy, Workspace(home / strategy))
            except Exception:
                traceback.print_exc()
            os._exit(1)  # at once: the threads of the process that it was forked from do not exist here
        fates[strategy] = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    print(json.dumps(fates))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
