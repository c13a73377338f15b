"""`report` and `card` on the command line."""

import json
from pathlib import Path

import pytest

from core.cli.reporting import write_out
from core.errors import UserError
from core.report.render import report_name
from core.runs.folder import RunFolder
from core.workspace import Workspace
from tests.core.report.reading import read
from tests.core.studies.comparison.making import finished_run, messages
from tests.helpers import picture_dataset, trained


@pytest.fixture
def run(workspace, tiny_models):
    return finished_run(workspace, messages(workspace, each=20), wrong=(1,))


@pytest.fixture
def here(tmp_path, monkeypatch) -> Path:
    place = tmp_path / "here"
    place.mkdir()
    monkeypatch.chdir(place)
    return place


def test_a_report_is_written_beside_the_person(run, cli, here):
    status, lines, err = cli("report", run.id, "--json")
    result = json.loads(lines[-1])
    assert (status, err) == (0, "")
    file = here / f"finetune-lab-report-{run.id}.html"
    assert result == {"run": run.id, "file": str(file), "bytes": file.stat().st_size}
    assert read(file.read_text()).all("h1")[0].text == "message"
    status, lines, _ = cli("report", f"run:{run.id}")
    assert status == 0 and lines[0] == str(file)


def test_a_card_is_printed_or_written(run, cli, here):
    status, lines, _ = cli("card", run.id)
    assert status == 0 and lines[0] == "---" and "# message" in lines
    status, lines, _ = cli("card", run.id, "--out", "card.md")
    assert status == 0 and lines == [str(here / "card.md")]
    status, _, err = cli("card", run.id, "--out", "card.md")
    assert status == 2 and "already" in err
    status, lines, _ = cli("card", run.id, "--json")
    assert json.loads(lines[-1])["card"] == (here / "card.md").read_text()


def test_a_replay_is_a_gif_beside_the_person(workspace, tiny_models, cli, here):
    run = trained(workspace, picture_dataset(workspace), strategy="head", epochs=2)
    status, lines, err = cli("replay", run.id, "--json")
    assert (status, err) == (0, "")
    file = here / f"finetune-lab-replay-{run.id}.gif"
    assert json.loads(lines[-1]) == {"run": run.id, "file": str(file), "bytes": file.stat().st_size}
    assert file.read_bytes().startswith(b"GIF89a")
    assert cli("replay", run.id, "--gif", "mine.gif", "--seconds", "1")[0] == 0
    assert (here / "mine.gif").exists()
    status, _, err = cli("replay", run.id, "--seconds", "0")
    assert status == 2 and "between 0.1 and 120" in err


@pytest.mark.parametrize("verb", ["report", "card", "replay"])
def test_a_run_without_a_model_is_refused(verb, cli, here):
    folder = RunFolder.create(Workspace.default().runs, "train", "half", {"dataset": "x", "recipe": {}})
    status, lines, err = cli(verb, folder.id, "--json")
    assert (status, lines) == (2, []) and "no finished model" in err
    status, _, err = cli(verb, "../../etc")
    assert status == 2 and "no run" in err
    assert list(here.iterdir()) == []


def test_a_trained_run_knows_on_what_it_was_trained(tiny_models, cli, here):
    workspace = Workspace.default()
    dataset = picture_dataset(workspace, each=12)
    dataset.save(workspace)
    _, lines, _ = cli("train", f"dataset:{dataset.id}", "--model", "tiny-image", "--strategy", "nearest", "--json")
    ended = json.loads(lines[-1])
    cli("report", ended["run"])
    page = read((here / f"finetune-lab-report-{ended['run']}.html").read_text())
    assert "processor cores" in page.by_id("settings").text
    assert page.by_id("map").all("svg")  # what the model made of them is kept
    shown = page.by_id("accuracy").rows()
    assert shown[0][4] == str(ended["validation"]["n"])
    assert shown[1][1].startswith(f"{ended['cross_validated']['accuracy'] * 100:.0f} %")


# --- where files are written to ---

NAME = report_name("20261126-113215-dfb688be")


def test_without_a_place_it_is_written_beside_the_person_and_made_anew(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert write_out("one", None, NAME) == tmp_path / NAME
    assert write_out("two", None, NAME).read_text() == "two"


def test_a_folder_takes_it_under_the_usual_name(tmp_path):
    assert write_out("one", str(tmp_path), NAME) == tmp_path / NAME


def test_a_file_of_somebody_else_is_left_alone(tmp_path):
    (tmp_path / "README.md").write_text("mine")
    with pytest.raises(UserError, match="already"):
        write_out("one", str(tmp_path / "README.md"), NAME)
    assert (tmp_path / "README.md").read_text() == "mine"
    assert write_out("one", str(tmp_path / "README.md"), NAME, force=True).read_text() == "one"


def test_a_place_that_is_not_there_is_said(tmp_path):
    with pytest.raises(UserError, match="no such folder"):
        write_out("one", str(tmp_path / "none" / "x.html"), NAME)
    assert list(tmp_path.iterdir()) == []
