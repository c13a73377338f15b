"""What the tests of training have in common."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def _no_cross_validation(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """It trains ten times more, and has tests of its own."""
    if request.module.__name__.rpartition(".")[2] != "test_cross_validation":
        monkeypatch.setattr("core.training.engine.train.is_cross_validated", lambda *_: False)
