"""The job that runs any study. Studies lie in the workspace's `studies`."""

from __future__ import annotations

from collections.abc import Generator

from core.data.dataset import Dataset
from core.errors import RunError
from core.events import Event, JobEnded
from core.jobs.base import Stop, run_job
from core.messages import Message
from core.runs.folder import RunFolder
from core.studies.base import Context
from core.studies.registry import STUDIES
from core.workspace import Workspace


def study(folder: RunFolder, workspace: Workspace, stop: Stop) -> Generator[Event, None, None]:
    """Run the study called `study` as `design` says, on `dataset` if it is about one. Result: see `Study.result`.

    One that is stopped has the result of what was done before.
    """
    request = folder.request
    if request["study"] not in STUDIES:
        raise RunError(Message("There is no study called '{name}'.", name=request["study"]))
    kind = STUDIES[request["study"]]
    design = kind.design.from_dict(request["design"])
    dataset = Dataset.load(request["dataset"], workspace) if request.get("dataset") else None
    context = Context(workspace, dataset, folder, stop, lambda run, stops: run_job(run, workspace, stops))
    complete = yield from kind.run(design, context)
    result = kind.result(design, folder.events())
    if complete:
        yield JobEnded("completed", result=result)
    else:
        yield JobEnded("stopped", Message("It was stopped. What was done before is kept."), result)
