"""Which runs took part in a race, so that lists of runs are not flooded with them."""

from __future__ import annotations

from core.runs.folder import RunFolder
from core.workspace import Workspace, is_safe_id


def race_of(run: RunFolder) -> str | None:
    """The id of the race that a training run took part in."""
    return run.request.get("race")


def stands_alone(run: RunFolder, workspace: Workspace) -> bool:
    """True for a run that a person asked for, and for the one that its race recommends."""
    race_id = race_of(run)
    return race_id is None or recommended_run(race_id, workspace) == run.id


def recommended_run(race_id: str, workspace: Workspace) -> str | None:
    """The run that a race recommends; None while it is under way, and where it recommends none."""
    folder = RunFolder(workspace.studies / race_id)
    if not is_safe_id(race_id) or not (folder.path / "run.json").exists():
        return None
    result = folder.about().get("result") or {}
    return (result.get("recommendation") or {}).get("run")
