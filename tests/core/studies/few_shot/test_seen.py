"""Which examples taught a model that was trained here, and the one it started from."""

from __future__ import annotations

import json
import shutil

import pytest

from core.evaluation.answers import Answer, write_answers
from core.runs.folder import RunFolder
from core.studies.few_shot.run import examples_seen
from tests.helpers import picture_dataset


@pytest.fixture
def trained(workspace):
    """A finished run on a set of its own, started from `parent`; its first example judged."""

    def make(parent: str, seed: int):
        dataset = picture_dataset(workspace, each=2, seed=seed)
        dataset.save(workspace)
        request = {"dataset": dataset.id, "recipe": {"strategy": "head"}}
        folder = RunFolder.create(workspace.runs, "train", "mine", request)
        (folder.path / "model.json").write_text(json.dumps({"parent": parent}))
        write_answers([Answer(dataset.examples[0].id, "validation", "dark", {"dark": 1.0})], folder.path)
        return f"run:{folder.id}", dataset

    return make


def test_a_chain_of_runs_has_seen_what_each_has_learnt_from(trained, workspace):
    first, source = trained("efficientnet-lite0", 1)
    second, target = trained(first, 2)
    learnt = {example.id for dataset in (source, target) for example in dataset.examples[1:]}
    assert examples_seen(second, workspace) == learnt
    assert examples_seen(first, workspace) == {example.id for example in source.examples[1:]}


@pytest.mark.parametrize("model", ["efficientnet-lite0", "hub:some/model", "run:20990101-000000-abcdef"])
def test_of_other_models_nothing_is_known(workspace, model):
    assert examples_seen(model, workspace) == set()


def test_what_was_deleted_is_not_known_any_more(trained, workspace):
    first, source = trained("efficientnet-lite0", 1)
    second, target = trained(first, 2)
    shutil.rmtree(workspace.datasets / source.id)
    assert examples_seen(second, workspace) == {example.id for example in target.examples[1:]}
