"""The file that a browser fetches for the wall of a run: its shown examples, whatever their kind."""

from __future__ import annotations

import shutil

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from core.events import RunStarted
from core.messages import NOTHING
from core.runs.folder import RunFolder
from pages.shared.examples import view_of
from pages.shared.wall import wall_route
from tests.helpers import message_dataset, picture_dataset, row_dataset, sound_dataset

SHOWN = (3, 0, 9)


@pytest.fixture
def client(app):
    return TestClient(Starlette(routes=[wall_route()]))


def begun(workspace, dataset):
    """A run that has only just begun."""
    dataset.save(workspace)
    run = RunFolder.create(workspace.runs, "train", "T", {"dataset": dataset.id, "recipe": {}})
    run.append(RunStarted(run.id, dataset.id, {}, dataset.classes, 9, 3, 0, 0.3, 3, NOTHING, NOTHING, "", SHOWN))
    return run


@pytest.mark.parametrize(
    ("make", "holds"),
    [(picture_dataset, "picture"), (sound_dataset, "picture"), (message_dataset, "text"), (row_dataset, "text")],
)
def test_it_holds_the_shown_examples(client, workspace, make, holds):
    dataset = make(workspace)
    found = client.get(f"/wall/{begun(workspace, dataset).id}.json")
    assert found.json()["classes"] == list(dataset.classes)
    tiles = found.json()["tiles"]
    assert [set(tile) for tile in tiles] == [{holds}] * len(SHOWN)
    if holds == "picture":
        assert len({tile["picture"] for tile in tiles}) == len(SHOWN)
        assert all(tile["picture"].startswith("data:image/jpeg;base64,") for tile in tiles)
    else:
        assert tiles == [view_of(dataset.modality).miniature(dataset, i) for i in SHOWN]
    assert len(found.content) < 100_000


def test_of_a_run_that_is_not_there_or_lost_its_dataset_there_is_none(client, workspace):
    run = begun(workspace, message_dataset(workspace))
    assert client.get(f"/wall/{run.id}.json").status_code == 200
    shutil.rmtree(workspace.datasets / run.request["dataset"])
    for name in (run.id, "missing", "..%2f..%2fruns"):
        assert client.get(f"/wall/{name}.json").status_code == 404
