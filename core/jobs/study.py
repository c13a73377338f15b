"""The job that runs any study. Studies lie in the workspace's `studies`."""

from __future__ import annotations

import os
from collections.abc import Generator

from core.data.dataset import Dataset
from core.errors import RunError
from core.events import Event, JobEnded
from core.jobs.base import Stop, run_job
from core.jobs.cluster.launcher import CLUSTER, RayLauncher
from core.messages import Message
from core.runs.folder import RunFolder
from core.runs.launcher import Launcher
from core.runs.local import SLOTS, LocalLauncher, usual_slots
from core.studies.base import Context
from core.studies.registry import STUDIES
from core.workspace import Workspace


def several_at_once(workspace: Workspace) -> Launcher | None:
    """What does the trainings of a study: the cluster, where there is one, or workers where this machine has cores for
    several. None where a class shares the machines: then a study takes one turn, and trains in it. UserError where the
    cluster does not answer."""
    if (address := os.environ.get(CLUSTER)) and SLOTS not in os.environ:
        return RayLauncher(workspace, address)
    return LocalLauncher(workspace) if usual_slots() > 1 else None


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
    context = Context(
        workspace, dataset, folder, stop, lambda run, stops: run_job(run, workspace, stops),
        lambda: several_at_once(workspace),
    )  # fmt: skip
    complete = yield from kind.run(design, context)
    result = kind.result(design, folder.events())
    if complete:
        yield JobEnded("completed", result=result)
    else:
        yield JobEnded("stopped", Message("It was stopped. What was done before is kept."), result)
