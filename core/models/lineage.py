"""Where a model comes from: the run that made it, the run that this started from, and so on to one from elsewhere."""

from __future__ import annotations

from dataclasses import dataclass

from core.errors import UserError
from core.models.catalogue import about_model, get_card
from core.runs.folder import RunFolder
from core.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Ancestor:
    """One run of a chain: its title is that of the set it learnt from, unless somebody named it."""

    run: str
    title: str
    dataset: str
    strategy: str


@dataclass(frozen=True, slots=True)
class Ancestry:
    """The model at the beginning, by title ("" when it is no longer known), and the runs since, the oldest first."""

    origin: str
    runs: tuple[Ancestor, ...]


def ancestry(model_id: str, workspace: Workspace) -> Ancestry:
    """The chain behind any model id. A run that was deleted ends it."""
    runs: list[Ancestor] = []
    while model_id.startswith("run:"):
        run_id = model_id.removeprefix("run:")
        try:
            folder = RunFolder.find(run_id, workspace)
            recipe = folder.request["recipe"]
            runs.append(Ancestor(run_id, folder.title, folder.request["dataset"], recipe["strategy"]))
            model_id = about_model(run_id, workspace)["parent"]
        except (UserError, OSError, KeyError):
            return Ancestry("", tuple(reversed(runs)))
    try:
        return Ancestry(get_card(model_id, workspace).title, tuple(reversed(runs)))
    except UserError:  # a model of the Hub that is no longer here
        return Ancestry(model_id, tuple(reversed(runs)))
