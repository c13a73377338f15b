"""The nearest of the examples that taught, against numpy."""

from __future__ import annotations

import shutil

import numpy as np
import pytest
import torch

from core.evaluation.answers import read_answers
from core.events import drain
from core.jobs.base import run_job
from core.jobs.trying import open_model
from core.models.added import list_added
from core.models.extended import Reference
from core.models.trained import TrainedModel
from core.results.occlusion import NEAREST, nearest
from core.runs.folder import RunFolder
from tests.helpers import message_dataset, trained

MESSAGE = "bus late stop driver n3"


@pytest.fixture
def dataset(workspace, tiny_models):
    dataset = message_dataset(workspace, each=12)
    dataset.save(workspace)
    return dataset


@pytest.fixture
def run(workspace, dataset):
    return trained(workspace, dataset, model="tiny-text", strategy="full", epochs=3, learning_rate=0.05)


def by_hand(workspace, run, dataset, message):
    """Ids of the training examples by cosine from their own mean, and the cosines: the nearest first."""
    model = TrainedModel.load(run.path, workspace)
    judged = {answer.example for answer in read_answers(run.path)}
    taught = [example for example in dataset.examples if example.id not in judged]
    vectors = model.embed([example.text for example in taught]).numpy().astype(float)
    x = model.embed([message]).numpy().astype(float)
    middle = vectors.mean(0)  # head.prepared moves and scales all alike, which no cosine from the middle sees
    rows, x = vectors - middle, (x - middle)[0]
    cosines = rows @ x / np.linalg.norm(rows, axis=1) / np.linalg.norm(x)
    order = np.argsort(-cosines)
    return [taught[i] for i in order], cosines[order]


def test_they_are_those_that_numpy_finds(workspace, dataset, run):
    expected, cosines = by_hand(workspace, run, dataset, MESSAGE)
    model = drain(open_model(run, workspace))
    found = nearest(model, model.model.embed([MESSAGE]))
    assert len(found) == NEAREST
    assert [n.similarity for n in found] == pytest.approx(cosines[:NEAREST], abs=2e-3)  # kept in half precision
    by_id = {example.id: (example, cosine) for example, cosine in zip(expected, cosines, strict=True)}
    for neighbour in found:
        example, cosine = by_id[neighbour.example]
        assert neighbour.label == example.label
        assert neighbour.similarity == pytest.approx(cosine, abs=2e-3)


def test_an_example_that_taught_is_nearest_to_itself_unless_passed_over(workspace, dataset, run):
    model = drain(open_model(run, workspace))
    own = model.reference.training_ids[4]
    text = next(example.text for example in dataset.examples if example.id == own)
    embedding = model.model.embed([text])
    first = nearest(model, embedding)[0]
    assert first.example == own
    assert first.similarity == pytest.approx(1, abs=1e-3)
    assert own not in [n.example for n in nearest(model, embedding, but_for={own})]
    assert len(nearest(model, embedding, most=100, but_for={own})) == len(model.reference.training) - 1


def test_added_examples_are_among_them_by_their_place(workspace, run):
    inputs = ["goal referee football match", "whistle keeper goal"]
    request = {"run": run.id, "label": "sport", "inputs": inputs}
    assert run_job(RunFolder.create(workspace.jobs, "teach", "T", request), workspace, lambda: False).result
    model = drain(open_model(run, workspace))
    (addition,) = list_added(run.path)
    first = nearest(model, model.model.embed([inputs[1]]))[0]
    assert (first.label, first.addition, first.place, first.example) == ("sport", addition.id, 1, None)


def test_what_was_kept_still_says_who_is_near_when_the_dataset_is_gone(workspace, dataset, run):
    kept = drain(open_model(run, workspace)).reference
    shutil.rmtree(workspace.datasets)
    model = drain(open_model(run, workspace))
    assert model.reference.training_ids == kept.training_ids
    found = nearest(model, model.model.embed([MESSAGE]))
    assert {n.example for n in found} <= set(kept.training_ids)
    assert model.likeness(model.model.embed([MESSAGE]))


def test_a_spoilt_reference_is_made_again(workspace, run):
    kept = drain(open_model(run, workspace)).reference
    (run.path / "reference.safetensors").write_bytes(b"spoilt")
    assert Reference.load(run.path) is None
    again = drain(open_model(run, workspace)).reference
    torch.testing.assert_close(again.training, kept.training)


def test_ids_stand_beside_their_vectors(workspace, dataset, run):
    model = drain(open_model(run, workspace))
    labels = {example.id: example.label for example in dataset.examples}
    texts = {example.id: example.text for example in dataset.examples}
    ids = model.reference.training_ids
    assert [labels[i] for i in ids] == [model.model.classes[n] for n in model.reference.training_targets]
    expected = model.model.head.prepared(model.model.embed([texts[i] for i in ids]))
    torch.testing.assert_close(model.reference.training, expected.detach(), atol=2e-3, rtol=2e-3)


def test_without_the_examples_nobody_is_near(workspace, dataset, run):
    shutil.rmtree(workspace.datasets)
    model = drain(open_model(run, workspace))
    assert nearest(model, model.model.embed([MESSAGE])) is None
