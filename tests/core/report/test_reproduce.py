"""What trains a run again gives the same weights, as a script and as a notebook."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from core.report.reproduce import _BLANK, digest, notebook, script
from core.results.finished_run import FinishedRun
from tests.helpers import PROJECT, picture_dataset, trained

RECIPE = {"model": "small-cnn", "strategy": "scratch", "epochs": 2, "seed": 5, "batch_size": 4}
TITLE = "three\nlines # '''\u202e"


@pytest.fixture
def run(workspace) -> FinishedRun:
    return FinishedRun.open(trained(workspace, picture_dataset(workspace), title=TITLE, **RECIPE), workspace)


def test_the_script_gives_the_same_weights(run, workspace, tmp_path):
    file = tmp_path / "again.py"
    file.write_text(script(run), encoding="utf-8")
    environment = {**os.environ, "FINETUNE_LAB_HOME": str(workspace.root), "PYTHONPATH": str(PROJECT)}
    done = subprocess.run([sys.executable, str(file)], capture_output=True, text=True, env=environment, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith("The same weights, to the last bit.\n")
    assert "epoch 2" in done.stdout


def test_where_the_examples_are_is_asked_for_and_what_is_wrong_is_said(run, tmp_path):
    file = tmp_path / "again.py"
    file.write_text(script(run), encoding="utf-8")
    environment = {**os.environ, "FINETUNE_LAB_HOME": str(tmp_path / "elsewhere"), "PYTHONPATH": str(PROJECT)}
    for place, said in (((), "Say where the examples are"), (("nothing.zip",), "nothing.zip")):
        done = subprocess.run([sys.executable, file, *place], capture_output=True, text=True, env=environment)
        assert done.returncode == 1 and said in done.stderr and "Traceback" not in done.stderr


def test_the_digest_changes_with_the_weights(run, workspace):
    other = trained(workspace, picture_dataset(workspace), **{**RECIPE, "seed": 6})
    assert digest(run.folder.path) != digest(other.path)


def test_the_notebook_holds_the_same_code(run):
    made = json.loads(notebook(run))
    code = ["".join(cell["source"]) for cell in made["cells"] if cell["cell_type"] == "code"]
    assert [cell for cell in code if cell not in script(run)] == [f"SOURCE = {_BLANK}"]  # it has no arguments
    assert len(code) == 6
    compile("\n".join(code), "notebook", "exec")
    assert (made["nbformat"], made["nbformat_minor"]) == (4, 5)


def test_the_command_line_prints_and_writes_it(run, cli, tmp_path):
    status, out, _ = cli("reproduce", run.id)
    assert status == 0 and "\n".join(out) + "\n" == script(run)
    status, out, _ = cli("reproduce", run.id, "--out", tmp_path / "again.ipynb", "--json")
    assert status == 0
    assert json.loads((tmp_path / "again.ipynb").read_text())["nbformat"] == 4
