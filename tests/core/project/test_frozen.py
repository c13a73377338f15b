"""What version 1 saved is opened by every later version.

`tests/projects/version-1.ftlab` was made on 2026-11-29 by `saved(file, workspace)` of what `furnished(workspace, 4, 8)`
gives, and a comparison of its two finished runs (see `frozen` below). It is never made again: a later format gets a
file of its own beside it.
"""

from __future__ import annotations

from pathlib import Path

from core.data.dataset import Dataset
from core.data.versions import lineage
from core.jobs.base import run_job
from core.library.items import list_items
from core.library.remarks import read_remark
from core.models.added import list_added
from core.models.trained import TrainedModel
from core.project.opening import look_into
from core.results.finished_run import FinishedRun
from core.runs.folder import RunFolder, list_jobs, list_runs
from core.workspace import Workspace
from tests.core.project.making import furnished, opened, resumed, saved, trained
from tests.helpers import PROJECT

FILE = PROJECT / "tests" / "projects" / "version-1.ftlab"


def frozen(file: Path, workspace: Workspace) -> None:
    """Make such a file."""
    kept = furnished(workspace, 4, 8)
    other = trained(workspace, kept.pictures, strategy="nearest", seed=3)
    design = {"runs": [kept.finished.id, other.id], "on": "own"}
    request = {"study": "comparison", "design": design, "dataset": None}
    study = RunFolder.create(workspace.studies, "study", "which is better", request)
    run_job(study, workspace, lambda: False)
    saved(file, workspace)


def test_everything_that_version_1_saved_is_there_and_goes_on(workspace, tiny_models):
    assert FILE.stat().st_size < 100_000
    manifest = look_into(FILE, workspace)
    found = opened(FILE, workspace)
    assert (len(manifest.items), len(found.added), found.notes) == (8, 8, ())
    titles = {(item.kind, item.title) for item in list_items(workspace)}
    assert titles >= {("dataset", "shades"), ("dataset", "messages"), ("study", "which is better")}

    datasets = [Dataset.load(item.id, workspace) for item in found.added if item.kind == "dataset"]
    assert not any(dataset.damaged() for dataset in datasets)
    assert sorted(lineage(dataset.id, workspace).version for dataset in datasets) == [1, 1, 2]

    states = sorted(run.status().state for run in list_runs(workspace))
    assert states == ["completed", "completed", "completed", "paused"]
    finished = [run for run in list_runs(workspace) if run.status().state == "completed"]
    assert all(FinishedRun.open(run, workspace).score for run in finished)
    with_red = next(run for run in finished if [one.label for one in list_added(run.path)] == ["red"])
    assert read_remark(with_red.path).note == "our first one"
    pictures = next(dataset for dataset in datasets if dataset.modality == "image")
    assert TrainedModel.load(with_red.path, workspace).predict([pictures.payload(0)])[0].label in pictures.classes
    (study,) = list_jobs(workspace.studies)
    assert study.about()["state"] == "completed" and study.about()["result"]["runs"]

    paused = next(run for run in list_runs(workspace) if run.status().state == "paused")
    assert FinishedRun.open(resumed(paused, workspace), workspace).score
