"""Finished runs in a workspace, without any training: what a comparison reads of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np
from safetensors.numpy import save

from core.data.dataset import Dataset, Example
from core.evaluation.answers import Answer, write_answers
from core.evaluation.scores import score
from core.events import EpochEnd, RunEnded, RunStarted, to_dict
from core.messages import quoted
from core.models.catalogue import get_card
from core.results.record import write_split
from core.runs.folder import RunFolder
from core.storage import write_json, write_sealed
from core.training.spec.plan import make_plan
from core.training.spec.recipe import Recipe
from core.workspace import Workspace
from tests.helpers import looked_over

_NOTHING: Mapping[Any, Any] = MappingProxyType({})


def messages(
    workspace: Workspace, each: int = 20, *, prefix: str = "message", groups: Mapping[int, str] = _NOTHING
) -> Dataset:
    """Messages of two classes, no two alike; `groups` by their number."""
    examples = []
    for number in range(2 * each):
        words = " ".join(f"{prefix}{number}x{k}{number * 7919 * (k + 1) % 100003}" for k in range(8))
        label = "yes" if number % 2 else "no"
        examples.append(Example(f"{prefix}-{number}", label, f"row {number}", words, None, groups.get(number)))
    dataset = Dataset(prefix, "text", tuple(examples), workspace.examples)
    dataset.save(workspace)
    looked_over(dataset, workspace)
    return dataset


def finished_run(
    workspace: Workspace,
    dataset: Dataset,
    wrong: Sequence[int] = (),
    *,
    recipe: Mapping[str, Any] = _NOTHING,
    title: str | None = None,
    chosen: bool = False,
    classes: Sequence[str] | None = None,
    parent: str | None = None,
) -> RunFolder:
    """A run that answered its judging examples, in their order, rightly but for those numbered in `wrong`."""
    asked = Recipe.from_dict({"model": f"tiny-{dataset.modality}", "strategy": "head", **recipe})
    plan = make_plan(dataset, asked, workspace)
    judging, labels = plan.split.validation, list(classes or dataset.classes)
    answers = []
    for place, i in enumerate(judging):
        truth = dataset.examples[i].label
        said = next(label for label in labels if (label != truth) == (place in wrong))
        shares = {label: 0.9 if label == said else 0.1 / (len(labels) - 1) for label in labels}
        answers.append(Answer(dataset.examples[i].id, "validation", truth, shares))
    taught = [dataset.examples[i].label for i in plan.split.train]
    found = score([answer.label for answer in answers], [answer.truth for answer in answers], taught)
    request = {"dataset": dataset.id, "recipe": asked.to_dict()}
    folder = RunFolder.create(workspace.runs, "train", title or dataset.title, request)
    folder.append(RunStarted(
        folder.id, dataset.id, plan.recipe.to_dict(), tuple(labels), len(plan.split.train), len(judging), 0,
        plan.baseline, 3, quoted(plan.split.reason),
    ))  # fmt: skip
    for epoch in range(4):
        folder.append(EpochEnd(epoch, 3, 1.0 - epoch / 10, 0.5 + epoch / 10, 1.0, 0.4 + epoch / 10, float(epoch)))
    write_answers(answers, folder.path)
    write_split(plan.split, dataset, folder.path)
    _model(folder, asked.model, labels, parent, workspace)
    ended = RunEnded(folder.id, "completed", validation=found, chosen=chosen, epoch=3, seconds=12.5)
    folder.append(ended)
    folder.end("completed", result=to_dict(ended))
    return folder


def _model(folder: RunFolder, model: str, labels: Sequence[str], parent: str | None, workspace: Workspace) -> None:
    card = get_card(model, workspace)
    about = {
        "format": 1, "title": folder.title, "classes": list(labels), "size": card.input_size, "tuned": False,
        "parent": parent or model, "normalise": False, "card": card.to_dict(), "extras": {}, "temperature": 1.0,
        "megabytes": 0.001, "parameters": len(labels) * (card.dimension + 1),
    }  # fmt: skip
    write_json(folder.path / "model.json", about)
    head = {"head.weight": np.zeros((len(labels), card.dimension)), "head.bias": np.zeros(len(labels))}
    write_sealed(folder.path / "model.safetensors", save(head))
