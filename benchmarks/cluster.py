"""A race on this machine, on one machine of a cluster, and on four of which one is killed: the same to the bit?

    python -m pip install -e '.[cluster]'
    python benchmarks/cluster.py                 # or --quick

The machines of the cluster are simulated: each has Ray's processes, and all share the cores of this computer, so four
are no faster than one. Every training has as many threads everywhere. Told at the end: how long each race took,
what a training costs more on the cluster, how long what a lost machine had begun was held up, and whether all results
are the same bytes.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.machine import cores, facts, temporary_workspace

if TYPE_CHECKING:
    from core.data.dataset import Dataset
    from core.runs.local import LocalLauncher
    from core.studies.benchmark.design import BenchmarkDesign
    from core.workspace import Workspace

MACHINES = 4
_EVALUATED_BEFORE = 3
"""So many trainings are over before a machine is killed."""


@contextmanager
def cluster(machines: int) -> Iterator[tuple[Any, list[Any]]]:
    """A cluster and its simulated machines, beside one that only keeps the desk; all listen on 127.0.0.1 alone."""
    os.environ["RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER"] = "0"  # as on a Mac: everything is on this computer
    os.environ["http_proxy"] = "http://127.0.0.1:9"  # nobody: else it asks whether it runs in a cloud
    from ray.cluster_utils import Cluster

    usual = {"node_ip_address": "127.0.0.1", "object_store_memory": 200 * 1024**2}
    made = Cluster(initialize_head=True, head_node_args={"num_cpus": 0, "include_dashboard": False, **usual})
    nodes = [made.add_node(wait=False, num_cpus=cores(), **usual) for _ in range(machines)]
    made.wait_for_nodes()
    try:
        yield made, nodes
    finally:
        made.shutdown()


def race(dataset: Dataset, design: BenchmarkDesign, launcher: LocalLauncher, workspace: Workspace,
         lose: Any = None) -> dict[str, Any]:  # fmt: skip
    """Run it, after each place has trained once. `lose` is asked after each event whether a machine was killed."""
    from core.events import Event, Warned
    from core.runs.folder import RunFolder, list_runs
    from core.studies.base import Context
    from core.studies.benchmark.run import run
    from core.studies.events import CandidateEvaluated

    _warm_up(dataset, design, launcher, workspace)
    told: list[Event] = []
    study = RunFolder.create(workspace.studies, "study", "race", {})
    began, slots = time.monotonic(), launcher.slots
    for event in run(design, Context(workspace, dataset, study), launcher):
        told.append(event)
        if lose is not None and sum(isinstance(one, CandidateEvaluated) for one in told) >= _EVALUATED_BEFORE:
            lose()
    evaluated = [one for one in told if isinstance(one, CandidateEvaluated)]
    found = {(one.candidate, one.seed): RunFolder.find(one.run, workspace) for one in evaluated}
    again = [run.id for run in list_runs(workspace) if any(isinstance(one, Warned) for one in run.events())]
    return {
        "seconds": round(time.monotonic() - began, 1), "at_once": slots, "trainings": len(evaluated),
        "training_seconds": round(sum(one.took for one in evaluated) / len(evaluated), 2),
        "began_again": sum(run.id in again for run in found.values()),
        "results": {f"{number} {seed}": _fingerprint(run.path) for (number, seed), run in sorted(found.items())},
    }  # fmt: skip


def _warm_up(dataset: Dataset, design: BenchmarkDesign, launcher: LocalLauncher, workspace: Workspace) -> None:
    """Whoever trains first imports everything, and is sent the dataset."""
    from core.runs.folder import RunFolder

    recipe = design.recipe(design.models[0], design.strategies[0], 0, epochs=1).to_dict()
    request = {"dataset": dataset.id, "recipe": recipe, "sealed": True}
    runs = [RunFolder.create(workspace.runs, "train", "warm up", request) for _ in range(launcher.slots)]
    for one in runs:
        launcher.start(one)
    while any(one.status().active for one in runs):
        time.sleep(0.1)


def _fingerprint(folder: Path) -> str:
    """Of all weights and all answers of a run."""
    return sha256(b"".join((folder / name).read_bytes() for name in ("model.safetensors", "answers.jsonl"))).hexdigest()


class Loss:
    """Kills a machine, once, in the middle of what it trains."""

    def __init__(self, made: Any, machines: Sequence[Any], workspace: Workspace) -> None:
        self.made, self.machines, self.workspace, self.killed = made, machines, workspace, ""

    def __call__(self) -> None:
        from core.runs.folder import RunFolder, list_runs

        saved = [one.id for one in list_runs(self.workspace) if one.checkpoint.exists() and one.status().active]
        places = Path(tempfile.gettempdir()).glob("finetune-lab-*/*/jobs/.*/runs/*")
        machine = next((place.parents[3].name for place in places if RunFolder(place).id in saved), "")
        if machine and not self.killed:
            self.killed = machine
            self.made.remove_node(next(one for one in self.machines if one.node_id == machine), allow_graceful=False)


def measure(epochs: Sequence[int]) -> dict[str, Any]:
    """All three races."""
    from core.data.intake import take_in
    from core.data.samples import sample_folder
    from core.events import drain
    from core.jobs.cluster.launcher import RayLauncher
    from core.runs.local import LocalLauncher
    from core.studies.benchmark.design import BenchmarkDesign

    search: dict[str, tuple[Any, ...]] = {"epochs": tuple(epochs), "learning_rate": (0.0003, 0.001, 0.003)}
    design = BenchmarkDesign(("small-text",), ("scratch",), budget=3600.0, search=search)
    found = {}
    for name, machines in (("here", 0), ("one machine", 1), (f"{MACHINES} machines, one killed", MACHINES)):
        with temporary_workspace() as workspace:
            dataset, _ = drain(take_in(str(sample_folder() / "school_messages.csv"), workspace))
            if not machines:
                found[name] = race(dataset, design, LocalLauncher(workspace, slots=1), workspace)
                continue
            with cluster(machines) as (made, nodes):
                launcher = RayLauncher(workspace, made.address, cores=cores())
                lose = Loss(made, nodes, workspace) if machines > 1 else None
                found[name] = race(dataset, design, launcher, workspace, lose)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="shows that everything works, measures nothing")
    found = measure((2, 3, 4, 5) if parser.parse_args().quick else (40, 60, 80, 100))
    print(facts(cores()))
    results = [one.pop("results") for one in found.values()]
    same = all(one == results[0] for one in results)
    print(json.dumps({**found, "same_bytes": same, "candidates": 12}, indent=1))
    sys.exit(not same)


if __name__ == "__main__":
    main()
