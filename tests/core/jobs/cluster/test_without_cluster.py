"""Where there is no Ray, or no cluster: one sentence, and a study knows where its trainings are done."""

from __future__ import annotations

import socket
import subprocess
from importlib import import_module
from importlib.util import find_spec
from types import SimpleNamespace

import pytest

from core.jobs.cluster import launcher
from core.jobs.cluster.launcher import CLUSTER
from core.runs.local import SLOTS


@pytest.mark.parametrize("verb", ["start", "class"])
def test_without_ray_it_is_said_in_one_sentence(verb, cli, monkeypatch):
    monkeypatch.setenv("RAY_AUTH_MODE", "token")
    monkeypatch.setattr(launcher, "find_spec", lambda name: None)
    status, lines, error = cli(verb, "--cluster", "10.0.0.2:6379")
    assert status == 2 and lines == []
    assert error.strip() == (
        "Ray, which trains on several computers, is not installed here. In the folder of the program: "
        "`python -m pip install -e '.[cluster]'`."
    )


@pytest.mark.skipif(find_spec("ray") is None, reason="Ray is not installed (finetune-lab[cluster])")
def test_where_no_cluster_answers_it_is_said_at_once(cli):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    status, _, error = cli("start", "--cluster", f"127.0.0.1:{port}")
    assert status == 2 and f"answers at 127.0.0.1:{port}. Run `ray start`" in error


def test_the_trainings_of_a_study_are_spread_unless_a_class_shares_the_machines(workspace, monkeypatch):
    study = import_module("core.jobs.study")  # its package has the job of this name
    monkeypatch.setattr(study, "RayLauncher", lambda *given: SimpleNamespace(given=given))
    monkeypatch.setattr(study, "LocalLauncher", lambda *given: SimpleNamespace(given=given))
    monkeypatch.delenv(SLOTS, raising=False)
    monkeypatch.setattr("os.cpu_count", lambda: 1)
    assert study.several_at_once(workspace) is None
    monkeypatch.setattr("os.cpu_count", lambda: 16)
    assert study.several_at_once(workspace).given == (workspace,)
    monkeypatch.setenv(CLUSTER, "10.0.0.2:6379")
    assert study.several_at_once(workspace).given == (workspace, "10.0.0.2:6379")
    monkeypatch.setenv(SLOTS, "1")
    assert study.several_at_once(workspace) is None


def test_the_end_of_a_task_that_failed_is_an_end():
    class Failed(Exception):
        pass

    class Late(Failed):
        pass

    def get(task, timeout):
        raise task

    ray = SimpleNamespace(get=get, exceptions=SimpleNamespace(GetTimeoutError=Late, RayError=Failed))
    assert launcher._Task(ray, Failed()).wait() == 1
    with pytest.raises(subprocess.TimeoutExpired):
        launcher._Task(ray, Late()).wait(1.0)
