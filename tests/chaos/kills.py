"""Trainings that are killed at random moments and taken up again, with real models: by hand, about twenty minutes.

    python -m tests.chaos.kills [--seed 0] [--kills 40] [--only full-image ...]

Every strategy, pictures and texts; begun from the command line or by a server, then the command line, the worker or the
server is killed (`kill -9`), and the run is taken up by either. What it comes to must be the same to the bit as what
the same run comes to that nobody interrupted. The moment is an epoch and a share of one, and printed with all else.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.data.dataset import Dataset
from core.events import EpochEnd, RunStarted
from core.runs.folder import RunFolder, ending
from core.storage import sweep
from core.training.engine.checkpoint import Checkpoint
from core.training.spec.strategies import STRATEGIES
from core.workspace import Workspace
from tests.chaos.trial import (
    PATIENCE,
    CommandLine,
    Server,
    copied,
    differences,
    kill_worker,
    left_over,
    outcome,
    over,
    wait_for,
)
from tests.helpers import message_dataset, only, picture_dataset, wait_until

MAKE = {"image": picture_dataset, "text": message_dataset}
MODELS = {"image": "efficientnet-lite0", "text": "minilm-l6"}
BLANK = {"image": "small-cnn", "text": "small-text"}
EPOCHS = {"head": 40, "scratch": 12, "episodic": 12}
_USUAL_EPOCHS = 6
ENTRANCES = ("command line", "server")
VICTIMS = {"command line": ("command line",), "server": ("worker", "server")}


@dataclass(frozen=True)
class Case:
    """A strategy on a kind of example."""

    strategy: str
    kind: str

    @property
    def name(self) -> str:
        return f"{self.strategy}-{self.kind}"

    @property
    def recipe(self) -> dict[str, object]:
        options = STRATEGIES[self.strategy].options
        blank = self.strategy in ("scratch", "episodic")
        epochs = EPOCHS.get(self.strategy, _USUAL_EPOCHS)
        chosen: dict[str, object] = {"epochs": epochs, "batch_size": 6, "image_size": 32, "seed": 5}
        chosen |= {"ways": 3, "queries": 2} if self.strategy == "episodic" else {}
        usable = {name: value for name, value in chosen.items() if name in options or name == "seed"}
        if self.kind == "text" or "image_size" not in options:
            usable.pop("image_size", None)
        return {"model": (BLANK if blank else MODELS)[self.kind], "strategy": self.strategy, **usable}


def cases() -> list[Case]:
    going = [name for name, one in STRATEGIES.items() if "epochs" in one.options and name != "masked"]
    return [Case(strategy, kind) for strategy in going for kind in MAKE]


def begin(entrance: str, case: Case, dataset: Dataset, workspace: Workspace) -> tuple[CommandLine | Server, RunFolder]:
    """A training under way, and what keeps it so."""
    if entrance == "server":
        server = Server(workspace)
        request = {"dataset": dataset.id, "recipe": case.recipe}
        return server, server.ask(kind="train", title=case.name, request=request)
    flags = [f"--{name.replace('_', '-')}={value}" for name, value in case.recipe.items()]
    command = CommandLine(workspace, "train", f"dataset:{dataset.id}", *flags)
    wait_until(lambda: any(workspace.runs.glob("*/run.json")) or command.process.poll() is not None, PATIENCE)
    return command, RunFolder(next(workspace.runs.iterdir()))


def resume(entrance: str, run: RunFolder, workspace: Workspace) -> str:
    """Go on with it to its end; the state in which it ends."""
    if entrance == "server":
        server = Server(workspace)
        server.ask(resume=run.id)
        state = wait_for(run)
        server.close()
        return state
    CommandLine(workspace, "resume", run.id).process.wait()
    return run.status().state


def come_to(run: RunFolder, epoch: int) -> bool:
    """Whether it has evaluated this epoch; -1: it has begun."""
    events = run.events()
    return bool(only(RunStarted, events)) if epoch < 0 else any(one.epoch >= epoch for one in only(EpochEnd, events))


def whole(case: Case, home: Workspace, dataset: Dataset) -> tuple[dict, float]:
    """What the run comes to that nobody interrupts, and how many seconds its epochs take."""
    process, run = begin("command line", case, dataset, home)
    assert wait_for(run) == "completed", (case, run.status())
    process.process.wait()
    seconds = [one.seconds for one in only(EpochEnd, run.events())]
    return outcome(run), (seconds[-1] - seconds[0]) / (len(seconds) - 1)


def fresh(template: Workspace, root: Path, case: Case) -> tuple[Workspace, Dataset]:
    """A workspace of its own, with nothing in it but translated models and a dataset."""
    workspace = copied(template, root)
    dataset = MAKE[case.kind](workspace)
    dataset.save(workspace)
    return workspace, dataset


def trial(
    rng: np.random.Generator, number: int, case: Case, template: Workspace, root: Path, reference: dict, pace: float
) -> dict[str, object] | None:
    """One kill; None when the run was over before it."""
    workspace, dataset = fresh(template, root, case)
    first, then = str(rng.choice(ENTRANCES)), str(rng.choice(ENTRANCES))
    victim = str(rng.choice(VICTIMS[first]))
    epoch, share = int(rng.integers(-1, case.recipe["epochs"])), float(rng.uniform())
    process, run = begin(first, case, dataset, workspace)
    wait_until(lambda: come_to(run, epoch) or over(run), PATIENCE)
    time.sleep(share * pace)
    if over(run):
        process.process.kill()
        return None
    if victim == "worker":
        kill_worker(run)
        wait_until(lambda: over(run), PATIENCE)
    else:
        process.kill()
    left = wait_for(run)
    about = saved.about if (saved := Checkpoint(run.checkpoint).load()) else {}
    if victim == "worker":
        process.kill()
    said: dict[str, object] = {
        "kill": number, "case": case.name, "begun": first, "killed": victim, "after": round(epoch + share, 2),
        "left": left, "from": [about.get("epoch"), about.get("step")], "resumed": then,
    }  # fmt: skip
    if left == "completed":
        return None
    state = resume(then, run, workspace)
    sweep(workspace.root)
    found = differences(reference, outcome(run)) if ending(run.events()) and state == "completed" else ["no end"]
    return {**said, "state": state, "differences": found, "left_over": left_over(workspace)}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--kills", type=int, default=40)
    parser.add_argument("--only", nargs="*", default=[])
    asked = parser.parse_args()
    rng = np.random.default_rng(asked.seed)
    chosen = [case for case in cases() if not asked.only or case.name in asked.only]
    references: dict[Case, tuple[dict, float]] = {}
    bad = done = attempt = 0
    with tempfile.TemporaryDirectory() as folder:
        template = Workspace(Path(folder, "template"))
        from core.models.encoders import prepare_encoder

        for model in {*MODELS.values()}:
            prepare_encoder(model, template)
        (template.cache / "onnx").mkdir(exist_ok=True)
        while done < asked.kills:
            case = chosen[done % len(chosen)]
            if case not in references:
                workspace, dataset = fresh(template, Path(folder, f"whole-{case.name}"), case)
                references[case] = whole(case, workspace, dataset)
                print(json.dumps({"whole": case.name, "seconds": round(references[case][1], 1)}), flush=True)
            attempt += 1
            root = Path(folder, f"{attempt}")
            said = trial(rng, done + 1, case, template, root, *references[case])
            shutil.rmtree(root, ignore_errors=True)
            if said is None:
                print(json.dumps({"case": case.name, "too late": True}), flush=True)
                continue
            done += 1
            bad += bool(said["differences"] or said["left_over"])
            print(json.dumps(said), flush=True)
    print(json.dumps({"seed": asked.seed, "kills": done, "bad": bad}))
    sys.exit(bool(bad))


if __name__ == "__main__":
    main()
