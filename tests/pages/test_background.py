"""Jobs that begin by themselves, whichever window began them."""

from __future__ import annotations

import pytest

from core.runs.folder import RunFolder
from core.runs.local import UnderWay
from core.workspace import Workspace
from pages.shared import jobs


class Launcher:
    """Does nothing but remember."""

    def __init__(self) -> None:
        self.asked: list[RunFolder] = []
        self.stopped: list[str] = []

    def start(self, job: RunFolder, *, heavy: bool = True) -> None:
        self.asked.append(job)

    def stop(self, job: RunFolder) -> None:
        self.stopped.append(job.id)

    def under_way(self) -> list[UnderWay]:
        return [UnderWay(job, str(job.path.parents[1]), None, 1.0) for job in self.asked]


@pytest.fixture
def launcher(workspace, monkeypatch):
    made = Launcher()
    monkeypatch.setattr(jobs, "launcher", lambda: made)
    monkeypatch.setattr(jobs, "workspace", lambda: workspace)
    another_window(monkeypatch)
    return made


def another_window(monkeypatch) -> None:
    monkeypatch.setattr(jobs.st, "session_state", {})


def test_another_window_takes_what_is_under_way(launcher, monkeypatch):
    check = jobs.start_background("doctor-x", "doctor", "x", {"dataset": "x"})
    live = jobs.start_asked("live-r", "live", "r", {"run": "r", "added": []})
    another_window(monkeypatch)
    assert jobs.start_background("doctor-x", "doctor", "x", {"dataset": "x"}).id == check.id
    assert jobs.start_asked("live-r", "live", "r", {"run": "r", "added": []}).id == live.id
    assert jobs.start_background("doctor-y", "doctor", "y", {"dataset": "y"}).id not in (check.id, live.id)
    assert len(launcher.asked) == 3


def test_room_is_made_also_by_what_a_window_began_that_is_closed_and_by_nothing_that_was_asked_for(
    launcher, monkeypatch, tmp_path
):
    check = jobs.start_background("doctor-x", "doctor", "x", {"dataset": "x"})
    timing = jobs.start_background("measure-m", "measure", "m", {"model": "m"})
    jobs.start_asked("export-r", "export", "r", {"run": "r"})
    launcher.start(RunFolder.create(Workspace(tmp_path / "another").jobs, "doctor", "z", {"dataset": "z"}))
    another_window(monkeypatch)
    jobs.make_room()
    assert launcher.stopped == [check.id, timing.id]


def test_the_check_of_what_is_not_looked_at_any_more_ends_and_timing_goes_on(launcher, workspace, monkeypatch):
    monkeypatch.setattr(jobs, "about_dataset", lambda dataset_id: {})
    monkeypatch.setattr(jobs, "_progress", lambda job: None)
    jobs.start_background("measure-m", "measure", "m", {"model": "m"})
    for dataset_id in ("x", "y"):
        jobs.watch_doctor(dataset_id)
    assert launcher.stopped == [launcher.asked[1].id]
