"""`compare` on the command line: one JSON object a line, the last one the result."""

from __future__ import annotations

import json

import pytest

from core.workspace import new_id
from tests.core.studies.comparison.making import finished_run, messages
from tests.helpers import picture_dataset

ROW = {"run", "title", "name", "accuracy", "interval", "n", "baseline", "seconds", "megabytes", "parameters", "plain"}
PAIR = {"first", "second", "only_first", "only_second", "p", "difference", "interval"}


@pytest.fixture
def two(workspace, tiny_models):
    dataset = messages(workspace, each=40)
    return [finished_run(workspace, dataset, range(n)) for n in (3, 1)]


def test_the_last_line_has_scores_differences_and_a_verdict(cli, two):
    status, lines, err = cli("compare", *(run.id for run in two), "--json")
    assert (status, err) == (0, "")
    result = json.loads(lines[-1])
    assert [row["run"] for row in result["runs"]] == [two[1].id, two[0].id]
    assert all(set(row) == ROW and row["n"] == 20 for row in result["runs"])
    assert result["same_examples"] is True and result["verdict"].startswith("No clear difference: ")
    (pair,) = result["pairs"]
    assert set(pair) >= PAIR and (pair["only_first"], pair["only_second"]) == (2, 0)
    assert pair["p"] == pytest.approx(0.5) and pair["difference"] == pytest.approx(0.1)
    assert pair["interval"][0] <= 0 < 0.1 < pair["interval"][1]
    assert result["differences"] == []


def test_told_in_words(cli, two):
    status, lines, _ = cli("compare", f"run:{two[0].id}", two[1].id)
    assert status == 0
    assert "95\u00a0% (76-99\u00a0%)  20" in lines[1] and "about 10 seconds" in lines[1]
    assert any(line.startswith("No clear difference") for line in lines)


def test_different_test_sets_get_no_verdict_and_ways_to_one(cli, workspace, tiny_models):
    dataset = messages(workspace, each=100)
    runs = [finished_run(workspace, dataset, recipe={"seed": seed}) for seed in (0, 1)]
    _, lines, _ = cli("compare", *(run.id for run in runs), "--json")
    result = json.loads(lines[-1])
    assert result["same_examples"] is False and result["pairs"] == []
    assert result["verdict"].startswith("No verdict: ")
    assert result["offers"][0]["on"] == "shared"
    _, lines, _ = cli("compare", *(run.id for run in runs), "--on", "shared", "--json")
    shared = json.loads(lines[-1])
    assert shared["same_examples"] and shared["runs"][0]["n"] == result["offers"][0]["n"]
    _, lines, _ = cli("compare", *(run.id for run in runs))
    assert lines[-1].endswith("--on shared")


def test_what_cannot_be_compared_is_bad_input(cli, two, workspace, tiny_models):
    pictures = picture_dataset(workspace)
    pictures.save(workspace)
    stranger = finished_run(workspace, pictures)
    for arguments, said in (
        ((two[0].id, new_id()), "There is no run with the id"),
        ((two[0].id, stranger.id), "nothing can evaluate both"),
        ((two[0].id,), "2 to 8 different runs"),
        ((two[0].id, two[1].id, "--on", f"dataset:{pictures.id}"), "Choose a dataset of messages"),
        ((two[0].id, two[1].id, "--on", "dataset:nothing"), "no dataset"),
        ((), "Missing: RUN"),
    ):
        status, lines, err = cli("compare", *arguments, "--json")
        assert status == 2 and lines == [] and said in err and len(err.strip().splitlines()) == 1


def test_a_set_of_which_nothing_may_judge_fails(cli, two, workspace):
    from dataclasses import replace

    from core.results.finished_run import examples_learned_from

    taught = replace(
        messages(workspace, each=40), title="taught", examples=tuple(examples_learned_from(two[0].id, workspace))
    )
    taught.save(workspace)
    status, _, err = cli("compare", two[0].id, two[1].id, "--on", f"dataset:{taught.id}", "--json")
    assert status == 1 and "On every example of 'taught' one of these runs was trained" in err
