"""What is damaged, on the command line: one entry in each list, and the verb that removes it."""

from __future__ import annotations

import argparse
from collections.abc import Iterable

from core.cli.output import note, print_json, say
from core.cli.verbs import Parser, Verb
from core.data.dataset import damaged_datasets
from core.errors import UserError
from core.messages import Message
from core.runs.folder import RunFolder, damaged_jobs
from core.storage import DamagedFolder, remove
from core.workspace import Workspace, is_safe_id


def tell_damaged(found: Iterable[DamagedFolder], flags: argparse.Namespace, named: str) -> None:
    """An entry for each of what cannot be read; `named` says under what name JSON has its id ("run", "dataset")."""
    for entry in found:
        if flags.json:
            print_json({named: entry.id, "state": "damaged", "title": entry.title, "why": entry.why})
        else:
            say("{id}  {damaged}  {title}", id=entry.id, damaged=entry.message, title=entry.title)


def note_damages(run: RunFolder) -> None:
    """What is damaged of a run that is told of all the same, each in a line to standard error."""
    for found in run.damages():
        note(found.message)


def _flags(parser: Parser) -> None:
    parser.add_argument("ids", nargs="*", metavar="ID", help=Message("of a run, a study or a dataset; none: list them"))


def remove_damaged(flags: argparse.Namespace, workspace: Workspace) -> int:
    """Remove runs, studies and datasets that are damaged, or list all there are."""
    if not flags.ids:
        damaged = _damaged(workspace)
        for named, found in damaged.items():
            tell_damaged(found, flags, named)
        if not flags.json and not any(damaged.values()):
            say("Nothing is damaged.")
        return 0
    chosen = [_find(given.partition(":")[2] or given, workspace) for given in flags.ids]
    for entry in chosen:
        remove(entry.path)
        print_json({"removed": entry.id}) if flags.json else say("Removed: {id}", id=entry.id)
    return 0


def _damaged(workspace: Workspace) -> dict[str, list[DamagedFolder]]:
    return {
        "run": damaged_jobs(workspace.runs),
        "study": damaged_jobs(workspace.studies),
        "dataset": damaged_datasets(workspace),
    }


def _find(given: str, workspace: Workspace) -> DamagedFolder:
    """What is damaged under this id. UserError when there is nothing, or it is whole: that is never removed."""
    for entry in (entry for found in _damaged(workspace).values() for entry in found):
        if entry.id == given:
            return entry
    for parent in (workspace.runs, workspace.studies, workspace.datasets):
        path = parent / given
        if is_safe_id(given) and path.is_dir():
            if parent != workspace.datasets and (damages := RunFolder(path).damages()):
                return DamagedFolder(path, damages[0].why)
            raise UserError(Message("'{id}' is not damaged.", id=given), Message("Nothing was removed."))
    raise UserError(
        Message("There is no run, study or dataset with the id '{id}'.", id=given), Message("Nothing was removed.")
    )


VERBS = (
    Verb("remove", remove_damaged, Message("remove runs, studies and datasets that are damaged, or list them"), _flags),
)
