"""Jobs about a whole set: what did the work, and how many examples it takes. They lie in the workspace's `studies`."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from core.data.dataset import Dataset
from core.events import Event, JobEnded
from core.experiment.curve import CurveDesign
from core.experiment.curve_table import CurveTable
from core.experiment.design import Design
from core.experiment.reading import sentences
from core.experiment.table import Table
from core.jobs.base import Stop
from core.runs.folder import RunFolder
from core.workspace import Workspace


def experiment(folder: RunFolder, workspace: Workspace, stop: Stop) -> Generator[Event, None, None]:
    """Compare ways to learn on `dataset` as `design` says. Result: scores, effects, and two sentences.

    One that is stopped has the result of what was judged before.
    """
    from core.experiment.run import experiment as run

    request = folder.request
    dataset = Dataset.load(request["dataset"], workspace)
    complete = yield from run(dataset, Design.from_dict(request["design"]), workspace, stop)
    yield _ended(complete, experiment_result(folder.events()))


def curve(folder: RunFolder, workspace: Workspace, stop: Stop) -> Generator[Event, None, None]:
    """Measure learning curves on `dataset` as `design` says, and what they foretell about `target`, if there is one.

    One that is stopped has the result of what was judged before.
    """
    from core.experiment.curve import learning_curve

    request = folder.request
    dataset = Dataset.load(request["dataset"], workspace)
    complete = yield from learning_curve(dataset, CurveDesign.from_dict(request["design"]), workspace, stop)
    yield _ended(complete, CurveTable(folder.events()).to_dict(request.get("target")))


def experiment_result(events: list[Event]) -> dict[str, Any]:
    """What an experiment's events say, as plain data."""
    table = Table(events)
    return {**table.to_dict(), "sentences": [str(said) for said in sentences(table)]}


def _ended(complete: bool, result: dict[str, Any]) -> JobEnded:
    if complete:
        return JobEnded("completed", result=result)
    return JobEnded("stopped", "It was stopped. What was judged before stays.", result)
