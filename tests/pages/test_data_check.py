"""The data check, which a worker does while one looks at a dataset."""

from __future__ import annotations

import pytest

from core.runs.local import LocalLauncher
from tests.helpers import message_dataset
from tests.pages.conftest import visit, words

pytestmark = pytest.mark.slow


def test_one_whose_worker_was_killed_says_so_and_can_be_begun_again(app, workspace, monkeypatch):
    dataset = message_dataset(workspace)
    dataset.save(workspace)
    monkeypatch.setattr(LocalLauncher, "start", lambda self, job, heavy=True: job.close_if_open())
    visit(app, "prepare/data.py", dataset=dataset.id)
    assert "it was killed" in words(app)
    assert "Look for label errors" in [button.label for button in app.button]
