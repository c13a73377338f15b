"""Make the worked examples that pages show until somebody has results of their own (`sample_data/worked`), and those
of lessons, of which only the figures are kept (`sample_data/worked_lessons`).

    python -m benchmarks.worked_examples       # some minutes
    python -m benchmarks.worked_examples lessons

Every example is a command that anybody can type, run on a bundled sample in a workspace of its own. What comes of it
is saved as a project without originals and unpacked where `Workspace.worked` reads it: its pictures are thumbnails,
nothing in it says on which computer it was made, and its figures are those of the program.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

from core.project.format import MANIFEST, SUFFIX
from core.runs.folder import list_jobs, list_runs
from core.studies.benchmark.candidates import benchmark_of
from core.workspace import Workspace

DATA = "sample:drawings"
MADE: tuple[tuple[str, ...], ...] = (
    ("train", DATA),
    ("train", DATA, "--model", "small-cnn", "--strategy", "scratch"),
    ("fewshot", DATA, "--ways", "5", "--shots", "3", "--queries", "5", "--episodes", "1000"),
    ("experiment", DATA, "--shots", "5", "--draws", "5"),
    ("curve", DATA, "--strategy", "head", "--draws", "10"),
    ("race", DATA, "--strategy", "nearest", "--strategy", "head", "--strategy", "partial", "--seeds", "5"),
    ("pooled", "sample:children"),
)
"""Two runs, so that there is something to compare, and a study of each kind."""
FOR_LESSONS: tuple[tuple[str, ...], ...] = (
    *(("train", f"sample:{sample}", "--strategy", "head") for sample in ("papers", "papers-mixed")),
    *(("train", f"sample:{sample}", "--strategy", "head") for sample in ("hands", "hands-balanced")),
    *(("train", DATA, "--strategy", "head", "--seed", seed) for seed in ("0", "1", "2", "3", "4")),
    ("train", DATA, "--strategy", "head", "--shots", "5"),
    ("train", DATA, "--model", "small-cnn", "--strategy", "scratch", "--shots", "5"),
    ("fewshot", DATA, "--ways", "5", "--shots", "1", "--queries", "5", "--episodes", "1000"),
)
"""What the lessons ask for and `MADE` has not."""
ADDED = {
    "school-messages": ("sports", "When does football practice start?"),
    "school-messages-zh": ("体育", "足球训练几点开始？"),
    "school-messages-es": ("deportes", "¿A qué hora empieza el entrenamiento de fútbol?"),
}
"""The class that a lesson has added to a model of each of these samples, and the message it is added from."""
_FIGURES = ("dataset.json", "examples.jsonl", "run.json", "events.jsonl", "model.json")
"""The files in which the figures of a run or a study stand."""


def make(target: Path) -> None:
    """Run all of them, and put what came of it in the place of what lay in `target`."""
    with TemporaryDirectory() as place:
        home = Workspace(Path(place))
        for command in MADE:
            _core(home, command)
        for run in list_runs(home):
            if benchmark_of(run):  # how good it was, the events of the benchmark say; its weights are megabytes
                shutil.rmtree(run.path)
        _gather(home, target, lambda file: True)


def make_for_lessons(target: Path) -> None:
    """The same for what lessons need."""
    with TemporaryDirectory() as place:
        home = Workspace(Path(place))
        for command in FOR_LESSONS:
            _core(home, command)
        for sample, (label, message) in ADDED.items():
            _core(home, ("train", f"sample:{sample}", "--strategy", "head"))
            _core(home, ("teach", list_runs(home)[0].id, "--class", label, message))
        gather_for_lessons(home, target)


def gather_for_lessons(home: Workspace, target: Path) -> None:
    """Of what lies in a workspace, the files in which figures stand."""
    _gather(home, target, lambda file: file.name in _FIGURES or file.parent.name == "added")


def _gather(home: Workspace, target: Path, is_kept: Callable[[PurePosixPath], bool]) -> None:
    """What is saved without originals, and the studies that only a whole project has, since they name who gave the
    examples: the children of the sample are invented."""
    about = {job.request["dataset"] for job in (*list_runs(home), *list_jobs(home.studies))}
    shutil.rmtree(target, ignore_errors=True)
    for flags in (("--without-originals",), ()):
        file = home.root / f"worked{SUFFIX}"
        _core(home, ("project", "save", str(file), "--force", *flags))
        with zipfile.ZipFile(file) as saved:
            wanted = (name for name in saved.namelist() if _is_wanted(name, about) and is_kept(PurePosixPath(name)))
            saved.extractall(target, (name for name in wanted if flags or name.startswith("studies/")))


def _is_wanted(name: str, about: set[str]) -> bool:
    """Not the list of contents, nor the version of a dataset that only a benchmark's own runs were about."""
    parent, _, rest = name.partition("/")
    return name != MANIFEST and (parent != "datasets" or rest.partition("/")[0] in about)


def _core(home: Workspace, command: Sequence[str]) -> None:
    subprocess.run(
        [sys.executable, "-m", "core", *command], check=True, env={**os.environ, "FINETUNE_LAB_HOME": str(home.root)}
    )


if __name__ == "__main__":
    if sys.argv[1:] == ["lessons"]:
        make_for_lessons(Workspace.worked("worked_lessons").root)
    else:
        make(Workspace.worked().root)
