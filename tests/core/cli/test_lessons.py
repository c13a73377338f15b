"""Lessons on the command line: listed, shown, checked, and put on paper."""

from __future__ import annotations

import json

import pytest

from core.__main__ import main
from tests.lessons import TEXT, own_lesson, trained_on_sample, write_lesson


@pytest.fixture(autouse=True)
def _here(workspace, monkeypatch, tmp_path):
    monkeypatch.setenv("FINETUNE_LAB_HOME", str(workspace.root))
    monkeypatch.chdir(tmp_path)


def told(capsys) -> list[dict]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_all_are_listed_and_a_wrong_one_is_named(workspace, capsys):
    own_lesson(workspace)
    assert main(["lessons", "--json"]) == 0
    rows = told(capsys)
    assert {"lesson": "shades", "minutes": 45, "steps": 5, "step": 0, "over": False}.items() <= next(
        row for row in rows if row["lesson"] == "shades"
    ).items()
    own_lesson(workspace, "nothing", "bad.en.md")
    assert main(["lessons", "list"]) == 2
    said = capsys.readouterr()
    assert "Dark and light" in said.out and "'bad.en.md', line 1" in said.err


def test_one_is_shown_with_what_was_done_of_it(workspace, tiny_models, capsys):
    own_lesson(workspace)
    assert main(["lessons", "show", "shades", "--json"]) == 0
    (before,) = told(capsys)
    assert [step["kind"] for step in before["steps"]] == ["predict", "do", "reveal", "quiz", "take-home"]
    assert before["steps"][1]["done"] is False and before["steps"][2]["figures"] == {}
    trained_on_sample(workspace)
    capsys.readouterr()
    assert main(["lessons", "show", "shades", "--json"]) == 0
    (after,) = told(capsys)
    assert after["steps"][1]["done"] is True and after["steps"][2]["figures"].keys() == {"accuracy", "baseline"}
    assert main(["lessons", "show", "shades", "--lang", "en"]) == 0
    assert "(done)" in capsys.readouterr().out


def test_a_file_is_checked_before_it_is_listed(workspace, tmp_path, capsys):
    path = write_lesson(tmp_path / "mine")
    assert main(["lessons", "check", str(path)]) == 0
    assert str(workspace.root / "lessons" / "texts") in capsys.readouterr().out
    write_lesson(tmp_path / "mine", TEXT.replace("minutes: 20", "minutes: long"))
    assert main(["lessons", "check", str(path)]) == 2
    assert "'shades.en.md', line 20" in capsys.readouterr().err


def test_a_sheet_replaces_nothing_unasked(workspace, tmp_path, capsys):
    own_lesson(workspace)
    assert main(["lessons", "sheet", "shades"]) == 0
    (made,) = tmp_path.glob("*.html")
    assert made.name == "finetune-lab-lesson-shades.en.html" and "It may be dark." in made.read_text()
    assert main(["lessons", "sheet", "shades"]) == 2
    assert main(["lessons", "sheet", "shades", "--force"]) == 0


def test_what_is_not_there_is_refused(capsys):
    for asked in (["show", "../x"], ["show"], ["check", "gone.en.md"]):
        assert main(["lessons", *asked]) == 2
        assert capsys.readouterr().err.count("\n") == 1
