"""A finished run answers again: the examples that it was trained and evaluated on, or others of a kept dataset.

What it sees in its own examples is its reference: a new class is weighed against them, and "none of these" goes by how
alike an example is to them.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from contextlib import suppress

import numpy as np
import torch

from core.data.dataset import Dataset
from core.errors import StorageError
from core.evaluation.answers import Answer, answers_of
from core.events import Event
from core.models.catalogue import get_card
from core.models.embeddings import embed_dataset
from core.models.extended import Reference
from core.models.trained import TrainedModel, load_backbone
from core.results.finished_run import FinishedRun
from core.workspace import Workspace

MOST_TRAINING = 1000
MOST_HELD_OUT = 500
"""More of them are drawn from: they would make comparing slower and hardly better."""

Stop = Callable[[], bool]


def make_reference(
    run: FinishedRun, model: TrainedModel, stop: Stop = lambda: False
) -> Generator[Event, None, Reference | None]:
    """The reference of a run, which is then kept in its folder, if the disk allows; None when stopped on the way.

    Yields progress. DataError where the dataset was deleted, RunError where it is another one.
    """
    dataset = run.dataset
    train = _some(run.split.train, MOST_TRAINING)
    held_out = _some([run.place[answer.example] for answer in run.validation_answers], MOST_HELD_OUT)
    vectors = yield from _embedded(run.id, model, dataset, sorted({*train, *held_out}), run.workspace, stop)
    if vectors is None:
        return None
    with torch.inference_mode():
        seen = model.head.prepared(torch.from_numpy(vectors))
    number = {label: i for i, label in enumerate(model.classes)}
    of = torch.tensor([number[example.label] for example in dataset.examples])
    ids = tuple(dataset.examples[i].id for i in train)
    found = Reference(seen[train], of[train], seen[held_out], of[held_out], ids)
    with suppress(StorageError):
        found.save(run.folder.path)
    return found.rounded  # in the precision in which everybody will see it


def answers_on(
    run_id: str, dataset: Dataset, indices: Sequence[int], part: str, workspace: Workspace, stop: Stop = lambda: False
) -> Generator[Event, None, list[Answer] | None]:
    """What the run's model answers on these examples, (n,) in order, as it was trained (see `answers.jsonl`).

    Yields progress; None when stopped on the way. RunError for a run without a model.
    """
    model = TrainedModel.load(workspace.runs / run_id, workspace)
    vectors = yield from _embedded(run_id, model, dataset, indices, workspace, stop)
    if vectors is None:
        return None
    with torch.inference_mode():
        probabilities = model.head(torch.from_numpy(vectors[list(indices)])).softmax(1)
    return list(answers_of(dataset, part, indices, probabilities, model.classes))


def _embedded(
    run_id: str, model: TrainedModel, dataset: Dataset, indices: Sequence[int], workspace: Workspace, stop: Stop
) -> Generator[Event, None, np.ndarray | None]:
    """Embeddings (examples of the dataset, d) by the run's own backbone, filled in for these indices."""
    model_id = f"run:{run_id}"
    return (
        yield from embed_dataset(
            dataset, get_card(model_id, workspace), lambda: load_backbone(model_id, workspace), workspace, model.size,
            indices, stop,
        )
    )  # fmt: skip


def _some(indices: Sequence[int], most: int) -> list[int]:
    """At most so many of them, always the same."""
    if len(indices) <= most:
        return list(indices)
    return [indices[i] for i in np.sort(np.random.default_rng(0).permutation(len(indices))[:most])]
