"""What is deleted, on the command line: the verb that does it, and what is damaged, one entry in each list."""

from __future__ import annotations

import argparse
from collections.abc import Iterable

from core.cli.output import note, print_json, say
from core.cli.verbs import Parser, Verb
from core.library.bin import KEEP_DAYS, delete, empty
from core.library.items import list_items
from core.messages import Message, counted
from core.runs.folder import RunFolder
from core.storage import DamagedFolder
from core.workspace import Workspace


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
    parser.add_argument(
        "ids", nargs="*", metavar="ID",
        help=Message("of a run, a study, a dataset or an export; none: list what is damaged"),
    )  # fmt: skip
    parser.add_argument(
        "--for-good", action="store_true", help=Message("delete it at once, without a way back through the bin")
    )


def remove(flags: argparse.Namespace, workspace: Workspace) -> int:
    """Delete runs, studies, datasets and exports, or list all that are damaged."""
    if not flags.ids:
        damaged = _damaged(workspace)
        for named, found in damaged.items():
            tell_damaged(found, flags, named)
        if not flags.json and not any(damaged.values()):
            say("Nothing is damaged.")
        return 0
    entries = delete(flags.ids, workspace)
    if flags.for_good:
        empty(entries, workspace)
    for entry in entries:
        for item_id in entry.ids:
            print_json({"removed": item_id}) if flags.json else say("Removed: {id}", id=item_id)
    if not flags.for_good:
        ids = " ".join(entry.ids[0] for entry in entries)
        note(
            counted(
                "For {n} day it can come back: {command}", "For {n} days it can come back: {command}", n=KEEP_DAYS,
                command=f"python -m core restore {ids}",
            )
        )  # fmt: skip
    return 0


def _damaged(workspace: Workspace) -> dict[str, list[DamagedFolder]]:
    found: dict[str, list[DamagedFolder]] = {"run": [], "study": [], "dataset": [], "export": []}
    for item in list_items(workspace):
        if item.state == "damaged":
            found[item.kind].append(DamagedFolder(item.path, item.why, item.title))
    return found


VERBS = (
    Verb("remove", remove, Message("delete runs, studies, datasets and exports; without any, list what is damaged"),
         _flags),
)  # fmt: skip
