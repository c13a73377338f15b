"""A journey whose server or worker is killed at every step, at a random moment: by hand, about ten minutes.

    python -m tests.chaos.journey [--seed 0] [--laps 4]

Import, a training, a study, an export, a project. At each step a server or its worker is killed (`kill -9`), whatever
was finished before must be untouched, nothing half may be offered, and the step is taken up (a training) or begun again
by a new server. What the journey comes to must be what it comes to when nobody interrupts it: the same dataset,
weights to the bit, study and networks, and a project that opens elsewhere with all of it. Pictures and texts in turn.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import onnx

from core.events import drain
from core.jobs.exporting import PACKED, PAGE
from core.jobs.keeping import PROJECT
from core.models.encoders import prepare_encoder
from core.project.opening import open_project
from core.runs.folder import RunFolder, forget_checkpoints
from core.workspace import Workspace, tidy
from tests.chaos.jobs import VICTIMS, result_of, without_ids
from tests.chaos.kills import MODELS
from tests.chaos.trial import (
    PATIENCE,
    Server,
    copied,
    differences,
    kill_worker,
    left_over,
    outcome,
    over,
    wait_for,
)
from tests.helpers import pictures_in_classes, wait_until, write_tree

KINDS = ("image", "text")


@dataclass
class Journey:
    """A workspace, what is imported into it, and the jobs by the name of their step."""

    kind: str
    workspace: Workspace
    source: Path
    jobs: dict[str, RunFolder] = field(default_factory=dict)

    @property
    def dataset(self) -> str:
        return str(result_of(self.jobs["intake"])["dataset"])

    def request(self, step: str) -> dict[str, Any]:
        return REQUESTS[step](self)

    def begin(self, step: str, server: Server) -> RunFolder:
        """The job of a step, which goes on where it was interrupted if it can."""
        interrupted = self.jobs.get(step)
        if step == "train" and interrupted and interrupted.status().resumable:
            return server.ask(resume=interrupted.id)
        self.jobs[step] = server.ask(kind=step, title=step, request=self.request(step))
        return self.jobs[step]

    def result(self) -> dict[str, Any]:
        """All that it comes to and that must not depend on what happened on the way."""
        with zipfile.ZipFile(self.jobs["export"].path / PACKED) as packed:
            networks = {
                name: sha256(_without_names(packed.read(name))).hexdigest()
                for name in packed.namelist() if name.endswith(".onnx")
            }  # fmt: skip
        return {"dataset": self.dataset, "study": without_ids(result_of(self.jobs["study"])), "networks": networks}


def _without_names(network: bytes) -> bytes:
    """An ONNX model without what it says of the run that it comes from."""
    model = onnx.load_from_string(network)
    del model.metadata_props[:]
    return bytes(model.SerializeToString(deterministic=True))


def _study(journey: Journey) -> dict[str, Any]:
    design = {"model": MODELS[journey.kind], "strategies": ["nearest", "head"], "splits": 3, "most": 8}
    return {"study": "learning_curve", "dataset": journey.dataset, "design": design}


def _train(journey: Journey) -> dict[str, Any]:
    recipe = {"model": MODELS[journey.kind], "strategy": "full", "epochs": 6, "batch_size": 6, "seed": 5}
    recipe |= {"image_size": 32} if journey.kind == "image" else {}
    return {"dataset": journey.dataset, "recipe": recipe}


REQUESTS: dict[str, Callable[[Journey], dict[str, Any]]] = {
    "intake": lambda journey: {"source": str(journey.source)},
    "train": _train,
    "study": _study,
    "export": lambda journey: {"run": journey.jobs["train"].id, "language": "en"},
    "save_project": lambda journey: {"items": [], "language": "en", "originals": True},
}
FILES = {"export": (PACKED, PAGE), "save_project": (PROJECT,)}
"""What these steps offer when they are finished, and must not before."""


def contents(workspace: Workspace, jobs: dict[str, RunFolder]) -> dict[str, str]:
    """The digests of all that finished jobs have left."""
    places = [job.path for job in jobs.values() if job.status().state == "completed"]
    places += list(workspace.datasets.iterdir())
    return {
        str(path): sha256(path.read_bytes()).hexdigest()
        for place in places for path in place.rglob("*") if path.is_file()
    }  # fmt: skip


def whole(journey: Journey) -> dict[str, float]:
    """Go all the way undisturbed; how many seconds each step takes."""
    server, seconds = Server(journey.workspace), {}
    for step in REQUESTS:
        job = journey.begin(step, server)
        wait_until_begun(job)
        began = time.monotonic()
        assert wait_for(job) == "completed", (step, job.status())
        seconds[step] = time.monotonic() - began
    server.close()
    return seconds


def wait_until_begun(job: RunFolder) -> None:
    wait_until(lambda: job.status().state != "queued", PATIENCE)


def kill(step: str, journey: Journey, victim: str, after: float) -> tuple[str, list[str]] | None:
    """Begin a step and kill it so many seconds later: how it was left, and what is wrong. None: it was over before."""
    before = contents(journey.workspace, journey.jobs)
    server = Server(journey.workspace)
    job = journey.begin(step, server)
    wait_until_begun(job)
    time.sleep(after)
    if victim == "worker" and not over(job):
        kill_worker(job)
        wait_until(lambda: over(job), PATIENCE)
    server.kill()
    left = wait_for(job)
    if left == "completed":
        return None
    now = contents(journey.workspace, journey.jobs)
    bad = [f"changed: {path}" for path in before if now.get(path) != before[path]]
    bad += [f"half: {name}" for name in FILES.get(step, ()) if _is_half(job.path / name)]
    bad += [] if left == "paused" or job.status().reason else ["it does not say why"]
    tidy(journey.workspace)
    forget_checkpoints(journey.workspace)
    return left, bad + [f"left over: {path}" for path in left_over(journey.workspace)]


def _is_half(file: Path) -> bool:
    """Whether there is a file that is not whole: a zip says so itself, a page ends as pages do."""
    if not file.exists():
        return False
    if file.suffix == ".html":
        return not file.read_bytes().rstrip().endswith(b"</html>")
    try:
        with zipfile.ZipFile(file) as packed:
            return packed.testzip() is not None
    except zipfile.BadZipFile:
        return True


def finish(step: str, journey: Journey) -> list[str]:
    """Take the step up, or begin it again, to its end; what is wrong then."""
    server = Server(journey.workspace)
    job = journey.begin(step, server)
    state = wait_for(job)
    server.close()
    return [] if state == "completed" else [f"taken up: {state}, {job.status().reason}"]


def compared(journey: Journey, other: Journey, root: Path) -> list[str]:
    """What a journey has come to otherwise than the undisturbed one, and what its project lacks."""
    one, found = journey.result(), other.result()
    bad = [f"another {name}" for name in one if one[name] != found[name]]
    bad += differences(outcome(journey.jobs["train"]), outcome(other.jobs["train"]))
    elsewhere = Workspace(root / "elsewhere")
    drain(open_project(other.jobs["save_project"].path / PROJECT, elsewhere))
    for folder in ("datasets", "runs", "studies"):
        there = {path.name for path in (elsewhere.root / folder).iterdir()}
        bad += [f"not in the project: {name}" for name in _finished(other.workspace.root / folder) - there]
    return bad


def _finished(parent: Path) -> set[str]:
    folders = [path for path in parent.iterdir() if not path.name.startswith(".")]
    return {path.name for path in folders if parent.name == "datasets" or RunFolder(path).status().state == "completed"}


def furnished(kind: str, root: Path) -> Journey:
    """A workspace with nothing in it but a translated model; and what will be imported."""
    workspace, source = Workspace(root / "home"), root / "source"
    prepare_encoder(MODELS[kind], workspace)
    if kind == "image":
        write_tree(source, pictures_in_classes("a", "b", "c", each=60))
        return Journey(kind, workspace, source)
    source = source.with_suffix(".csv")
    said = {"bus": "the bus is late, route {n}", "food": "pizza for {n} please", "trip": "room {n} goes to the zoo"}
    rows = [f'"{text.format(n=n)}",{label}\n' for n in range(40) for label, text in said.items()]
    source.write_text("text,label\n" + "".join(rows), encoding="utf-8")
    return Journey(kind, workspace, source)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--laps", type=int, default=4)
    asked = parser.parse_args()
    rng = np.random.default_rng(asked.seed)
    kills = wrong = 0
    with tempfile.TemporaryDirectory() as folder:
        ways: dict[str, tuple[Journey, dict[str, float]]] = {}
        templates = {kind: furnished(kind, Path(folder, kind)) for kind in KINDS}
        for lap in range(asked.laps):
            kind = KINDS[lap % len(KINDS)]
            template, root = templates[kind], Path(folder, str(lap))

            def fresh(root: Path, template: Journey = template) -> Journey:
                root.mkdir()
                return Journey(template.kind, copied(template.workspace, root / "home"), template.source)

            if kind not in ways:
                undisturbed = fresh(Path(folder, f"whole-{kind}"))
                ways[kind] = undisturbed, whole(undisturbed)
                print(json.dumps({"whole": kind, **{k: round(v, 1) for k, v in ways[kind][1].items()}}), flush=True)
            undisturbed, seconds = ways[kind]
            journey = fresh(root)
            for step in REQUESTS:
                while True:
                    victim, share = str(rng.choice(VICTIMS)), float(rng.uniform())
                    said = kill(step, journey, victim, share * seconds[step])
                    if said:
                        break
                    print(json.dumps({"lap": lap, "step": step, "too late": round(share, 2)}), flush=True)
                    del journey.jobs[step]
                left, bad = said
                kills += 1
                bad += finish(step, journey)
                wrong += bool(bad)
                told = {"kind": kind, "step": step, "killed": victim, "share": round(share, 2), "left": left}
                print(json.dumps({"kill": kills, **told, "bad": bad}), flush=True)
            bad = compared(undisturbed, journey, root)
            wrong += bool(bad)
            print(json.dumps({"lap": lap, "kind": kind, "compared": bad}), flush=True)
    print(json.dumps({"seed": asked.seed, "kills": kills, "wrong": wrong}))
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
