"""Which examples one's own pretrained model has learnt from: on those it does better than on new ones."""

from __future__ import annotations

from core.data.dataset import Dataset
from core.errors import UserError
from core.models.catalog import about_model
from core.runs.folder import RunFolder
from core.training.answers import read_answers
from core.workspace import Workspace


def examples_seen(model_id: str, workspace: Workspace) -> set[str]:
    """Ids of the examples that taught the run `model_id`, and those that it started from, as far as is still known.

    A bundled or Hub model gives none: what it was pretrained on is not known here by example.
    """
    seen: set[str] = set()
    while model_id.startswith("run:"):
        folder = RunFolder(workspace.runs / model_id.removeprefix("run:"))
        try:
            dataset = Dataset.load(folder.request["dataset"], workspace)
            model_id = about_model(folder.id, workspace)["parent"]
        except (UserError, OSError, KeyError):  # the set or the run was deleted
            return seen
        judged = {answer.example for answer in read_answers(folder.path)}
        seen |= {example.id for example in dataset.examples} - judged
    return seen
