"""The verb that says how good a run is."""

import json

import pytest

from core.runs.folder import RunFolder
from core.workspace import Workspace
from tests.helpers import picture_dataset


@pytest.fixture
def trained(tiny_models, cli):
    dataset = picture_dataset(Workspace.default(), each=12)
    dataset.save(Workspace.default())
    status, lines, _ = cli("train", f"dataset:{dataset.id}", "--model", "tiny-image", "--strategy", "nearest", "--json")
    assert status == 0
    return json.loads(lines[-1])


def test_it_tells_the_score_and_what_casts_doubt_on_it(trained, cli):
    status, lines, _ = cli("score", trained["run"], "--json")
    result = json.loads(lines[-1])
    assert status == 0
    assert result["run"] == trained["run"]
    assert result["score"] == trained["validation"]
    assert result["cross_validated"] == trained["cross_validated"] and trained["cross_validated"]["n"] == 36
    assert result["balanced"]["classes"] == 3 and result["uneven"] is False
    # nobody has looked before: it finds that the classes are but shades
    assert "shortcut" in {doubt["kind"] for doubt in result["doubts"]}


def test_a_person_reads_intervals(trained, cli):
    status, lines, _ = cli("score", trained["run"])
    assert status == 0
    assert any(line.startswith("Validation set: ") and "of 9 right" in line for line in lines)
    assert any("always predicting the most frequent class (“" in line for line in lines)
    assert any(line.startswith("Cross-validation: ") and "5 folds" in line for line in lines)


def test_a_run_that_is_not_finished_has_no_score(cli):
    folder = RunFolder.create(Workspace.default().runs, "train", "half", {"dataset": "x", "recipe": {}})
    status, _, err = cli("score", folder.id)
    assert status == 2
    assert "no finished model" in err
