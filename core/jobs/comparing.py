"""The job that judges finished runs again on a common set."""

from __future__ import annotations

from collections.abc import Generator

from core.data.dataset import Dataset
from core.events import Event, JobEnded
from core.jobs.base import Stop
from core.messages import Message
from core.runs.folder import RunFolder
from core.studies.comparison.run import check_common
from core.studies.comparison.table import read_runs
from core.workspace import Workspace


def rescore(folder: RunFolder, workspace: Workspace, stop: Stop) -> Generator[Event, None, None]:
    """Let `runs` answer those examples of `dataset` that none of them has learnt from. Result: how many judged, and
    how many were left out and why; the answers lie in the folder."""
    from core.studies.comparison.run import rescore as judge_again

    request = folder.request
    dataset = Dataset.load(request["dataset"], workspace)
    check_common(dataset, read_runs(request["runs"], workspace))
    result = yield from judge_again(folder.path, dataset, request["runs"], workspace, stop)
    if result is None:
        yield JobEnded("stopped", Message("Scoring them again was stopped."))
    else:
        yield JobEnded("completed", result=result)
