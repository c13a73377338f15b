"""Jobs about a whole set: what did the work, how many examples it takes, which way is best.

They lie in the workspace's `studies`.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from core.data.dataset import Dataset
from core.events import Event, JobEnded
from core.jobs.base import Stop
from core.messages import Message
from core.runs.folder import RunFolder
from core.studies.benchmark.design import RaceDesign
from core.studies.benchmark.findings import race_result, recommend
from core.studies.benchmark.table import Standings
from core.studies.learning_curve.run import CurveDesign
from core.studies.learning_curve.table import CurveTable
from core.studies.transfer.design import Design
from core.studies.transfer.findings import sentences
from core.studies.transfer.table import Table
from core.workspace import Workspace


def experiment(folder: RunFolder, workspace: Workspace, stop: Stop) -> Generator[Event, None, None]:
    """Compare ways to learn on `dataset` as `design` says. Result: scores, effects, and two sentences.

    One that is stopped has the result of what was judged before.
    """
    from core.studies.transfer.run import experiment as run

    request = folder.request
    dataset = Dataset.load(request["dataset"], workspace)
    complete = yield from run(dataset, Design.from_dict(request["design"]), workspace, stop)
    yield _ended(complete, experiment_result(folder.events()))


def curve(folder: RunFolder, workspace: Workspace, stop: Stop) -> Generator[Event, None, None]:
    """Measure learning curves on `dataset` as `design` says, and what they foretell about `target`, if there is one.

    One that is stopped has the result of what was judged before.
    """
    from core.studies.learning_curve.run import learning_curve

    request = folder.request
    dataset = Dataset.load(request["dataset"], workspace)
    complete = yield from learning_curve(dataset, CurveDesign.from_dict(request["design"]), workspace, stop)
    yield _ended(complete, CurveTable(folder.events()).to_dict(request.get("target")))


def race(folder: RunFolder, workspace: Workspace, stop: Stop) -> Generator[Event, None, None]:
    """Let ways to train race on `dataset` as `design` says. Result: the standings, what is recommended, and why.

    One that is stopped has the result of what was judged before; its final test stays closed.
    """
    from core.jobs import run_job
    from core.studies.benchmark.executor import usual_lanes
    from core.studies.benchmark.run import race as run

    request = folder.request
    dataset = Dataset.load(request["dataset"], workspace)
    lanes = usual_lanes(workspace, lambda one, stops: run_job(one, workspace, stops))
    try:
        complete = yield from run(dataset, RaceDesign.from_dict(request["design"]), workspace, lanes, folder.id, stop)
    finally:
        lanes.close()
    standings = Standings(folder.events())
    yield _ended(complete, race_result(standings, recommend(standings)))


def experiment_result(events: list[Event]) -> dict[str, Any]:
    """What an experiment's events say, as plain data."""
    table = Table(events)
    return {**table.to_dict(), "sentences": [str(said) for said in sentences(table)]}


def _ended(complete: bool, result: dict[str, Any]) -> JobEnded:
    if complete:
        return JobEnded("completed", result=result)
    return JobEnded("stopped", Message("It was stopped. What was done before is kept."), result)
