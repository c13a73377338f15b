"""The verb that tells how a run learnt."""

import json
from itertools import pairwise

import pytest

from core.runs.folder import RunFolder
from core.workspace import Workspace
from tests.helpers import message_dataset


@pytest.fixture
def run(tiny_models, cli):
    dataset = message_dataset(Workspace.default())
    dataset.save(Workspace.default())
    flags = ["--model", "tiny-text", "--strategy", "full", "--epochs", "4", "--json"]
    _, lines, _ = cli("train", f"dataset:{dataset.id}", *flags)
    return json.loads(lines[-1])


def test_every_epoch_is_a_line_and_the_reading_the_last(run, cli):
    status, lines, _ = cli("curves", run["run"], "--json")
    *points, result = map(json.loads, lines)
    assert status == 0
    assert [point["epoch"] for point in points] == [0, 1, 2, 3, 4]
    assert points[-1]["validation_accuracy"] == pytest.approx(run["validation"]["accuracy"])
    losses = [point["validation_loss"] for point in points]
    assert result["best_epoch"] == losses.index(min(losses))
    assert result["kept_epoch"] == 4
    assert 1 <= len(result["reading"]) <= 3
    assert result["kept_moments"] == [0, 1, 2, 3, 4]


def test_what_was_gained_and_lost_accounts_for_every_change_of_the_accuracy(run, cli):
    _, lines, _ = cli("curves", run["run"], "--json")
    *points, _ = map(json.loads, lines)
    n = run["validation"]["n"]
    for before, after in pairwise(points):
        assert after["since"] == before["epoch"]
        change = (after["validation_accuracy"] - before["validation_accuracy"]) * n
        assert after["gained"] - after["lost"] == pytest.approx(change, abs=1e-6)


def test_one_can_go_back_to_an_epoch(run, cli):
    _, lines, _ = cli("curves", run["run"], "--epoch", "1", "--json")
    point, then = json.loads(lines[1]), json.loads(lines[-1])["then"]
    assert then["right"] == round(point["validation_accuracy"] * then["n"])
    assert sum(row[i] for i, row in enumerate(then["confusion"])) == then["right"]
    assert (then["since"], len(then["gained"]), len(then["lost"])) == (0, point["gained"], point["lost"])


def test_an_epoch_that_was_not_kept_is_refused(run, cli):
    status, _, err = cli("curves", run["run"], "--epoch", "9")
    assert status == 2
    assert "Epoch 9 was not kept" in err
    assert "0, 1, 2, 3, 4" in err


def test_told_in_words(run, cli):
    status, lines, _ = cli("curves", run["run"], "--epoch", "2")
    assert status == 0
    assert lines[0].startswith("Epoch 0: training")
    assert any(line.startswith("After epoch 2: ") for line in lines)


def test_a_run_that_never_began_has_no_curve(cli):
    folder = RunFolder.create(Workspace.default().runs, "train", "half", {"dataset": "x", "recipe": {}})
    status, _, err = cli("curves", folder.id)
    assert status == 2
    assert "no learning curve" in err
