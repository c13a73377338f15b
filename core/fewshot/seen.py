"""Which examples one's own pretrained model has learnt from: on those it does better than on new ones."""

from __future__ import annotations

from core.data.dataset import Dataset
from core.errors import UserError
from core.models.ancestry import ancestry
from core.runs.folder import RunFolder
from core.training.answers import read_answers
from core.workspace import Workspace


def examples_seen(model_id: str, workspace: Workspace) -> set[str]:
    """Ids of the examples that taught the run `model_id`, and those that it started from, as far as is still known.

    A bundled or Hub model gives none: what it was pretrained on is not known here by example.
    """
    seen: set[str] = set()
    for one in ancestry(model_id, workspace).runs:
        try:
            dataset = Dataset.load(one.dataset, workspace)
        except UserError:  # the set was deleted
            continue
        judged = {answer.example for answer in read_answers(RunFolder.find(one.run, workspace).path)}
        seen |= {example.id for example in dataset.examples} - judged
    return seen
