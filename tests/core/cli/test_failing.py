"""The verb that says where a run fails."""

import json

import pytest

from core.cli.results import _tell_failures
from core.runs.folder import RunFolder
from core.workspace import Workspace
from tests.helpers import picture_dataset


def test_classes_examples_kinds_and_twins_are_told(tiny_models, cli):
    dataset = picture_dataset(Workspace.default(), each=24)
    dataset.save(Workspace.default())
    _, lines, _ = cli("train", f"dataset:{dataset.id}", "--model", "tiny-image", "--strategy", "nearest", "--json")
    run = json.loads(lines[-1])
    status, lines, _ = cli("failures", run["run"], "--json")
    result = json.loads(lines[-1])
    assert status == 0 and len(lines) == 1
    right = sum(row[i] for i, row in enumerate(result["confusion"]))
    assert right == round(run["validation"]["accuracy"] * run["validation"]["n"])
    assert result["n"] == run["validation"]["n"] == sum(map(sum, result["confusion"]))
    assert len(result["most_wrong"]) == min(20, result["n"] - right)
    assert [one["sure"] for one in result["least_sure"]] == sorted(one["sure"] for one in result["least_sure"])
    assert all(0 <= kind["p"] <= 1 for kind in result["kinds"])
    assert len(result["twins"]["nearest"]) == min(20, result["n"])


def test_a_run_that_nobody_judged_is_refused(cli):
    folder = RunFolder.create(Workspace.default().runs, "train", "half", {"dataset": "x", "recipe": {}})
    status, _, err = cli("failures", folder.id)
    assert status == 2
    assert "no finished model" in err


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (False, "No more near-duplicates of training examples among the evaluated ones than chance gives\n"),
        (True, "5 of 41 evaluated examples are near-duplicates of a training example. That is more than chance would "
               "give: the score is likely too high.\n"),
    ],
)  # fmt: skip
def test_near_duplicates_are_told_only_where_there_are_more_than_by_chance(capsys, more, said):
    """The Result page said that there were no more than chance gives, and this verb that there were five."""
    nothing = {"classes": [], "confused": [], "kinds": [], "n": 41}
    _tell_failures({**nothing, "twins": {"count": 5, "more_than_usual": more}})
    assert capsys.readouterr().out == said
