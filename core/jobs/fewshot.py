"""Jobs about learning from very few examples."""

from __future__ import annotations

from collections.abc import Generator

from core.data.dataset import Dataset
from core.events import Event, JobEnded
from core.jobs.base import Stop
from core.messages import Message
from core.runs.folder import RunFolder
from core.studies.few_shot.run import Bench, run_bench
from core.studies.few_shot.shown import write_shown
from core.workspace import Workspace


def fewshot(folder: RunFolder, workspace: Workspace, stop: Stop) -> Generator[Event, None, None]:
    """Answer the episodes of `bench` on `dataset`. Result: its summary; episodes to look at lie in the folder."""
    request = folder.request
    dataset = Dataset.load(request["dataset"], workspace)
    result = yield from run_bench(dataset, Bench(**request["bench"]), workspace, stop)
    if result is None:
        yield JobEnded("stopped", Message("It was stopped before all episodes were answered."))
        return
    write_shown(result.shown, folder.path)
    yield JobEnded("completed", result=result.summary())
