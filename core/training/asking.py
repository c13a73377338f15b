"""A finished run answers examples of a kept set that it was not asked about before."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence

import torch

from core.data.dataset import Dataset
from core.events import Event
from core.models.catalogue import get_card
from core.models.embeddings import embed_dataset
from core.models.trained import TrainedModel, load_backbone
from core.training.answers import Answer, answers_of
from core.workspace import Workspace


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
