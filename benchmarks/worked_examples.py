"""Make the worked examples that pages show until somebody has results of their own: `sample_data/worked`.

    python -m benchmarks.worked_examples       # some minutes

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
from collections.abc import Sequence
from pathlib import Path
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
)
"""Two runs, so that there is something to compare, and a study of each kind."""


def make(target: Path) -> None:
    """Run all of them, and put what came of it in the place of what lay in `target`."""
    with TemporaryDirectory() as place:
        home = Workspace(Path(place))
        for command in MADE:
            _core(home, command)
        for run in list_runs(home):
            if benchmark_of(run):  # how good it was, the events of the benchmark say; its weights are megabytes
                shutil.rmtree(run.path)
        file = home.root / f"worked{SUFFIX}"
        _core(home, ("project", "save", str(file), "--without-originals"))
        about = {job.request["dataset"] for job in (*list_runs(home), *list_jobs(home.studies))}
        shutil.rmtree(target, ignore_errors=True)
        with zipfile.ZipFile(file) as saved:
            saved.extractall(target, (name for name in saved.namelist() if _is_wanted(name, about)))


def _is_wanted(name: str, about: set[str]) -> bool:
    """Not the list of contents, nor the version of a dataset that only a benchmark's own runs were about."""
    parent, _, rest = name.partition("/")
    return name != MANIFEST and (parent != "datasets" or rest.partition("/")[0] in about)


def _core(home: Workspace, command: Sequence[str]) -> None:
    subprocess.run(
        [sys.executable, "-m", "core", *command], check=True, env={**os.environ, "FINETUNE_LAB_HOME": str(home.root)}
    )


if __name__ == "__main__":
    make(Workspace.worked().root)
