"""`report` and `card` on the command line."""

import json
from pathlib import Path

import pytest

from core.runs.folder import RunFolder
from core.workspace import Workspace
from tests.core.report.reading import read
from tests.core.studies.comparison.making import finished_run, messages
from tests.helpers import picture_dataset


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


@pytest.mark.parametrize("verb", ["report", "card"])
def test_a_run_without_a_model_is_refused(verb, cli, here):
    folder = RunFolder.create(Workspace.default().runs, "train", "half", {"dataset": "x", "recipe": {}})
    status, lines, err = cli(verb, folder.id, "--json")
    assert (status, lines) == (2, []) and "nothing to report on" in err
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
    assert "processor cores" in page.by_id("recipe").text
    assert page.by_id("map").all("svg")  # what the model made of them is kept
    shown = page.by_id("score").rows()
    assert shown[0][4] == str(ended["validation"]["n"])
    assert shown[1][1].startswith(f"{ended['cross_validated']['accuracy'] * 100:.0f} %")
