"""What many share: how much is done at once, for whom, and what is refused. Workers here only take notes."""

from __future__ import annotations

import io
import math
from types import SimpleNamespace

import pytest

from core.messages import NOTHING, Message
from core.runs.folder import RunFolder
from core.runs.local import LocalLauncher, Rules, Worker, usual_slots
from core.workspace import Workspace


class Clock:
    now = 0.0

    def monotonic(self):
        return self.now


@pytest.fixture
def share(tmp_path, monkeypatch):
    """A launcher with these rules, and what asks it for a job of somebody's."""
    clock = Clock()
    monkeypatch.setattr("core.runs.local.time", clock)

    def spawn(self):
        worker = Worker(SimpleNamespace(stdin=io.StringIO(), terminate=lambda: None, kill=lambda: None))
        self._workers.append(worker)
        return worker

    monkeypatch.setattr(LocalLauncher, "_spawn", spawn)

    def make(**rules):
        launcher = LocalLauncher(Workspace(tmp_path / "class"), rules=Rules(**rules))

        def ask(owner, seconds=10.0, heavy=True):
            job = RunFolder.create(Workspace(tmp_path / owner).runs, "train", owner, {"expected": seconds})
            launcher.start(job, heavy=heavy)
            return job

        def finish(job):
            """A worker says "done"."""
            worker = next(one for one in launcher._workers if one.job and one.job.id == job.id)
            job.begin()
            job.end("completed")
            launcher._release(worker)

        return SimpleNamespace(launcher=launcher, ask=ask, finish=finish, clock=clock)

    return make


def doing(launcher):
    return sorted(one.job.title for one in launcher.under_way() if one.position is None)


def test_turns_go_round_and_each_knows_when_theirs_comes(share):
    made = share(slots=1, light_slots=2)
    first = made.ask("Mia", 30)
    more = [made.ask("Mia", 10), made.ask("Ben", 10), made.ask("Fox", 10)]
    assert doing(made.launcher) == ["Mia"]
    assert [made.launcher.position(job) for job in (first, *more)] == [None, 2, 0, 1]
    assert [made.launcher.waits(job) for job in (first, *more)] == [None, 50, 30, 40]
    made.clock.now = 12
    assert made.launcher.waits(more[1]) == 18
    made.clock.now = 30
    made.finish(first)
    assert doing(made.launcher) == ["Ben"]


def test_what_took_longer_than_estimated_makes_the_next_estimate_longer(share):
    made = share(slots=1)
    first = made.ask("Mia", 10)
    made.clock.now = 20
    made.finish(first)
    made.ask("Ben", 10)
    assert made.launcher.waits(made.ask("Fox", 10)) == pytest.approx(13)


def test_a_long_job_leaves_a_place_for_short_ones(share):
    made = share(slots=2, reserved=1, long=120)
    for owner in ("Mia", "Ben"):
        made.ask(owner, 600)
    assert doing(made.launcher) == ["Mia"]
    short = made.ask("Fox", 10)
    assert doing(made.launcher) == ["Fox", "Mia"]
    made.finish(short)
    assert doing(made.launcher) == ["Mia"]


def test_a_long_job_waits_for_one_place_only_where_short_ones_have_theirs(share):
    made = share(slots=2, reserved=1, long=120)
    first, _ = made.ask("Mia", 10), made.ask("Ben", 10)
    made.ask("Fox", 600)
    assert doing(made.launcher) == ["Ben", "Mia"]
    made.finish(first)
    assert doing(made.launcher) == ["Ben", "Fox"]


def test_small_jobs_are_bounded_and_go_round_too(share):
    made = share(slots=1, light_slots=2)
    jobs = [made.ask(owner, None, heavy=False) for owner in ("Mia", "Mia", "Mia", "Mia", "Ben")]
    assert doing(made.launcher) == ["Mia", "Mia"] and made.launcher.position(jobs[4]) == 0
    made.finish(jobs[0])
    assert doing(made.launcher) == ["Ben", "Mia"]
    made.launcher.stop(jobs[3])
    assert jobs[3].status().state == "stopped" and made.launcher.position(jobs[3]) is None


def test_one_who_is_held_waits_and_others_go_on(share):
    held = {"Mia"}
    made = share(slots=1, is_held=lambda job: job.title in held)
    made.ask("Mia"), made.ask("Ben")
    assert doing(made.launcher) == ["Ben"]
    held.clear()
    made.launcher.wake()
    made.finish(made.launcher.under_way()[0].job)
    assert doing(made.launcher) == ["Mia"]


def test_what_is_refused_says_why_and_takes_no_turn(share):
    made = share(slots=1, refuses=lambda job: Message("Too much.") if job.title == "Mia" else NOTHING)
    job = made.ask("Mia")
    assert (job.status().state, str(job.status().reason)) == ("failed", "Too much.")
    made.ask("Ben")
    assert doing(made.launcher) == ["Ben"]


def test_a_training_is_stopped_after_as_long_as_one_may_take_when_it_begins(share, monkeypatch):
    waits, most = [], [math.inf]
    monkeypatch.setattr(
        LocalLauncher, "_after", staticmethod(lambda seconds, act, worker: waits.append((seconds, act)))
    )
    made = share(slots=3, most=lambda: most[0])
    made.ask("Mia")
    most[0] = 900.0
    job = made.ask("Ben")
    ((seconds, act),) = waits
    act()
    assert seconds == 900.0 and job.stop_requested()


def test_all_that_somebody_has_is_stopped(share, tmp_path):
    made = share(slots=1)
    first, second, other = made.ask("Mia"), made.ask("Mia"), made.ask("Ben")
    made.launcher.stop_all(Workspace(tmp_path / "Mia"))
    assert first.stop_requested() and second.status().state == "stopped" and not other.stop_requested()
    made.finish(first)


def test_a_study_in_a_shared_worker_has_one_training_at_a_time(monkeypatch):
    monkeypatch.setattr("os.cpu_count", lambda: 32)
    assert usual_slots() == 8
    monkeypatch.setenv("FINETUNE_LAB_SLOTS", "1")
    assert usual_slots() == 1
    monkeypatch.setenv("FINETUNE_LAB_SLOTS", "x")
    assert usual_slots() == 8
