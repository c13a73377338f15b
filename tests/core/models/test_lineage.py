"""Source set, run, target set: where a model comes from."""

from __future__ import annotations

import shutil

from core.jobs.base import run_job
from core.messages import NOTHING, quoted
from core.models.lineage import Ancestor, ModelLineage, model_lineage
from core.runs.folder import RunFolder
from core.training.spec.recipe import Recipe
from tests.helpers import picture_dataset


def trained(workspace, dataset, model: str, strategy: str, title: str) -> str:
    recipe = Recipe(model, strategy, **({} if strategy == "nearest" else {"epochs": 1})).to_dict()
    folder = RunFolder.create(workspace.runs, "train", title, {"dataset": dataset.id, "recipe": recipe})
    assert run_job(folder, workspace, lambda: False).reason == "completed"
    return folder.id


def test_a_chain_is_told_from_its_beginning_and_survives_what_was_deleted(workspace, tiny_models):
    source, target = picture_dataset(workspace, each=6), picture_dataset(workspace, each=5)
    source.save(workspace)
    target.save(workspace)
    first = trained(workspace, source, "tiny-image", "full", "shades")
    second = trained(workspace, target, f"run:{first}", "nearest", "other shades")
    steps = (Ancestor(first, "shades", source.id, "full"), Ancestor(second, "other shades", target.id, "nearest"))
    assert model_lineage(f"run:{second}", workspace) == ModelLineage(quoted("tiny-image"), steps)
    assert model_lineage("tiny-image", workspace) == ModelLineage(quoted("tiny-image"), ())
    shutil.rmtree(workspace.runs / first)
    assert model_lineage(f"run:{second}", workspace) == ModelLineage(NOTHING, steps[1:])


def test_a_model_that_is_nowhere_has_no_lineage(workspace):
    assert model_lineage("run:20260101-000000-abcdef", workspace) == ModelLineage(NOTHING, ())
