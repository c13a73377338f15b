"""`race` on the command line: one JSON object a line, the last one the result."""

from __future__ import annotations

import json

import pytest

from core.runs.folder import RunFolder, list_runs
from core.studies.benchmark.candidates import benchmark_of, recommended_run, stands_alone
from tests.core.cli.test_studies import in_english
from tests.helpers import picture_dataset


@pytest.fixture
def pictures(workspace, tiny_models) -> str:
    dataset = picture_dataset(workspace, each=40)
    dataset.save(workspace)
    return f"dataset:{dataset.id}"


BRIEF = ("--model", "tiny-image", "--strategy", "nearest", "--strategy", "head", "--budget", "100")


def test_it_ends_with_standings_a_recommendation_and_the_final_test(cli, pictures, workspace):
    status, lines, err = cli("race", pictures, *BRIEF, "--json")
    assert status == 0, err
    told = [json.loads(line) for line in lines]
    result = told[-1]["result"]
    assert [row["place"] for row in result["standings"]] == [1, 2]
    assert all(len(row["scores"]) == 3 and row["n"] == 24 and row["interval"] for row in result["standings"])
    choice, test = result["recommendation"], result["final_test"]
    assert choice["sentence"].endswith(".") and choice["reason"]
    assert test["n"] == 24 and test["run"] == choice["run"] and test["interval"][0] < test["accuracy"]
    assert sum(line["event"] == "candidate_evaluated" for line in told) == 6
    (folder,) = (RunFolder(path) for path in workspace.studies.iterdir())
    assert folder.request["study"] == "benchmark" and in_english(folder.about()["result"]) == result
    # lists of runs are not flooded: the winner stands for all
    assert {benchmark_of(run) for run in list_runs(workspace)} == {folder.id}
    assert recommended_run(folder.id, workspace) == choice["run"]
    assert [run.id for run in list_runs(workspace) if stands_alone(run, workspace)] == [choice["run"]]
    shown = [json.loads(line) for line in cli("runs", "--json")[1]]
    assert len(shown) == 6  # all of them are there for whoever asks


def test_told_in_words(cli, pictures):
    status, lines, _ = cli("race", pictures, *BRIEF, "--grid", "learning_rate=0.01", "--seeds", "4")
    assert status == 0
    assert any(line.startswith("1 ") and "4 of 4" in line for line in lines)
    assert any("Under each seed 24 examples validate" in line and "The baseline reaches" in line for line in lines)
    assert any("Recommended: " in line for line in lines)
    assert any("On the test set" in line and "of 24" in line for line in lines)
    assert lines[-1].startswith("Run ")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--seeds", "2"), "Seeds must be a whole number between 3 and 20"),
        (("--budget", "1"), "must be a number between 10 and"),
        (("--strategy", "auto"), "invalid choice: 'auto'"),
        (("--model", "nobody"), "no model called 'nobody'"),
        (("--model", "tiny-text"), "is a model for"),
        (("--grid", "learning_rate"), "does not name an option and its values"),
        (("--grid", "magic=1"), "does not name an option and its values"),
        (("--grid", "learning_rate=fast"), "it takes numbers only"),
        (("--grid", "learning_rate=7"), "Learning rate must be a number between"),
        (("--grid", "mixup=0.2"), "has no effect on any candidate"),
        (("--trials", "3"), "none is named"),
        (("--shots", "39"), "has only 32 different examples"),
    ],
)
def test_bad_input_is_one_paragraph_and_status_two(cli, pictures, workspace, arguments, said):
    model = () if "--model" in arguments else ("--model", "tiny-image")
    status, lines, err = cli("race", pictures, *model, "--strategy", "head", *arguments, "--json")
    assert (status, lines) == (2, [])
    assert said in err and "Traceback" not in err
    assert not list(workspace.studies.iterdir()) and not list(workspace.runs.iterdir())
