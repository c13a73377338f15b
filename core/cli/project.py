"""The verb about project files: `project save FILE`, `project open FILE`, `project show FILE`."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

from core.cli.output import language, listener, note, print_json, refuse_to_replace, say
from core.cli.verbs import Parser, Verb, takes_force
from core.errors import RecipeError
from core.events import drain
from core.library.items import KINDS
from core.messages import Message
from core.project.format import SUFFIX, Listed
from core.project.opening import look_into, open_project
from core.project.save import save_project
from core.workspace import Workspace


def _flags(parser: Parser) -> None:
    parser.add_argument("act", choices=("save", "open", "show"), help=Message("what to do with the file"))
    parser.add_argument("file", metavar="FILE", help=Message("the project file ({ending})", ending=SUFFIX))
    for flag, said in (
        ("--run", Message("save: this run, and what belongs to it; can be repeated")),
        ("--dataset", Message("save: this dataset with its versions; can be repeated")),
        ("--study", Message("save: this study and its runs; can be repeated")),
        ("--export", Message("save: this export and its run; can be repeated")),
    ):
        parser.add_argument(flag, action="append", dest="items", default=[], metavar="ID", help=said)
    parser.add_argument(
        "--without-originals", action="store_true",
        help=Message("save: the examples small or in part only, to show it to somebody"),
    )  # fmt: skip
    takes_force(parser)


def project(flags: argparse.Namespace, workspace: Workspace) -> int:
    """Save a part of the workspace as one file, open one, or say what is in it."""
    if flags.act != "save" and (flags.items or flags.without_originals or flags.force):
        raise RecipeError(
            Message("What is to be saved can only be chosen with `{act}`.", act="project save"),
            Message("A project is opened as a whole."),
        )
    return {"save": _save, "open": _open, "show": _show}[flags.act](flags, workspace)


def _save(flags: argparse.Namespace, workspace: Workspace) -> int:
    file = Path(flags.file)
    if file.suffix != SUFFIX:
        file = file.with_name(file.name + SUFFIX)
    refuse_to_replace(file, force=flags.force)
    stream = save_project(file, flags.items, workspace, language().code, originals=not flags.without_originals)
    saved = drain(stream, listener(flags))
    assert saved is not None  # nobody stops it here
    if flags.json:
        print_json({"saved": str(file.resolve()), **asdict(saved)})
        return 0
    _tell(saved.items)
    for said in saved.notes:
        note(said)
    say("Saved: {file} ({size:bytes})", file=str(file.resolve()), size=saved.bytes)
    if flags.without_originals:
        say("It shows your examples small or in part: look at it before you pass it on.")
    else:
        say("It holds your examples: look at it before you pass it on.")
    return 0


def _open(flags: argparse.Namespace, workspace: Workspace) -> int:
    opened = drain(open_project(Path(flags.file), workspace), listener(flags))
    assert opened is not None
    if flags.json:
        print_json({"opened": flags.file, **asdict(opened)})
        return 0
    _tell(opened.added)
    for item in opened.already:
        note("Here already: {title} ({id})", title=item.title, id=item.id)
    for item in opened.kept:
        note("'{title}' ({id}) is here in another state; the one that is here stays.", title=item.title, id=item.id)
    for said in opened.notes:
        note(said)
    say("Opened: {n} new, {m} here already", n=len(opened.added), m=len(opened.already) + len(opened.kept))
    return 0


def _show(flags: argparse.Namespace, workspace: Workspace) -> int:
    manifest = look_into(Path(flags.file), workspace)
    if flags.json:
        about = {key: value for key, value in manifest.to_dict().items() if key != "files"}
        print_json({**about, "files": len(manifest.files), "bytes": manifest.bytes})
        return 0
    _tell(manifest.items)
    say("Saved on {date}; {size:bytes} in {n} files", date=manifest.created, size=manifest.bytes, n=len(manifest.files))
    if not manifest.originals:
        say("To look at only: it holds the examples small or in part, not the originals.")
    return 0


def _tell(items: Iterable[Listed]) -> None:
    for item in items:
        kind = KINDS[item.kind]
        if item.state != "completed":
            kind = Message("{kind} ({state})", kind=kind, state=item.state)
        say("{id}  {kind}  {title}: {detail}", id=item.id, kind=kind, title=item.title, detail=item.detail)


VERBS = (
    Verb("project", project, Message("save a part of the workspace as one file, open one, or say what is in it"),
         _flags),
)  # fmt: skip
