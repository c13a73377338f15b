"""The verbs that keep house: usage, bin, restore, rename, note, pin."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from core.cli.output import note as tell
from core.cli.output import print_json, say
from core.cli.verbs import Parser, Verb
from core.errors import RecipeError, UserError
from core.library.bin import Binned, empty, find_binned, list_bin, restore
from core.library.items import KINDS, Item, find_items, list_items
from core.library.remarks import rename, write_remark
from core.library.room import CACHES, clear, set_budget, sizes_of, usage
from core.messages import Message, quoted
from core.workspace import Workspace

_GIGABYTE = 1e9
_ORDERS: dict[str, Callable[[tuple[Item, int]], Any]] = {
    "newest": lambda pair: -pair[0].created,
    "largest": lambda pair: -pair[1],
    "name": lambda pair: pair[0].title.casefold(),
}


# --- usage ---


def _usage_flags(parser: Parser) -> None:
    parser.add_argument(
        "--sort", choices=tuple(_ORDERS), default="newest", help=Message("which comes first (default: newest)")
    )
    parser.add_argument("--budget", metavar="GB", help=Message("warn before all takes so many gigabytes; none: never"))
    parser.add_argument("--clear", choices=tuple(CACHES), help=Message("delete what can be made again"))


def tell_usage(flags: argparse.Namespace, workspace: Workspace) -> int:
    """List what there is with its size, and how much room all takes."""
    if flags.budget is not None:
        set_budget(_bytes(flags.budget), workspace)
    if flags.clear:
        clear(flags.clear, workspace)
    items = list_items(workspace)
    sizes = sizes_of(items, workspace)
    for item, size in sorted(((item, sizes[item.id] or 0) for item in items), key=_ORDERS[flags.sort]):
        print_json(_row(item, size)) if flags.json else _tell_item(item, size)
    found = usage(workspace)
    if flags.json:
        said = {"warning": found.warning} if found.warning else {}
        print_json({"parts": found.parts, "total": found.total, "free": found.free, "budget": found.budget, **said})
        return 0
    for _, name, size in found.named():
        if size:
            say("{size:bytes}  {name}", size=size, name=name)
    say("{total:bytes} together; {free:bytes} are free on this disk.", total=found.total, free=found.free)
    if found.warning:
        tell(found.warning)
    return 0


def _bytes(given: str) -> int | None:
    if given == "none":
        return None
    try:
        size = float(given)
    except ValueError:
        size = 0.0
    if not 0.01 <= size <= 1e6:
        raise RecipeError(
            Message("'{given}' is not a size in gigabytes.", given=given),
            Message("Give a number such as {example}, or none.", example="20"),
        )
    return round(size * _GIGABYTE)


def _row(item: Item, size: int) -> dict[str, Any]:
    return {
        item.kind: item.id, "title": item.title, "state": item.state, "created": _date(item.created), "bytes": size,
        "detail": item.detail, "note": item.remark.note, "pinned": item.remark.pinned, "origin": item.remark.origin,
    }  # fmt: skip


def _tell_item(item: Item, size: int) -> None:
    title = Message("{title} (pinned)", title=item.title) if item.remark.pinned else item.title
    say("{id}  {kind}  {size:bytes}  {date}  {title}: {detail}", id=item.id, kind=KINDS[item.kind], size=size,
        date=_date(item.created), title=title, detail=item.detail)  # fmt: skip
    if item.remark.note:
        say("    {note}", note=item.remark.note)


def _date(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")


# --- the bin ---


def _bin_flags(parser: Parser) -> None:
    parser.add_argument("--empty", action="store_true", help=Message("delete all of it for good"))


def tell_bin(flags: argparse.Namespace, workspace: Workspace) -> int:
    """List what was deleted and can come back, or let go of it for good."""
    entries = list_bin(workspace)
    if flags.empty:
        freed = empty(entries, workspace)
        if flags.json:
            print_json({"emptied": [entry.id for entry in entries], "bytes": freed})
        else:
            say("The bin is empty: {size:bytes} were freed.", size=freed)
        return 0
    for entry in entries:
        print_json(_binned(entry)) if flags.json else _tell_binned(entry)
    if not entries and not flags.json:
        say("The bin is empty.")
    return 0


def _binned(entry: Binned) -> dict[str, Any]:
    return {
        "binned": entry.id, "kind": entry.kind, "title": entry.title, "holds": entry.ids,
        "deleted": _date(entry.deleted), "goes": _date(entry.goes), "bytes": entry.bytes,
    }  # fmt: skip


def _tell_binned(entry: Binned) -> None:
    say("{id}  {kind}  {size:bytes}  until {date}  {title}", id=" ".join(entry.ids), kind=KINDS[entry.kind],
        size=entry.bytes, date=_date(entry.goes), title=entry.title)  # fmt: skip


def _ids_flags(parser: Parser) -> None:
    parser.add_argument("ids", nargs="+", metavar="ID", help=Message("what was deleted, as `bin` lists it"))


def bring_back(flags: argparse.Namespace, workspace: Workspace) -> int:
    """Bring back what was deleted."""
    for entry in {found.id: found for found in (find_binned(given, workspace) for given in flags.ids)}.values():
        restore(entry, workspace)
        for item_id in entry.ids:
            print_json({"restored": item_id}) if flags.json else say("Restored: {id}", id=item_id)
    return 0


# --- what is said of them ---


def _takes_item(parser: Parser) -> None:
    parser.add_argument("item", metavar="ID", help=Message("of a run, a study or a dataset"))


def _rename_flags(parser: Parser) -> None:
    _takes_item(parser)
    parser.add_argument("title", help=Message("its new name"))


def give_name(flags: argparse.Namespace, workspace: Workspace) -> int:
    """Give a run, a study or a dataset another name."""
    item = _whole(flags.item, workspace)
    title = rename(item.path, flags.title, workspace)
    print_json({item.kind: item.id, "title": title}) if flags.json else say("Renamed: {title}", title=title)
    return 0


def _note_flags(parser: Parser) -> None:
    _takes_item(parser)
    parser.add_argument("text", nargs="?", help=Message("the note; none: print the one there is; '': delete it"))


def note(flags: argparse.Namespace, workspace: Workspace) -> int:
    """Keep a note about a run, a study or a dataset, or print it."""
    item = _whole(flags.item, workspace)
    remark = item.remark if flags.text is None else replace(item.remark, note=flags.text.strip())
    if flags.text is not None:
        write_remark(item.path, remark)
    if flags.json:
        print_json({item.kind: item.id, "note": remark.note})
    elif remark.note:
        say(quoted(remark.note))
    return 0


def _pin_flags(parser: Parser) -> None:
    _takes_item(parser)
    parser.add_argument("--off", action="store_true", help=Message("unpin it"))


def pin(flags: argparse.Namespace, workspace: Workspace) -> int:
    """Keep a run, a study or a dataset at the top of lists, and from being deleted."""
    item = _whole(flags.item, workspace)
    write_remark(item.path, replace(item.remark, pinned=not flags.off))
    if flags.json:
        print_json({item.kind: item.id, "pinned": not flags.off})
    else:
        say(
            Message("Unpinned: {title}", title=item.title)
            if flags.off
            else Message("Pinned: {title}", title=item.title)
        )
    return 0


def _whole(given: str, workspace: Workspace) -> Item:
    """The item with this id. UserError where there is none, or it cannot be read."""
    (item,) = find_items([given], workspace)
    if item.why:
        raise UserError(item.why, Message("It can only be deleted."))
    return item


VERBS = (
    Verb("usage", tell_usage, Message("list what there is with its size; set a disk budget, clear caches"),
         _usage_flags),
    Verb("rename", give_name, Message("give a run, a study or a dataset another name"), _rename_flags),
    Verb("note", note, Message("keep a note about a run, a study or a dataset, or print it"), _note_flags),
    Verb("pin", pin, Message("keep a run, a study or a dataset at the top of lists, and from being deleted"),
         _pin_flags),
    Verb("bin", tell_bin, Message("list what was deleted and can come back, or delete it for good"), _bin_flags),
    Verb("restore", bring_back, Message("bring back what was deleted"), _ids_flags),
)  # fmt: skip
