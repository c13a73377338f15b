"""Which training is done where, and when: Ray here only takes notes."""

from __future__ import annotations

import threading
from types import SimpleNamespace

import pytest

from core.jobs.cluster import launcher as module
from core.jobs.cluster.launcher import RayLauncher
from core.runs.folder import RunFolder
from core.runs.local import LocalLauncher, Rules, Worker
from tests.helpers import wait_until


class Ray:
    """Machines with cores and accelerators, and the trainings that it was given with what each needs."""

    exceptions = SimpleNamespace(GetTimeoutError=TimeoutError)

    def __init__(self) -> None:
        self.machines: list[tuple[int, int]] = []
        self.given: dict[str, dict] = {}
        self.over: dict[str, threading.Event] = {}
        self.ended = False

    def nodes(self):
        return [
            {"Alive": True, "NodeID": "x", "Resources": {"CPU": float(c), "GPU": float(g)}} for c, g in self.machines
        ]

    def remote(self, what):
        def give(desk, path, claim, folder, **needs):
            self.given[path], self.over[path] = needs, threading.Event()
            if self.ended:
                self.over[path].set()
            return path

        return SimpleNamespace(options=lambda **needs: SimpleNamespace(remote=lambda *given: give(*given, **needs)))

    def get(self, path, timeout=None):
        if not self.over[path].wait(timeout):
            raise TimeoutError

    def get_runtime_context(self):
        return SimpleNamespace(get_node_id=lambda: "here")

    def wait(self, tasks, **how): ...
    def shutdown(self): ...


@pytest.fixture
def ray(monkeypatch):
    made = Ray()
    monkeypatch.setattr(module, "_connected", lambda address: made)
    monkeypatch.setattr(module, "_LOOK", 0.01)
    nobody = SimpleNamespace(remote=lambda *given: None)
    monkeypatch.setattr(RayLauncher, "_on", lambda self, node, what, **more: nobody)
    return made


@pytest.fixture
def launch(ray, workspace, monkeypatch):
    local = []

    def worker_for(self, job, place):
        local.append(job.id)
        self._workers.append(Worker(SimpleNamespace(stdin=None, wait=lambda timeout: 0)))
        return self._workers[-1]

    monkeypatch.setattr(LocalLauncher, "_worker_for", worker_for)
    made = []

    def make(*machines, **rules):
        ray.machines = list(machines)
        made.append(RayLauncher(workspace, "10.0.0.2:6379", Rules(**{"slots": 1, **rules}), cores=2))
        return SimpleNamespace(launcher=made[-1], local=local)

    yield make
    ray.ended = True
    for one in ray.over.values():
        one.set()
    for launcher in made:
        launcher.close()


def asked(workspace, kind="train", **recipe) -> RunFolder:
    return RunFolder.create(workspace.runs, kind, "t", {"dataset": "d", "recipe": recipe})


def test_a_training_takes_cores_and_one_more_begins_when_a_machine_comes(ray, launch, workspace):
    launcher = launch((4, 0), (1, 0), (3, 0)).launcher
    assert launcher.slots == 3
    runs = [asked(workspace) for _ in range(5)]
    for run in runs:
        launcher.start(run)
    assert [launcher.position(run) for run in runs] == [None] * 3 + [0, 1]
    assert all(needs["num_cpus"] == 2 and "num_gpus" not in needs for needs in ray.given.values())
    assert next(iter(ray.given.values()))["runtime_env"]["env_vars"]["OMP_NUM_THREADS"] == "2"
    ray.machines.append((2, 0))
    wait_until(lambda: len(ray.given) == 4)
    ray.over[str(runs[0].path)].set()
    wait_until(lambda: len(ray.given) == 5)
    assert launcher.waits(runs[4]) is None


def test_where_there_is_an_accelerator_trainings_wait_for_it_but_for_those_that_want_cores(ray, launch, workspace):
    launcher = launch((8, 1)).launcher
    assert launcher.slots == 1
    first, second, plain = asked(workspace), asked(workspace, device="auto"), asked(workspace, device="cpu")
    for run in (first, second, plain):
        launcher.start(run)
    assert [launcher.position(run) for run in (first, second, plain)] == [None, 0, None]
    assert ray.given[str(first.path)].items() >= {"num_gpus": 1, "num_cpus": 1}.items()
    assert "num_gpus" not in ray.given[str(plain.path)]


def test_everything_but_trainings_is_done_here(ray, launch, workspace):
    made = launch((2, 0))
    jobs = [asked(workspace, "study"), asked(workspace, "study"), asked(workspace)]
    brief = asked(workspace, "predict")
    for job in jobs:
        made.launcher.start(job)
    made.launcher.start(brief, heavy=False)
    assert [made.launcher.position(job) for job in (*jobs, brief)] == [None, 0, None, None]
    assert list(ray.given) == [str(jobs[2].path)] and made.local == [jobs[0].id, brief.id]


def test_one_who_is_held_waits_on_a_cluster_too(ray, launch, workspace):
    held = [True]
    launcher = launch((2, 0), is_held=lambda job: held[0]).launcher
    run = asked(workspace)
    launcher.start(run)
    assert launcher.position(run) == 0 and not ray.given
    held[0] = False
    wait_until(lambda: ray.given)
    launcher.pause(run)
    assert run.pause_requested()


def test_a_training_that_ends_without_a_word_is_interrupted(ray, launch, workspace):
    launcher, run = launch((2, 0)).launcher, asked(workspace)
    launcher.start(run)
    ray.over[str(run.path)].set()
    wait_until(lambda: run.status().state == "interrupted")
    assert launcher.under_way() == []
