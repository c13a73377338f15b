"""A workspace in which every verb and every page has something to do, and what must hold whatever the disk does."""

from __future__ import annotations

import io
import os
import traceback
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

from core.__main__ import main as command_line
from core.jobs.base import run_job
from core.library.bin import delete
from core.runs.folder import RunFolder, list_jobs, list_runs
from core.workspace import Workspace
from tests.core.studies.pooled.making import given_by
from tests.helpers import picture_dataset, pictures_in_classes, write_tree

# --- a workspace ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Scene:
    """A workspace with a dataset, finished runs, one that is paused and one that waits; files to read, and a place for
    files that are written. `names` stand in verbs in braces."""

    workspace: Workspace
    names: dict[str, str]

    def arguments(self, verb: str) -> list[str]:
        return [verb, *(word.format(**self.names) for word in VERBS[verb].arguments)]


@dataclass(frozen=True)
class Verb:
    """What is asked of a verb, and whether it has to write for that: caches and findings it can do without."""

    arguments: tuple[str, ...]
    writes: bool = True


_TINY = ("--model", "tiny-image")
VERBS = {
    "start": Verb((), writes=False),
    "check": Verb(("{files}", "--quick")),
    "datasets": Verb((), writes=False),
    "add": Verb(("dataset:{dataset}", "{files}")),
    "edit": Verb(("dataset:{dataset}", "--merge", "dark", "middle", "dim")),
    "models": Verb((), writes=False),
    "train": Verb(("dataset:{dataset}", *_TINY, "--strategy", "full", "--epochs", "2")),
    "find-rate": Verb(("dataset:{dataset}", *_TINY, "--strategy", "full"), writes=False),
    "pause": Verb(("{waiting}",)),
    "stop": Verb(("{waiting}",)),
    "resume": Verb(("{paused}",)),
    "runs": Verb((), writes=False),
    "predict": Verb(("{run}", "{picture}", "--none-below", "usual"), writes=False),
    "serve": Verb(("{run}", "--port", "0"), writes=False),
    "teach": Verb(("{run}", "--class", "cat", "{picture}")),
    "explain": Verb(("{run}", "{picture}"), writes=False),
    "score": Verb(("{run}",), writes=False),
    "failures": Verb(("{run}",), writes=False),
    "calibration": Verb(("{run}",), writes=False),
    "curves": Verb(("{run}",), writes=False),
    "report": Verb(("{run}", "--out", "{out}/report.html")),
    "replay": Verb(("{run}", "--gif", "{out}/replay.gif")),
    "reproduce": Verb(("{run}", "--out", "{out}/again.py")),
    "card": Verb(("{run}", "--out", "{out}/card.md")),
    "export": Verb(("{run}", "--to", "{out}/model.zip")),
    "compare": Verb(("{run}", "{other}"), writes=False),
    "fewshot": Verb(("dataset:{dataset}", *_TINY, "--ways", "2", "--shots", "1", "--queries", "3", "--episodes", "5")),
    "experiment": Verb(("dataset:{dataset}", *_TINY, "--draws", "3", "--views", "2", "--scratch-epochs", "1",
                        "--shots", "3")),
    "curve": Verb(("dataset:{dataset}", *_TINY, "--draws", "3", "--most", "2")),
    "pooled": Verb(("dataset:{given}", *_TINY, "--strategy", "nearest", "--least", "1")),
    "remove": Verb((), writes=False),
    "usage": Verb((), writes=False),
    "rename": Verb(("{run}", "another name")),
    "note": Verb(("{run}", "a note")),
    "pin": Verb(("{run}",)),
    "bin": Verb((), writes=False),
    "restore": Verb(("{deleted}",)),
    "lessons": Verb((), writes=False),
    "class": Verb(("--no-browser",)),
    "project": Verb(("save", "{out}/all.ftlab")),
    "race": Verb(("dataset:{large}", *_TINY, "--strategy", "nearest", "--strategy", "head", "--budget", "100")),
}  # fmt: skip


def make_scene(root: Path) -> Scene:
    """Below `root`: the workspace in `home`, and what is read beside it."""
    workspace = Workspace(root / "home")
    files = write_tree(root / "files", pictures_in_classes("cat", "dog", each=5))
    names = {"files": str(files), "picture": str(files / "cat" / "0.png"), "out": str(workspace.root)}
    for name, each in (("dataset", 8), ("large", 20)):
        dataset = picture_dataset(workspace, each=each)
        dataset.save(workspace)
        names[name] = dataset.id
    given = given_by(picture_dataset(workspace, seed=1), ("Ann", "Bo", "Cem"))
    given.save(workspace)
    names["given"] = given.id
    names["run"], names["other"] = (
        _run(workspace, names["dataset"], strategy=strategy).id for strategy in ("head", "nearest")
    )
    names["paused"] = _run(workspace, names["dataset"], pause=True, strategy="full", epochs=2).id
    names["deleted"] = _run(workspace, names["dataset"], strategy="nearest").id
    delete([names["deleted"]], workspace)
    names["waiting"] = _queued(workspace, names["dataset"], strategy="head").id
    return Scene(workspace, names)


def _queued(workspace: Workspace, dataset: str, **recipe: object) -> RunFolder:
    request = {"dataset": dataset, "recipe": {"model": "tiny-image", **recipe}}
    return RunFolder.create(workspace.runs, "train", "shades", request)


def _run(workspace: Workspace, dataset: str, *, pause: bool = False, **recipe: object) -> RunFolder:
    folder = _queued(workspace, dataset, **recipe)
    if pause:
        folder.ask_to_pause()
    run_job(folder, workspace, folder.stop_requested)
    return folder


# --- a verb ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Outcome:
    """What came of a verb: its status (None where an exception got out), and what it said."""

    status: int | None
    out: str
    err: str

    def complaints(self) -> Iterator[str]:
        """What is wrong with it on a disk that may have refused."""
        if self.status not in (0, 2):
            yield f"status {self.status}"
        if "Traceback" in self.err + self.out:
            yield f"a traceback: {self.err.strip().splitlines()[-1]}"
        if self.status == 2 and not ("cannot be written" in self.err and "disk" in self.err):
            yield f"another sentence: {self.err.strip()}"


def do_verb(scene: Scene, verb: str) -> Outcome:
    """In this process. A server ends as soon as it is up, and the app before."""
    ended, never = patch("uvicorn.Server.run"), patch("core.cli.starting.run_instead", return_value=0)
    with redirect_stdout(io.StringIO()) as out, redirect_stderr(io.StringIO()) as err, ended, never:
        status = None
        with patch.dict(os.environ, {"FINETUNE_LAB_HOME": str(scene.workspace.root)}):
            try:
                status = command_line(scene.arguments(verb))
            except Exception:
                traceback.print_exc()
    return Outcome(status, out.getvalue(), err.getvalue())


def leftovers(workspace: Workspace) -> Iterator[str]:
    """Whatever is half or empty in a workspace in which nobody works."""
    for path in sorted(workspace.root.rglob("*")):
        if path.name.endswith(".tmp"):
            yield f"temporary: {path.relative_to(workspace.root)}"
    for kind, file in (("datasets", "dataset.json"), ("runs", "run.json"), ("studies", "run.json")):
        for folder in (workspace.root / kind).glob("*"):
            if not (folder / file).exists():
                yield f"without {file}: {folder.name}"
    for folder in (*list_runs(workspace), *list_jobs(workspace.studies)):
        if (status := folder.status()).state in ("running", "damaged"):
            yield f"{folder.id} is {status.state}"


def tree(root: Path) -> dict[str, int]:
    """Every file below `root` and its size; of a database that others may have open, only its name."""
    return {
        str(path.relative_to(root)): 0 if "embeddings" in path.parts else path.stat().st_size
        for path in root.rglob("*") if path.is_file()
    }  # fmt: skip
