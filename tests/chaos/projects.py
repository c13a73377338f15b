"""A journey that moves house at every stage, with real models: by hand, about five minutes.

    python -m tests.chaos.projects [--kind image text]

Import, a training that is paused, its end, a last layer, a class more, a change of the data with a training of its own,
a comparison. After each stage the workspace is saved as a project, opened in an empty workspace and gone on with there,
to the end; once it is saved while a training is under way. What every run comes to must be the same to the bit as in
the journey that never moved.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from core.data.dataset import Dataset
from core.data.versions import Change, change_set
from core.events import EpochEnd, Event, drain
from core.jobs.base import run_job
from core.jobs.trying import open_model, teach_class
from core.models.added import list_added
from core.project.opening import open_project
from core.project.save import save_project
from core.runs.folder import RunFolder
from core.workspace import Workspace
from tests.chaos.trial import CommandLine, differences, outcome
from tests.helpers import message_dataset, only, picture_dataset, png, wait_until, write_tree

MAKE = {"image": picture_dataset, "text": message_dataset}
MODELS = {"image": "efficientnet-lite0", "text": "minilm-l6"}
EPOCHS, PAUSED_AT = 5, 2


class Journey:
    """One workspace, and the ids of what was made in it, by name."""

    def __init__(self, kind: str, workspace: Workspace, ids: dict[str, str] | None = None) -> None:
        self.kind, self.workspace = kind, workspace
        self.ids = dict(ids or {})

    def run(self, name: str) -> RunFolder:
        return RunFolder(self.workspace.runs / self.ids[name])

    def imported(self) -> None:
        dataset = MAKE[self.kind](self.workspace)
        dataset.save(self.workspace)
        self.ids["dataset"] = dataset.id

    def paused(self) -> None:
        self._train("tuned", "dataset", pause=True, strategy="full", epochs=EPOCHS, batch_size=6, seed=5)

    def finished(self) -> None:
        run = self.run("tuned")
        run.reopen()
        self._work(run)

    def taught(self) -> None:
        self._train("quick", "dataset", strategy="head", seed=3)
        run = self.run("quick")
        model = drain(open_model(run, self.workspace))
        given = "a form to sign"
        if self.kind == "image":
            write_tree(self.workspace.root.parent, {"new.png": png((200, 0, 0), (32, 32))})
            given = str(self.workspace.root.parent / "new.png")
        teach_class(model, run, "new", [given], ["new"])

    def changed(self) -> None:
        dataset = Dataset.load(self.ids["dataset"], self.workspace)
        change = Change("exclude", examples=(dataset.examples[0].key,))
        self.ids["changed"] = change_set(dataset.id, [change], self.workspace).id
        self._train("again", "changed", pause=True, strategy="partial", epochs=EPOCHS, batch_size=6, seed=7)

    def compared(self) -> None:
        run = self.run("again")
        run.reopen()
        self._work(run)
        design = {"runs": [self.ids["tuned"], self.ids["quick"]], "on": "own"}
        request = {"study": "comparison", "dataset": None, "design": design}
        study = RunFolder.create(self.workspace.studies, "study", "compared", request)
        self._work(study)

    def _train(self, name: str, dataset: str, *, pause: bool = False, **recipe: object) -> None:
        request = {"dataset": self.ids[dataset], "recipe": {"model": MODELS[self.kind], **recipe}}
        run = RunFolder.create(self.workspace.runs, "train", name, request)
        self.ids[name] = run.id

        def listen(event: Event) -> None:
            if pause and isinstance(event, EpochEnd) and event.epoch == PAUSED_AT:
                run.ask_to_pause()

        self._work(run, listen)
        assert not pause or run.checkpoint.exists()

    def _work(self, folder: RunFolder, listen: Callable[[Event], object] = lambda event: None) -> None:
        ended = run_job(folder, self.workspace, folder.stop_requested, listen)
        assert ended.reason in ("completed", "paused"), ended

    def result(self) -> dict[str, Any]:
        """All that it comes to."""
        added = {one.label: one.embeddings().tolist() for one in list_added(self.run("quick").path)}
        runs = {name: outcome(self.run(name)) for name in ("tuned", "quick", "again")}
        return {"ids": {name: self.ids[name] for name in ("dataset", "changed")}, "added": added, **runs}


STAGES = ("imported", "paused", "finished", "taught", "changed", "compared")


def go_on(journey: Journey, after: str = "") -> dict[str, Any]:
    """Do what comes after a stage, to the end."""
    for stage in STAGES[STAGES.index(after) + 1 if after else 0 :]:
        getattr(journey, stage)()
    return journey.result()


def moved(journey: Journey, root: Path) -> tuple[Journey, int, float]:
    """The same in an empty workspace, through a file: its bytes, and how many seconds that took."""
    file, workspace = root / "moved.ftlab", Workspace(root / "home")
    root.mkdir()
    began = time.perf_counter()
    drain(save_project(file, [], journey.workspace, "en"))
    drain(open_project(file, workspace))
    return Journey(journey.kind, workspace, journey.ids), file.stat().st_size, time.perf_counter() - began


def compared(one: dict[str, Any], other: dict[str, Any]) -> list[str]:
    bad = [name for name in ("ids", "added") if one[name] != other[name]]
    for name in ("tuned", "quick", "again"):
        bad += [f"{name}, {found}" for found in differences(one[name], other[name])]
    return bad


def while_it_trains(kind: str, root: Path) -> tuple[list[str], int, float]:
    """Saved under way, from another process; it goes on here and there."""
    journey = Journey(kind, Workspace(root / "busy"))
    journey.imported()
    flags = [f"--model={MODELS[kind]}", "--strategy=full", f"--epochs={4 * EPOCHS}", "--batch-size=6", "--seed=5"]
    command = CommandLine(journey.workspace, "train", f"dataset:{journey.ids['dataset']}", *flags)
    wait_until(lambda: any(journey.workspace.runs.glob("*/checkpoint.safetensors")))
    run = RunFolder(next(journey.workspace.runs.iterdir()))
    wait_until(lambda: len(only(EpochEnd, run.events())) > PAUSED_AT)
    other, size, seconds = moved(journey, root / "from-busy")
    command.process.wait()
    there = RunFolder(other.workspace.runs / run.id)
    state = there.status().state
    there.reopen()
    run_job(there, other.workspace, there.stop_requested)
    return ([] if state == "interrupted" else [state]) + differences(outcome(run), outcome(there)), size, seconds


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--kind", nargs="+", choices=tuple(MAKE), default=list(MAKE))
    failed = False
    for kind in parser.parse_args().kind:
        with tempfile.TemporaryDirectory() as place:
            root = Path(place)
            stages: list[tuple[str, Journey, int, float]] = []
            journey = Journey(kind, Workspace(root / "home"))
            for stage in STAGES:
                getattr(journey, stage)()
                stages.append((stage, *moved(journey, root / stage)))
            whole = journey.result()
            rows = [(stage, compared(whole, go_on(there, stage)), *cost) for stage, there, *cost in stages]
            rows.append(("while it trains", *while_it_trains(kind, root)))
            for stage, bad, size, seconds in rows:
                failed |= bool(bad)
                print(
                    f"{kind:<6} {stage:<16} {size / 1e6:8.2f} MB  {seconds:5.1f} s  {'; '.join(bad) or 'the same bits'}"
                )
    sys.exit(failed)


if __name__ == "__main__":
    main()
