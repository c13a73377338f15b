"""Every kind of job but trainings, killed at random moments and begun again: by hand, about fifteen minutes.

    python -m tests.chaos.jobs [--seed 0] [--kills 26] [--only intake ...]

A server does the job, then its worker or the server itself is killed (`kill -9`). What was finished before must be
untouched, the job must say how it ended, begun again it must come to what it comes to when nobody interrupts it, and
after a new server has tidied up nothing of it may be left. Trainings are in `tests.chaos.kills`.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np

from core.events import drain
from core.jobs.base import run_job
from core.models.added import list_added
from core.models.encoders import prepare_encoder
from core.project.save import save_project
from core.runs.folder import RunFolder, forget_checkpoints, list_jobs, list_runs
from core.workspace import Workspace, tidy
from tests.chaos.trial import PATIENCE, Server, copied, kill_worker, left_over, over, wait_for
from tests.helpers import message_dataset, pictures_in_classes, wait_until, write_tree

VICTIMS = ("worker", "server")


@dataclass(frozen=True)
class Home:
    """What there is before a job begins: a dataset of messages, another one, two finished runs of `model`, a folder of
    pictures to import, and a table of messages beside it."""

    workspace: Workspace
    model: str
    dataset: str
    other: str
    runs: tuple[str, str]
    source: Path

    @property
    def messages(self) -> Path:
        return self.source.with_suffix(".csv")

    @property
    def project(self) -> Path:
        """All of that in one file."""
        return self.source.with_suffix(".ftlab")


def study(name: str, **design: Any) -> Callable[[Home], dict[str, Any]]:
    return lambda home: {"study": name, "dataset": home.dataset, "design": {"model": home.model, **design}}


def comparison(home: Home) -> dict[str, Any]:
    return {"study": "comparison", "dataset": None, "design": {"runs": home.runs, "on": home.other}}


def benchmark(home: Home) -> dict[str, Any]:
    design = {"models": [home.model], "strategies": ["nearest", "head"], "seeds": 3, "budget": 600.0}
    return {"study": "benchmark", "dataset": home.dataset, "design": design}


JOBS: dict[str, tuple[str, Callable[[Home], dict[str, Any]]]] = {
    "intake": ("intake", lambda home: {"source": str(home.source)}),
    "add": ("add", lambda home: {"source": str(home.source / "a"), "label": "more", "title": "Added"}),
    "doctor": ("doctor", lambda home: {"dataset": home.dataset}),
    "predict": ("predict", lambda home: {"run": home.runs[0], "inputs": ["the bus is late", "pizza"]}),
    "batch": ("batch", lambda home: {"run": home.runs[0], "paths": [str(home.messages)]}),
    "teach": ("teach", lambda home: {"run": home.runs[0], "label": "new", "inputs": ["a form to sign"]}),
    "export": ("export", lambda home: {"run": home.runs[1], "language": "en"}),
    "explain": ("explain", lambda home: {"run": home.runs[0], "input": "the bus is late today"}),
    "find_rate": ("find_rate", lambda home: {"dataset": home.dataset, "recipe": {"model": home.model}}),
    "measure": ("measure", lambda home: {"model": home.model}),
    "few_shot": ("study", study("few_shot", ways=3, shots=1, queries=2, episodes=200)),
    "curve": ("study", study("learning_curve", strategies=["nearest", "head"], splits=3, most=4)),
    "transfer": ("study", study("transfer", shots=2, splits=3, scratch_epochs=3, strategy="head", parts=["views"])),
    "benchmark": ("study", benchmark),
    "comparison": ("study", comparison),
    "save_project": ("save_project", lambda home: {"items": [], "language": "en", "originals": True}),
    "open_project": ("open_project", lambda home: {"source": str(home.project), "name": "all.ftlab"}),
}
UNREPEATABLE = ("measure", "benchmark", "save_project")
"""What these come to tells seconds or the time of day, too."""
STAGING = ("intake", "add", "save_project", "open_project")
"""These leave something to tidy up when they are killed."""


def furnish(workspace: Workspace, source: Path, model: str) -> Home:
    """Make what there is before."""
    prepare_encoder(model, workspace)
    dataset, other = message_dataset(workspace), message_dataset(workspace, each=11)
    runs = []
    for one in (dataset, other):
        one.save(workspace)
    for strategy in ("nearest", "head"):
        request = {"dataset": dataset.id, "recipe": {"model": model, "strategy": strategy}}
        runs.append(RunFolder.create(workspace.runs, "train", strategy, request))
        assert run_job(runs[-1], workspace, lambda: False).reason == "completed"
    write_tree(source, pictures_in_classes("a", "b", each=60))
    rows = "".join(f"{n},the bus is late {n}\n" for n in range(1000))
    home = Home(workspace, model, dataset.id, other.id, (runs[0].id, runs[1].id), source)
    home.messages.write_text(f"id,text\n{rows}", encoding="utf-8")
    drain(save_project(home.project, [], workspace, "en"))
    return home


def finished(home: Home) -> dict[str, str]:
    """The digests of all files of the finished runs and datasets."""
    places = [home.workspace.runs / run for run in home.runs]
    places += [home.workspace.datasets / dataset for dataset in (home.dataset, home.other)]
    files = [path for place in places for path in place.rglob("*") if path.is_file()]
    return {str(path): sha256(path.read_bytes()).hexdigest() for path in files}


def start(server: Server, name: str, home: Home) -> RunFolder:
    kind, request = JOBS[name]
    return server.ask(kind=kind, title=name, request=request(home))


def harm(job: RunFolder, before: dict[str, str], home: Home) -> list[str]:
    """What is wrong after the job of `home` was killed; `before` is what `finished` gave then."""
    bad = [] if job.status().reason else ["it does not say why"]
    after = finished(home)
    bad += [f"changed: {path}" for path in before if after.get(path) != before[path]]
    jobs = [*list_runs(home.workspace), *list_jobs(home.workspace.studies), *list_jobs(home.workspace.jobs)]
    bad += [f"still active: {one.path}" for one in jobs if not over(one)]
    tidy(home.workspace)
    forget_checkpoints(home.workspace)
    with suppress(AssertionError):  # its server may still be writing down how it ended
        wait_until(lambda: left_over(home.workspace) == [], 10.0)
    return bad + [f"left over: {path}" for path in left_over(home.workspace)]


def result_of(job: RunFolder) -> Any:
    return json.loads((job.path / "run.json").read_text())["result"]


def whole(name: str, home: Home) -> tuple[Any, float]:
    """What the job comes to that nobody interrupts, and how many seconds it takes."""
    server = Server(home.workspace)
    job = start(server, name, home)
    wait_until(lambda: job.status().state != "queued", PATIENCE)
    began = time.monotonic()
    assert wait_for(job) == "completed", (name, job.status())
    seconds = time.monotonic() - began
    server.close()
    return result_of(job), seconds


def trial(name: str, home: Home, victim: str, share: float, result: Any, lasts: float) -> dict[str, Any] | None:
    """One kill; None when the job was over before it."""
    before = finished(home)
    server = Server(home.workspace)
    job = start(server, name, home)
    wait_until(lambda: job.status().state != "queued", PATIENCE)
    time.sleep(share * lasts)
    if over(job):
        server.close()
        return None
    if victim == "worker":
        kill_worker(job)
        wait_until(lambda: over(job), PATIENCE)
        server.close()
    else:
        server.kill()
    left = wait_for(job)
    if left == "completed":
        return None
    bad = harm(job, before, home)
    again = Server(home.workspace)
    anew = start(again, name, home)
    state = wait_for(anew)
    again.close()
    bad += [] if state == "completed" else [f"begun again: {state}, {anew.status().reason}"]
    if name not in UNREPEATABLE and state == "completed" and without_ids(result_of(anew)) != without_ids(result):
        bad.append("another result")
    bad += (
        [f"{len(list_added(home.workspace.runs / home.runs[0]))} additions"]
        if name == "teach" and (len(list_added(home.workspace.runs / home.runs[0])) != 1)
        else []
    )
    return {"job": name, "killed": victim, "share": round(share, 3), "left": left, "bad": bad}


def without_ids(result: Any) -> Any:
    """A result without what is new each time: ids of additions, seconds."""
    if isinstance(result, dict):
        return {name: without_ids(value) for name, value in result.items() if name not in ("addition", "seconds")}
    return [without_ids(one) for one in result] if isinstance(result, list) else result


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--kills", type=int, default=2 * len(JOBS))
    parser.add_argument("--only", nargs="*", default=[])
    asked = parser.parse_args()
    rng = np.random.default_rng(asked.seed)
    names = [name for name in JOBS if not asked.only or name in asked.only]
    references: dict[str, tuple[Any, float]] = {}
    done = bad = attempt = 0
    with tempfile.TemporaryDirectory() as folder:
        template = furnish(Workspace(Path(folder, "template")), Path(folder, "source"), "minilm-l6")

        def fresh() -> Home:
            nonlocal attempt
            attempt += 1
            workspace = copied(template.workspace, Path(folder, str(attempt)))
            shutil.rmtree(workspace.cache / "embeddings", ignore_errors=True)
            return replace(template, workspace=workspace)

        while done < asked.kills:
            name = names[done % len(names)]
            if name not in references:
                references[name] = whole(name, fresh())
                print(json.dumps({"whole": name, "seconds": round(references[name][1], 1)}), flush=True)
            victim, share = str(rng.choice(VICTIMS)), float(rng.uniform())
            home = fresh()
            said = trial(name, home, victim, share, *references[name])
            shutil.rmtree(home.workspace.root, ignore_errors=True)
            if said is None:
                print(json.dumps({"job": name, "share": round(share, 3), "too late": True}), flush=True)
                continue
            done += 1
            bad += bool(said["bad"])
            print(json.dumps({"kill": done, **said}), flush=True)
    print(json.dumps({"seed": asked.seed, "kills": done, "bad": bad}))
    sys.exit(bool(bad))


if __name__ == "__main__":
    main()
