"""Open a run as the job does, and ask it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from core.events import drain
from core.jobs.trying import open_model
from core.models.encoders import TorchEncoder
from core.models.trained import load_backbone
from core.results.occlusion import Witness
from core.runs.folder import RunFolder


@pytest.fixture
def witness(workspace) -> Callable[[RunFolder], Witness]:
    def go(run: RunFolder) -> Witness:
        backbone = load_backbone(f"run:{run.id}", workspace)
        return Witness(drain(open_model(run, workspace)), backbone, TorchEncoder(backbone))

    return go
