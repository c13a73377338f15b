"""Open a project: all of it comes into the workspace, or nothing.

It is unpacked into a folder for the while, each file is compared with the list, everything is looked through (see
`vetting`), and only then moved to its place: examples first, then what needs them. Each thing arrives in one step, so a
kill leaves whole things behind, and opening the file again brings the rest.

What is here already is not touched. A thing with the same id is the same one, or a later or earlier state of it: then
the one that is here stays, and that is said.
"""

from __future__ import annotations

import os
import shutil
import zipfile
import zlib
from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

from core.data.dataset import ABOUT, FOREIGN, REDUCED
from core.data.store import filling, mark_foreign
from core.errors import ProjectError, UserError
from core.events import Event, Progress
from core.library.remarks import FILE as REMARK
from core.library.remarks import as_title, read_remark, write_remark
from core.limits import Limits
from core.messages import Message
from core.models.catalogue import get_card
from core.models.hub import PREFIX, cached_cards
from core.project.format import Listed, Manifest, opened, refused
from core.project.vetting import vet
from core.runs.folder import RunFolder
from core.storage import Damaged, own_name, read_json, remove, require_room, sync_all, write_json, writing
from core.training.spec.recipe import ANY_MODEL
from core.workspace import Workspace

_FOLDERS = {"dataset": "datasets", "run": "runs", "study": "studies", "export": "jobs"}
_CHUNK = 1024**2
_TELL_EVERY = 50

Stop = Callable[[], bool]


@dataclass(frozen=True, slots=True)
class Opened:
    """What came of it: the items that were `added`, that were here `already`, and those of which the one that is here
    was `kept` although it is in another state; the project's `language`; and `notes` on what cannot be done."""

    added: tuple[Listed, ...]
    already: tuple[Listed, ...]
    kept: tuple[Listed, ...]
    language: str
    originals: bool
    notes: tuple[Message, ...]


def look_into(file: Path, workspace: Workspace) -> Manifest:
    """What is in a project file, without opening it. ProjectError for any other file."""
    with opened(file, Limits.of(workspace)) as (_, manifest):
        return manifest


def open_project(
    file: Path, workspace: Workspace, name: str | None = None, stop: Stop = lambda: False
) -> Generator[Event, None, Opened | None]:
    """Bring all that is in a project file into the workspace. `name` is what the person calls the file.

    Yields progress; None when stopped on the way, and then nothing was kept. ProjectError for a file that cannot be
    opened, StorageError where the disk refuses or has no room.
    """
    name = name or file.name
    staging = workspace.staging / own_name("project")
    staged = Workspace(staging)
    with opened(file, Limits.of(workspace)) as (archive, manifest):
        require_room(workspace.staging, manifest.bytes)
        with writing(staging):
            staging.mkdir()
        try:
            with filling(workspace):
                for done, place in enumerate(manifest.files, start=1):
                    if stop():
                        return None
                    _unpack(name, archive, place, manifest, staging)
                    if done % _TELL_EVERY == 0 or done == len(manifest.files):
                        yield Progress("unpack", done, len(manifest.files))
                _check_listed(name, manifest, staging)
                yield from vet(name, staged)
                if stop():
                    return None
                with writing(staging):
                    _settle(name, manifest, staging)
                sync_all(staging)
                with writing(workspace.root):
                    return _move_in(manifest, staged, workspace)
        finally:
            shutil.rmtree(staging, ignore_errors=True)


def _unpack(name: str, archive: zipfile.ZipFile, place: str, manifest: Manifest, staging: Path) -> None:
    """One file, no larger than the list says, and with the digest that the list says."""
    path, record = staging / place, manifest.files[place]
    digest, left = sha256(), record.bytes
    try:
        with writing(path):
            path.parent.mkdir(parents=True, exist_ok=True)
        with writing(path), archive.open(place) as source, path.open("wb") as target:
            while chunk := source.read(min(_CHUNK, left + 1)):
                left -= len(chunk)
                if left < 0:
                    break
                digest.update(chunk)
                target.write(chunk)
    except (zipfile.BadZipFile, EOFError, ValueError, NotImplementedError, zlib.error) as error:
        raise _damaged(name, place) from error
    if left or digest.hexdigest() != record.sha256:
        raise _damaged(name, place)


def _damaged(name: str, place: str) -> ProjectError:
    return ProjectError(
        Message("'{name}' is damaged: the file '{file}' in it is not what was saved.", name=name, file=place),
        Message("Copy it again from where it was saved. Nothing of it was kept."),
    )


def _check_listed(name: str, manifest: Manifest, staging: Path) -> None:
    """What the list names in words is what lies there."""
    listed = {f"{_FOLDERS[item.kind]}/{item.id}" for item in manifest.items}
    there = {"/".join(place.split("/")[:2]) for place in manifest.files if not place.startswith("examples/")}
    if listed != there:
        raise refused(name, Message("its list does not name what is in it."))


def _settle(name: str, manifest: Manifest, staging: Path) -> None:
    """Nobody works on anything of it here, whatever it says; its titles are such as a person could have given; and it
    is noted where it comes from."""
    for item in manifest.items:
        folder = staging / _FOLDERS[item.kind] / item.id
        if item.kind == "dataset":
            about = read_json(folder / ABOUT)
            assert not isinstance(about, Damaged)  # it was just looked through
            write_json(folder / ABOUT, {**about, "title": as_title(about["title"]), FOREIGN: True})
        else:
            about = RunFolder(folder).about()
            mine = {"title": as_title(about["title"]), "claim": "", "runner": {"by": "project"}}
            write_json(folder / "run.json", {**about, **mine}, indent=1)
        remark = read_remark(folder)
        write_remark(folder, replace(remark, origin=as_title(remark.origin or name)))


def _move_in(manifest: Manifest, staged: Workspace, workspace: Workspace) -> Opened:
    for file in sorted(staged.examples.rglob("*.*")):
        target = workspace.examples / file.relative_to(staged.examples)
        if not target.exists():
            target.parent.mkdir(exist_ok=True)
            mark_foreign(target)
            os.replace(file, target)
    added: list[Listed] = []
    already: list[Listed] = []
    kept: list[Listed] = []
    for item in manifest.items:  # in the order in which they were saved: what others need comes first
        ours = getattr(workspace, _FOLDERS[item.kind]) / item.id
        theirs = staged.root / _FOLDERS[item.kind] / item.id
        if ours.exists() and _is_better(theirs, ours):
            remove(ours)
        if _is_placed(theirs, ours):
            added.append(item)
        else:
            (already if _is_same(theirs, ours) else kept).append(item)
    notes = [*_missing_models(added, workspace), *_what_cannot_be_done(manifest, workspace)]
    return Opened(tuple(added), tuple(already), tuple(kept), manifest.language, manifest.originals, tuple(notes))


def _is_placed(theirs: Path, ours: Path) -> bool:
    """Move a folder to its place; False where there is one already."""
    if ours.exists():  # an empty one would be replaced
        return False
    try:
        os.replace(theirs, ours)
    except OSError:
        if not ours.exists():  # else somebody else opens the same project
            raise
        return False
    return True


def _is_better(theirs: Path, ours: Path) -> bool:
    """Of one dataset, the one with the originals of its examples."""
    said = [read_json(folder / ABOUT) for folder in (theirs, ours)]
    reduced = [bool(about.get(REDUCED)) for about in said if not isinstance(about, Damaged)]
    return reduced == [False, True]


def _is_same(theirs: Path, ours: Path) -> bool:
    """Whether two folders of one id hold the same, whatever they are called and whatever is noted of them."""
    if theirs.parent.name == "datasets":
        return True  # its id is that of its content
    about = [read_json(folder / "run.json") for folder in (theirs, ours)]
    said = [{key: one.get(key) for key in ("kind", "created", "request", "state")}
            for one in about if not isinstance(one, Damaged)]  # fmt: skip
    return len(said) == 2 and said[0] == said[1] and _digests(theirs) == _digests(ours)


def _digests(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file() and path.suffix and not path.name.startswith(".") and path.name not in ("run.json", REMARK)
    }


def _missing_models(added: Iterable[Listed], workspace: Workspace) -> list[Message]:
    """A line for each model of the Hub, or of another version of the program, that is not on this computer."""
    found: dict[str, Message] = {}
    for item in added:
        if item.kind == "run":
            model = str(RunFolder(workspace.runs / item.id).request["recipe"].get("model", ""))
            settled = model != ANY_MODEL  # else it was left before it was known which
            if settled and model not in found and not _is_here(model, workspace):
                found[model] = Message(
                    "'{title}' needs the model {model}, which is not on this computer: it can be looked at, but not "
                    "tried or trained further.", title=item.title, model=model,
                )  # fmt: skip
    return list(found.values())


def _is_here(model: str, workspace: Workspace) -> bool:
    """Nobody is asked for a model of the Hub: only what is here counts."""
    if model.startswith(PREFIX):
        return model in [card.id for card in cached_cards()]
    try:
        get_card(model, workspace)
    except UserError:
        return False
    return True


def _what_cannot_be_done(manifest: Manifest, workspace: Workspace) -> list[Message]:
    """Nothing is said of datasets whose originals are here."""
    said = [read_json(workspace.datasets / item.id / ABOUT) for item in manifest.items if item.kind == "dataset"]
    if manifest.originals or not any(about.get(REDUCED) for about in said if not isinstance(about, Damaged)):
        return []
    return [
        Message(
            "It was saved to be looked at, without the originals of its examples: nothing can be trained again, "
            "checked or explained with them."
        )
    ]
