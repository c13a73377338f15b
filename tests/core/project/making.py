"""A workspace with something of everything in it, and projects made of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from PIL import Image

from core.data.dataset import Dataset
from core.data.versions import Change, change_set
from core.events import EpochEnd, Event, drain
from core.jobs.base import run_job
from core.library.remarks import Remark, write_remark
from core.models.added import keep_addition, new_addition
from core.project.opening import Opened, open_project
from core.project.save import Saved, save_project
from core.runs.folder import RunFolder
from core.workspace import Workspace
from tests.helpers import message_dataset, picture_dataset

TRAINED = {"model": "tiny-image", "strategy": "full", "epochs": 3, "batch_size": 6, "seed": 5}


@dataclass(frozen=True)
class Kept:
    """What there is, by what it shows."""

    pictures: Dataset
    changed: Dataset
    messages: Dataset
    finished: RunFolder
    paused: RunFolder
    read: RunFolder

    def at(self, workspace: Workspace) -> Kept:
        """The same in a copy of the workspace."""
        datasets = (replace(one, store=workspace.examples) for one in (self.pictures, self.changed, self.messages))
        runs = (RunFolder(workspace.runs / run.id) for run in (self.finished, self.paused, self.read))
        return Kept(*datasets, *runs)


def queued(workspace: Workspace, dataset: Dataset, **recipe: object) -> RunFolder:
    """A training that waits in the name of this process."""
    request = {"dataset": dataset.id, "recipe": {"model": f"tiny-{dataset.modality}", **recipe}}
    return RunFolder.create(workspace.runs, "train", f"{dataset.title} run", request)


def trained(workspace: Workspace, dataset: Dataset, *, pause: bool = False, **recipe: object) -> RunFolder:
    """The run that it comes to; with `pause`, as it is after its first epoch."""
    folder = queued(workspace, dataset, **recipe)

    def listen(event: Event) -> None:
        if pause and isinstance(event, EpochEnd) and event.epoch == 1:
            folder.ask_to_pause()

    run_job(folder, workspace, folder.stop_requested, listen)
    assert not pause or folder.checkpoint.exists()
    return folder


def resumed(run: RunFolder, workspace: Workspace) -> RunFolder:
    """The run, gone on with to its end."""
    run.reopen()
    run_job(run, workspace, run.stop_requested)
    assert run.status().state == "completed", run.status()
    return run


def furnished(workspace: Workspace, each: int = 6, side: int = 32) -> Kept:
    """`each` examples of every class, in pictures of `side` pixels."""
    pictures, messages = picture_dataset(workspace, each, side), message_dataset(workspace, each)
    pictures.save(workspace, {"source": {"path": "/home/somebody/pictures.zip", "options": {}}})
    messages.save(workspace)
    gone = pictures.examples[0]
    changed = change_set(pictures.id, [Change("exclude", examples=(gone.key,))], workspace)
    finished = trained(workspace, pictures, strategy="head", seed=3)
    picture = Image.new("RGB", (20, 20), (200, 0, 0))
    keep_addition(new_addition(finished.path, "red", ["red.png"]), np.ones((1, 12), np.float32), [picture])
    write_remark(finished.path, Remark("our first one", pinned=True))
    paused = trained(workspace, changed, pause=True, **TRAINED)
    read = trained(workspace, messages, strategy="head")
    keep_addition(new_addition(read.path, "long", ["a very long message " * 5]), np.ones((1, 10), np.float32))
    return Kept(pictures, changed, messages, finished, paused, read)


def saved(file: Path, workspace: Workspace, chosen: Sequence[str] = (), *, originals: bool = True) -> Saved:
    made = drain(save_project(file, chosen, workspace, "en", originals=originals))
    assert made is not None
    return made


def opened(file: Path, workspace: Workspace) -> Opened:
    made = drain(open_project(file, workspace))
    assert made is not None
    return made
