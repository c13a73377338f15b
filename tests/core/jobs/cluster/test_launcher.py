"""Machines of a cluster are real processes here, on this computer: they are killed, kept waiting and closed.

One cluster for all of it: a machine that only keeps the desk, and two that train (`benchmarks/cluster.py` has four).
"""

from __future__ import annotations

import os
import tempfile
from importlib.util import find_spec
from pathlib import Path

import pytest

from core.events import EpochEnd, Warned
from core.jobs.base import run_job
from core.jobs.cluster.launcher import RayLauncher
from core.runs.folder import RunFolder
from core.workspace import Workspace
from tests.chaos.trial import differences, outcome, over
from tests.helpers import message_dataset, only, wait_until

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(find_spec("ray") is None, reason="Ray is not installed (finetune-lab[cluster])"),
]


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    """Its processes listen on 127.0.0.1 alone, and write where this test does."""
    with pytest.MonkeyPatch.context() as patch:
        # What Ray does on a Mac: everything is on this computer, and reached by 127.0.0.1.
        patch.setenv("RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER", "0")
        patch.setenv("OMP_NUM_THREADS", "1")
        patch.setenv("http_proxy", "http://127.0.0.1:9")  # nobody: else it asks whether it runs in a cloud
        from ray.cluster_utils import Cluster

        usual = {"node_ip_address": "127.0.0.1", "object_store_memory": 80 * 1024**2}
        made = Cluster(initialize_head=True, head_node_args={"num_cpus": 0, "include_dashboard": False, **usual})
        made.machines = [made.add_node(wait=False, num_cpus=1, **usual) for _ in range(2)]
        made.wait_for_nodes()
        yield made
        made.shutdown()


@pytest.fixture
def launcher(cluster, workspace):
    made = RayLauncher(workspace, cluster.address, cores=1)
    yield made
    made.close()


def asked(workspace: Workspace, seed: int, epochs: int) -> RunFolder:
    """A training that is not evaluated in other ways besides, so that nearly all of it are its epochs."""
    dataset = message_dataset(workspace)
    dataset.save(workspace)
    recipe = {"model": "small-text", "strategy": "scratch", "epochs": epochs, "batch_size": 4, "seed": seed}
    return RunFolder.create(workspace.runs, "train", "t", {"dataset": dataset.id, "recipe": recipe, "sealed": True})


def trains_on(run: RunFolder, launcher: RayLauncher) -> str:
    """The id of the machine."""
    (found,) = (Path(tempfile.gettempdir()) / launcher._folder).glob(f"*/jobs/.*/runs/{run.id}")
    return found.parents[3].name


def epochs(run: RunFolder) -> list[int]:
    return [one.epoch for one in only(EpochEnd, run.events())]


def test_a_machine_is_killed_and_all_trainings_end_with_the_same_bits_as_here(cluster, launcher, workspace):
    assert launcher.slots == 2
    runs = [asked(workspace, seed, epochs=400 if seed == 0 else 3) for seed in range(4)]
    for run in runs:
        launcher.start(run)
    assert [launcher.position(run) for run in runs] == [None, None, 0, 1]
    wait_until(lambda: runs[0].checkpoint.exists())
    lost = trains_on(runs[0], launcher)
    cluster.remove_node(next(one for one in cluster.machines if one.node_id == lost), allow_graceful=False)
    wait_until(lambda: all(map(over, runs)))
    assert [run.status().state for run in runs] == ["completed"] * 4
    assert len(only(Warned, runs[0].events())) == 1 and len(epochs(runs[0])) < 2 * len(set(epochs(runs[0])))
    wait_until(lambda: launcher.slots == 1)
    for run in runs:
        same = RunFolder.create(workspace.runs, "train", "t", run.request)
        run_job(same, workspace, lambda: False)
        assert differences(outcome(same), outcome(run)) == []


def test_trainings_are_paused_go_on_and_are_stopped_and_nothing_stays_on_the_machines(cluster, launcher, workspace):
    kept = Path(tempfile.gettempdir()) / launcher._folder
    first, second = asked(workspace, 0, epochs=500), asked(workspace, 1, epochs=500)
    launcher.start(first)
    wait_until(lambda: len(epochs(first)) > 2)
    assert launcher.alive(first) and first.about()["runner"]["pid"] == os.getpid()
    launcher.pause(first)
    wait_until(lambda: over(first))
    assert first.status().state == "paused" and first.checkpoint.exists()
    seen = len(epochs(first))
    launcher.resume(first)
    wait_until(lambda: len(epochs(first)) > seen)
    launcher.stop(first)
    wait_until(lambda: over(first))
    assert first.status().state == "stopped" and (first.path / "model.safetensors").exists()
    assert epochs(first) == list(range(len(epochs(first)))), "no epoch twice, none left out"
    launcher.start(second)
    wait_until(lambda: len(epochs(second)) > 2)
    assert kept.is_dir()
    launcher.close()
    assert second.status().state == "paused", "the next server can go on with it"
    assert not kept.exists()
