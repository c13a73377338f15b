"""The verb and the job."""

from __future__ import annotations

import json

import pytest

from core.events import JobEnded
from core.jobs.base import run_job
from core.runs.folder import RunFolder
from core.studies.events import EpisodesDone
from core.studies.few_shot.shown import read_shown
from core.workspace import Workspace
from tests.helpers import only, picture_dataset, png, write_tree

ASKED = ["--model", "tiny-image", "--ways", "2", "--shots", "1", "--queries", "3", "--episodes", "10", "--seed", "4"]


@pytest.fixture
def pictures(tmp_path, tiny_models):
    levels = {"dark": 20, "light": 200, "middle": 110}
    files = {f"{label}/{i}.png": png((v + i, v, 3 * i), (32, 32)) for label, v in levels.items() for i in range(6)}
    return write_tree(tmp_path / "pictures", files)


def test_the_last_line_is_the_result(cli, pictures):
    status, lines, _ = cli("fewshot", pictures, "--method", "simpleshot", "--json", *ASKED)
    *events, result = [json.loads(line) for line in lines]
    assert status == 0
    assert [event["event"] for event in events][-2:] == ["episodes_scored", "job_ended"]
    numbers = {"ways": 2, "shots": 1, "queries": 3, "episodes": 10, "seed": 4}
    assert result.items() >= {"model": "tiny-image", "method": "simpleshot", **numbers}.items()
    low, high = result["interval"]
    assert 0 <= low <= result["accuracy"] <= high <= 1
    assert (result["n"], result["chance"]) == (60, 0.5)
    assert sum(one["n"] for one in result["classes"]) == 60
    assert {"label", "episodes", "n", "examples", "accuracy", "interval", "taken_for", "taken_share"} == set(
        result["classes"][0]
    )
    episode = result["episode"]
    assert len(episode["support"]) == 2
    assert len(episode["query"]) == len(episode["answers"]) == len(episode["scores"]) == 6
    assert set(episode["answers"]) <= set(episode["classes"])
    assert all(name.endswith(".png") for name in episode["query"])


def test_what_is_not_said_fits_the_set(cli, pictures):
    status, lines, _ = cli("fewshot", pictures, "--json", "--model", "tiny-image", "--episodes", "2")
    result = json.loads(lines[-1])
    assert status == 0
    assert (result["method"], result["ways"], result["shots"], result["queries"]) == ("nearest", 3, 3, 3)


def test_without_json_it_is_for_reading(cli, pictures):
    status, lines, _ = cli("fewshot", pictures, *ASKED)
    assert status == 0
    assert "the mean of 10 episodes, 60 queries in all (95\u00a0% confidence interval over episodes: " in lines[-2]
    assert lines[-2].endswith("The baseline (always the same class) reaches 50\u00a0%.")
    for label, line in zip(("dark", "light", "middle"), lines[2:5], strict=True):
        assert line.split()[0] == label and "\u00a0% (" in line


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (["--ways", "4"], "Choose at most 3 classes"),
        (["--shots", "6"], "there is room for 6"),
        (["--ways", "0"], "Classes in an episode (ways) must be a whole number between 2"),
        (["--episodes", "0"], "between 2 and"),
        (["--method", "guess"], "invalid choice"),
        (["--model", "tiny-text"], "Choose a model for pictures"),
        (["--model", "nothing"], "Models here"),
        (["--shots", "many"], "is not a whole number"),
    ],
)
def test_bad_input_is_one_paragraph_and_status_2(cli, pictures, flags, said):
    status, _, err = cli("fewshot", pictures, "--model", "tiny-image", *flags)
    assert status == 2
    assert said in err.strip().splitlines()[-1]
    assert "Traceback" not in err


def bench_job(workspace: Workspace, dataset, **changes) -> RunFolder:
    bench = {"model": "tiny-image", "method": "nearest", "ways": 3, "shots": 2, "queries": 4, "episodes": 12, "seed": 1}
    request = {"study": "few_shot", "dataset": dataset.id, "design": {**bench, **changes}}
    return RunFolder.create(workspace.studies, "study", "t", request)


def test_the_job_leaves_its_summary_and_episodes_to_look_at(workspace, tiny_models):
    dataset = picture_dataset(workspace)
    dataset.save(workspace)
    folder = bench_job(workspace, dataset)
    ended = run_job(folder, workspace, folder.stop_requested)
    assert isinstance(ended, JobEnded)
    assert folder.status().state == "completed"
    assert folder.about()["result"]["accuracy"] == only(EpisodesDone, folder.events())[-1].accuracy
    shown = read_shown(folder.path)
    assert len(shown) == 12
    assert {dataset.examples[i].label for i in shown[0].support} == {"dark", "light", "middle"}


def test_the_job_can_be_stopped_and_can_fail(workspace, tiny_models):
    dataset = picture_dataset(workspace)
    dataset.save(workspace)
    folder = bench_job(workspace, dataset)
    assert run_job(folder, workspace, lambda: True).reason == "stopped"
    assert read_shown(folder.path) == []
    ended = run_job(bench_job(workspace, dataset, ways=7), workspace, lambda: False)
    assert str(ended.message).startswith("7 classes were")
