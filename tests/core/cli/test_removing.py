"""What is damaged, on the command line: an entry of the lists, noted where the rest is told, and removed on request."""

from __future__ import annotations

import json
import shutil

import pytest

from core.models.added import damaged_additions, keep_addition, list_added, new_addition
from core.runs.folder import list_runs
from tests.core.studies.comparison.making import finished_run, messages


@pytest.fixture
def runs(workspace, tiny_models):
    """Two finished runs of one dataset."""
    dataset = messages(workspace)
    return finished_run(workspace, dataset, title="first"), finished_run(workspace, dataset, title="second")


def spoil(file) -> None:
    """Half of it."""
    content = file.read_bytes()
    file.write_bytes(content[: len(content) // 2])


def test_a_damaged_run_is_one_entry_of_the_list(runs, cli):
    first, second = runs
    spoil(first.path / "run.json")
    status, lines, _ = cli("runs")
    assert status == 0
    assert [line for line in lines if second.id in line and "second" in line and "damaged" not in line]
    (entry,) = [line for line in lines if first.id in line]
    assert "damaged: The file" in entry
    rows = [json.loads(line) for line in cli("runs", "--json")[1]]
    assert [(row["run"], row["state"]) for row in rows] == [(second.id, "completed"), (first.id, "damaged")]


def test_a_changed_title_is_still_told(runs, cli):
    first, _ = runs
    file = first.path / "run.json"
    file.write_bytes(file.read_bytes().replace(b"completed", b"complated", 1))
    rows = [json.loads(line) for line in cli("runs", "--json")[1]]
    assert [row["title"] for row in rows if row["state"] == "damaged"] == ["first"]


def test_a_damaged_dataset_is_one_entry_of_the_list(workspace, cli):
    whole, other = messages(workspace), messages(workspace, prefix="other")
    spoil(workspace.datasets / other.id / "examples.jsonl")
    rows = [json.loads(line) for line in cli("datasets", "--json")[1]]
    assert [(row["dataset"], row.get("state")) for row in rows] == [(whole.id, None), (other.id, "damaged")]
    assert rows[1]["title"] == "other"


def test_what_is_damaged_is_listed_and_removed(runs, workspace, cli):
    first, second = runs
    spoil(first.path / "run.json")
    assert [json.loads(line)["run"] for line in cli("remove", "--json")[1]] == [first.id]
    status, lines, _ = cli("remove", f"run:{first.id}")
    assert (status, lines) == (0, [f"Removed: {first.id}"])
    assert not first.path.exists()
    assert [run.id for run in list_runs(workspace)] == [second.id]
    assert cli("remove", "--json")[1] == []


def test_a_run_that_is_damaged_in_part_can_be_removed_too(runs, cli):
    first, _ = runs
    spoil(first.path / "answers.jsonl")
    assert cli("remove", first.id)[0] == 0
    assert not first.path.exists()


def test_what_is_whole_goes_into_the_bin_and_comes_back(runs, workspace, cli):
    first, second = runs
    status, lines, error = cli("remove", second.id)
    assert (status, lines) == (0, [f"Removed: {second.id}"])
    assert f"python -m core restore {second.id}" in error and "7 days" in error
    assert [run.id for run in list_runs(workspace)] == [first.id]
    (entry,) = [json.loads(line) for line in cli("bin", "--json")[1]]
    assert entry["holds"] == [second.id] and entry["title"] == "second"
    assert cli("restore", second.id)[:2] == (0, [f"Restored: {second.id}"])
    assert [run.id for run in list_runs(workspace)] == [second.id, first.id]
    assert cli("score", second.id)[0] == 0
    assert cli("bin")[1] == ["The bin is empty."]


def test_for_good_leaves_nothing(runs, workspace, cli):
    first, second = runs
    assert cli("remove", "--for-good", first.id, second.id)[0] == 0
    assert list_runs(workspace) == [] and list(workspace.bin.iterdir()) == []


def test_all_of_it_or_nothing(runs, workspace, cli):
    first, second = runs
    assert cli("pin", second.id)[0] == 0
    status, _, error = cli("remove", first.id, second.id)
    assert status == 2 and "'second' is pinned" in error
    assert first.path.exists() and second.path.exists() and cli("bin")[1] == ["The bin is empty."]


@pytest.mark.parametrize("given", ["nosuchrun", "../runs", "/etc", "run:"])
def test_what_is_not_there_is_said(runs, cli, given):
    status, _, error = cli("remove", given)
    assert status == 2
    assert "There is no run, study or dataset" in error


def test_a_score_is_told_without_the_answers(runs, cli):
    first, _ = runs
    before = cli("score", first.id, "--json")[1][-1]
    spoil(first.path / "answers.jsonl")
    status, lines, error = cli("score", first.id, "--json")
    assert status == 0
    assert json.loads(lines[-1])["score"] == json.loads(before)["score"]
    assert "answers.jsonl" in error


@pytest.mark.parametrize("name", ["model.json", "events.jsonl", "run.json"])
def test_without_what_is_needed_the_file_is_named(runs, cli, name):
    first, second = runs
    (first.path / name).write_bytes(b"")
    status, _, error = cli("score", first.id)
    assert status == 2
    assert name in error
    assert cli("score", second.id)[0] == 0


def test_an_addition_that_is_damaged_is_passed_over_and_can_be_taken_back(runs, cli):
    first, _ = runs
    import numpy as np

    for label in ("maybe", "never"):
        keep_addition(new_addition(first.path, label, ["a"]), np.ones((1, 10)))
    spoil(first.path / "added" / f"{list_added(first.path)[0].id}.safetensors")
    (damaged,) = damaged_additions(first.path)
    status, lines, error = cli("teach", first.id)
    assert status == 0
    assert "never" in "".join(lines) and "maybe" not in "".join(lines)
    assert damaged.path.stem in error and "damaged" in error
    assert cli("teach", first.id, "--undo", damaged.path.stem)[0] == 0
    assert damaged_additions(first.path) == []
    assert [addition.label for addition in list_added(first.path)] == ["never"]


def test_a_dataset_that_was_removed_comes_back_with_its_files(workspace, cli):
    dataset = messages(workspace)
    spoil(workspace.datasets / dataset.id / "dataset.json")
    assert cli("check", f"dataset:{dataset.id}", "--quick")[0] == 2
    dataset.save(workspace)
    assert cli("check", f"dataset:{dataset.id}", "--quick")[0] == 0
    shutil.rmtree(workspace.datasets / dataset.id)
    assert cli("check", f"dataset:{dataset.id}", "--quick")[0] == 2
