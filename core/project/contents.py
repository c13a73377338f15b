"""What goes into a project file: what somebody chose, and whatever that cannot do without."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from core.errors import ProjectError
from core.library.items import Item, list_items, parts_of
from core.messages import Message
from core.runs.folder import RunFolder
from core.workspace import Workspace

_ORDER = ("dataset", "run", "study", "export")
"""What others need comes first, so that nothing is ever there before what it needs."""


@dataclass(frozen=True, slots=True)
class Contents:
    """The items, what others need first, and `notes` on what cannot be saved as it is."""

    items: tuple[Item, ...]
    notes: tuple[Message, ...]


def contents_of(chosen: Sequence[str], workspace: Workspace) -> Contents:
    """What belongs to the items with these ids; everything that is whole where none is named.

    A run takes along its dataset (with what that was changed from), the run that it started from, and the study that it
    was made for; a study its runs, a dataset its versions. ProjectError where a chosen one is not there or is damaged,
    or there is nothing at all.
    """
    items = list_items(workspace)
    known = {item.id: item for item in items}
    notes: list[Message] = []
    if chosen:
        wanted = [_whole(item_id.rpartition(":")[2], known) for item_id in chosen]
        wanted += [part for item in wanted for part in parts_of(item, items) if not why_unreadable(part)]
    else:
        wanted = [item for item in items if not why_unreadable(item)]
        notes += [
            Message("'{title}' is skipped: {why}", title=item.title or item.id, why=why)
            for item in items if (why := why_unreadable(item))
        ]  # fmt: skip
    found = _closed(wanted, known, notes)
    if not found:
        raise ProjectError(Message("There is nothing to save yet."), Message("Import examples, or train a model."))
    return Contents(tuple(sorted(found, key=_place)), tuple(dict.fromkeys(notes)))


def _place(item: Item) -> tuple[int, int, str]:
    """Where an item stands among others: ids of runs sort by time."""
    return _ORDER.index(item.kind), (item.about.get("lineage") or {}).get("version", 1), item.id


def why_unreadable(item: Item) -> Message | None:
    """What is damaged of an item, if anything is (its files are read for that, once in a process), or why else it
    cannot be saved."""
    if item.why or item.kind == "dataset":
        return item.why or None
    if item.kind == "export" and item.state != "completed":
        return Message("It is not finished.")
    found = RunFolder(item.path).damages()
    return found[0].why if found else None


def _whole(item_id: str, known: dict[str, Item]) -> Item:
    if item_id not in known:
        raise ProjectError(
            Message("There is no run, study or dataset with the id '{id}'.", id=item_id),
            Message("`python -m core usage` lists what there is."),
        )
    item = known[item_id]
    if why := why_unreadable(item):
        raise ProjectError(
            Message("'{title}' cannot be saved: {why}", title=item.title or item.id, why=why),
            Message("Remove it."),
        )
    return item


def _closed(wanted: Iterable[Item], known: dict[str, Item], notes: list[Message]) -> list[Item]:
    """The wanted ones and all they need; what is not here any more is noted."""
    found: dict[str, Item] = {}
    waiting = list(wanted)
    while waiting:
        item = waiting.pop()
        if item.id in found:
            continue
        found[item.id] = item
        parent = (item.about.get("lineage") or {}).get("parent")  # told of, but not needed
        for needed in sorted({*item.needs, *([parent] if parent in known else [])}):
            if needed in known and not why_unreadable(known[needed]):
                waiting.append(known[needed])
            else:
                notes.append(
                    Message("'{title}' is saved without something it was made with, which is not here any more or "
                            "damaged.", title=item.title)
                )  # fmt: skip
    return list(found.values())
