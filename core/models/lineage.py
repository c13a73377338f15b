"""Where a model comes from: the run that made it, the run that this started from, and so on to one from elsewhere."""

from __future__ import annotations

from dataclasses import dataclass

from core.errors import UserError
from core.messages import NOTHING, Message, quoted
from core.models.catalogue import RUN, about_model, get_card
from core.runs.folder import RunFolder
from core.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Ancestor:
    """One run of a chain: its title is that of the dataset it was trained on, unless somebody named it."""

    run: str
    title: str
    dataset: str
    strategy: str


@dataclass(frozen=True, slots=True)
class ModelLineage:
    """The model at the beginning, by title (nothing when it is no longer known), and the runs since, oldest first."""

    origin: Message
    runs: tuple[Ancestor, ...]


def model_lineage(model_id: str, workspace: Workspace) -> ModelLineage:
    """The chain behind any model id. A run that was deleted ends it."""
    runs: list[Ancestor] = []
    while model_id.startswith(RUN):
        run_id = model_id.removeprefix(RUN)
        try:
            folder = RunFolder.find(run_id, workspace)
            recipe = folder.request["recipe"]
            runs.append(Ancestor(run_id, folder.title, folder.request["dataset"], recipe["strategy"]))
            model_id = about_model(run_id, workspace)["parent"]
        except (UserError, OSError, KeyError):
            return ModelLineage(NOTHING, tuple(reversed(runs)))
    try:
        return ModelLineage(get_card(model_id, workspace).title, tuple(reversed(runs)))
    except UserError:  # a model of the Hub that is no longer here
        return ModelLineage(quoted(model_id), tuple(reversed(runs)))
