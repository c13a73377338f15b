"""`python -m core project`: what it prints, and what it refuses in one sentence."""

from __future__ import annotations

import json

import pytest

from core.runs.folder import list_runs
from core.workspace import Workspace


def test_saved_shown_and_opened(here, workspace, tmp_path, cli, monkeypatch):
    status, lines, error = cli("project", "save", tmp_path / "lesson", "--run", here.finished.id)
    assert (status, error) == (0, "") or status == 0
    assert "Saved: " in lines[-2] and "lesson.ftlab" in lines[-2] and "look at it before" in lines[-1]
    shown = json.loads(cli("project", "show", tmp_path / "lesson.ftlab", "--json")[1][-1])
    assert {item["id"] for item in shown["items"]} == {here.finished.id, here.pictures.id}
    assert (shown["version"], shown["originals"], shown["language"]) == (1, True, "en")

    monkeypatch.setenv("FINETUNE_LAB_HOME", str(tmp_path / "elsewhere"))
    result = json.loads(cli("project", "open", tmp_path / "lesson.ftlab", "--json")[1][-1])
    assert [item["id"] for item in result["added"]] == [here.pictures.id, here.finished.id]
    assert [run.id for run in list_runs(Workspace(tmp_path / "elsewhere"))] == [here.finished.id]
    assert cli("score", here.finished.id)[0] == 0
    assert cli("project", "open", tmp_path / "lesson.ftlab")[1][-1] == "Opened: 0 new, 2 here already"


def test_what_is_there_is_replaced_only_when_asked(here, tmp_path, cli):
    file = tmp_path / "lesson.ftlab"
    file.write_bytes(b"mine")
    status, _, error = cli("project", "save", file)
    assert status == 2 and "already" in error and file.read_bytes() == b"mine"
    assert cli("project", "save", file, "--force", "--without-originals")[0] == 0
    assert "To look at only" in cli("project", "show", file)[1][-1]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("open", "none.ftlab"), "There is no file"), (("show", "none.ftlab"), "There is no file"),
        (("save", "x.ftlab", "--run", "nosuch"), "There is no run"), (("save", "no/x.ftlab"), "no such folder"),
        (("open", "x.ftlab", "--run", "y"), "can only be chosen with"), (("close", "x.ftlab"), "invalid choice"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_one_sentence(here, tmp_path, cli, monkeypatch, words, said):
    monkeypatch.chdir(tmp_path)
    status, out, error = cli("project", *words)
    assert status == 2 and out == [] and said in error and "Traceback" not in error
    assert list(tmp_path.glob("*.ftlab")) == []
