"""A finished model looks again at the examples that taught and judged it, as far as they are still there."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from pathlib import Path

import numpy as np
import torch

from core.data.dataset import Dataset
from core.data.splits import VALIDATION_SHARE, make_split
from core.evaluation.answers import Answer, answers_of, read_answers
from core.events import Event
from core.models.catalogue import get_card
from core.models.embeddings import embed_dataset
from core.models.extended import Reference
from core.models.trained import TrainedModel, load_backbone
from core.training.spec.recipe import Recipe
from core.workspace import Workspace

MOST_TAUGHT = 1000
MOST_JUDGED = 500
"""More of them are drawn from: they would make comparing slower and hardly better."""


def judging_answers(folder: Path) -> list[Answer]:
    """What the run in `folder` said about the examples that judge choices: a test part is left for the end."""
    answers = read_answers(folder)
    return [answer for answer in answers if answer.part == "validation"] or answers


def look_back(
    folder: Path,
    model: TrainedModel,
    dataset: Dataset,
    recipe: Recipe,
    workspace: Workspace,
    stop: Callable[[], bool] = lambda: False,
) -> Generator[Event, None, Reference | None]:
    """The reference of the run in `folder`, which is then kept there; None when stopped on the way.

    Yields progress. `recipe` and `dataset` are those it was trained with; UserError as of `make_split`.
    """
    judges = {answer.example for answer in read_answers(folder)}
    at = {example.id: i for i, example in enumerate(dataset.examples)}
    share = recipe.validation_share or VALIDATION_SHARE
    train = make_split(dataset, seed=recipe.seed, validation_share=share, shots=recipe.shots).train
    taught = _some([i for i in train if dataset.examples[i].id not in judges], MOST_TAUGHT)
    judged = _some([at[a.example] for a in judging_answers(folder) if a.example in at], MOST_JUDGED)
    model_id = f"run:{folder.name}"
    vectors = yield from embed_dataset(
        dataset, get_card(model_id, workspace), lambda: load_backbone(model_id, workspace), workspace, model.size,
        sorted({*taught, *judged}), stop,
    )  # fmt: skip
    if vectors is None:
        return None
    with torch.inference_mode():
        seen = model.head.prepared(torch.from_numpy(vectors))
    number = {label: i for i, label in enumerate(model.classes)}
    of = torch.tensor([number[example.label] for example in dataset.examples])
    ids = tuple(dataset.examples[i].id for i in taught)
    Reference(seen[taught], of[taught], seen[judged], of[judged], ids).save(folder)
    return Reference.load(folder)  # in the precision in which everybody will see it


def _some(indices: Sequence[int], most: int) -> list[int]:
    """At most so many of them, always the same."""
    if len(indices) <= most:
        return list(indices)
    return [indices[i] for i in np.sort(np.random.default_rng(0).permutation(len(indices))[:most])]


# A finished run answers examples of a kept set that it was not asked about before.


def said_by(
    run_id: str,
    dataset: Dataset,
    indices: Sequence[int],
    part: str,
    workspace: Workspace,
    stop: Callable[[], bool] = lambda: False,
) -> Generator[Event, None, list[Answer] | None]:
    """What the run's model says about these examples, (n,) in order, as it was trained (see `answers.jsonl`).

    Yields progress; None when stopped on the way. RunError for a run without a model.
    """
    model_id, model = f"run:{run_id}", TrainedModel.load(workspace.runs / run_id, workspace)
    vectors = yield from embed_dataset(
        dataset, get_card(model_id, workspace), lambda: load_backbone(model_id, workspace), workspace, model.size,
        indices, stop,
    )  # fmt: skip
    if vectors is None:
        return None
    with torch.inference_mode():
        probabilities = model.head(torch.from_numpy(vectors[list(indices)])).softmax(1)
    return list(answers_of(dataset, part, indices, probabilities, model.classes))
