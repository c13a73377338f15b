"""What of a dataset, a run, a study or an export goes into a project file, and what of it is written otherwise there.

What lies in a workspace names no place on this computer but one: where a dataset was read from, which is left out. A
run that is under way is taken as a kill would leave it, at its last checkpoint, so that it can go on elsewhere.

Without the originals ("to look at only"), each example is replaced by its thumbnail (of a message its beginning) and
called by a number; and what would tell more of it, the checkpoints of unfinished runs and the samples of exports, is
left out.
"""

from __future__ import annotations

import json
import shutil
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

from core.data.dataset import ABOUT, EXAMPLES, REDUCED, THUMBNAILS, Dataset
from core.data.findings import FINDINGS
from core.data.samples import shown_title
from core.data.store import named_in
from core.errors import DataError, ModelError, ProjectError, UnreadableExampleError, UserError
from core.library.items import Item
from core.messages import Message, counted
from core.modalities import get_modality
from core.modalities.base import Modality
from core.models.added import with_names
from core.models.catalogue import about_model
from core.project.format import is_place
from core.project.numbering import without_names
from core.runs.folder import LOG, RunFolder
from core.storage import (
    Damaged,
    append_line,
    damage,
    read_json,
    read_log,
    write_json,
    write_lines,
    write_sealed,
)
from core.studies.registry import STUDIES
from core.workspace import Workspace

_TRIES = 5
"""So often a run is looked at that ends, pauses or begins at the very moment in which it is read."""


@dataclass
class Gathering:
    """Files by their place in the project: as they lie in the workspace, or rewritten in a folder for the while."""

    workspace: Workspace
    staging: Path
    originals: bool
    files: dict[str, Path] = field(default_factory=dict)
    notes: list[Message] = field(default_factory=list)

    def take(self, place: str, source: Path) -> None:
        if is_place(place):
            self.files[place] = source

    def rewritten(self, place: str) -> Path:
        """Where the file that is to lie at `place` is written."""
        path = self.staging / place
        path.parent.mkdir(parents=True, exist_ok=True)
        self.take(place, path)
        return path


def gather(item: Item, gathering: Gathering) -> bool:
    """Take what belongs to an item; False where it is left out, which is noted. DataError or ProjectError where it was
    deleted meanwhile or is damaged."""
    if item.kind == "dataset":
        _gather_dataset(item, gathering)
        return True
    why = None if gathering.originals else _why_not_shown(item, gathering.workspace)
    if why is not None:
        gathering.notes.append(why)
        return False
    _gather_job(item, gathering)
    return True


def _why_not_shown(item: Item, workspace: Workspace) -> Message | None:
    """Why a job cannot be among what is only shown: it holds examples, or names people."""
    if item.kind == "export":
        return Message("Exports are skipped, since they hold examples as samples.")
    if item.kind == "run" and _holds_examples(item, workspace):
        return Message(
            "'{title}' is skipped, since its model holds the examples that it was trained on.", title=item.title
        )
    if item.kind == "study" and (study := STUDIES.get(item.about["request"].get("study", ""))) and study.names_givers:
        return Message("'{title}' is skipped, since it names who gave the examples.", title=item.title)
    return None


def _holds_examples(item: Item, workspace: Workspace) -> bool:
    """Whether the model of a run, if it has one, answers from its training examples."""
    try:
        return bool(about_model(item.id, workspace)["card"].get("in_context"))
    except ModelError:
        return False


# --- datasets ---------------------------------------------------------------------------------------------------------


def _gather_dataset(item: Item, gathering: Gathering) -> None:
    dataset = Dataset.load(item.id, gathering.workspace)
    place, kind = f"datasets/{item.id}", dataset.kind
    for path in item.path.iterdir():
        if path.is_file() and path.name not in (ABOUT, EXAMPLES) and damage(path) is None:
            gathering.take(f"{place}/{path.name}", path)
    about = {key: value for key, value in item.about.items() if key not in ("source", "addition")}
    if item.about.get("sample") and "source" in item.about:
        about["source"] = item.about["source"]  # "sample:..." is no place on this computer
    if gathering.originals or dataset.reduced:
        gathering.take(f"{place}/{EXAMPLES}", item.path / EXAMPLES)
        _gather_originals(dataset, item, gathering)
    else:
        about |= {REDUCED: True, **_shortened_changes(about, kind)}
        if dataset.unlabelled:
            left = Message(
                "The examples of '{title}' that have no class are skipped.", title=shown_title(dataset.title)
            )
            gathering.notes.append(left)
        found = read_json(item.path / FINDINGS)
        numbered = without_names(
            dataset,
            _imported(item, dataset, gathering.workspace),
            about,
            [] if isinstance(found, Damaged) else found["findings"],
        )
        about = numbered.about
        if not isinstance(found, Damaged):
            write_json(gathering.rewritten(f"{place}/{FINDINGS}"), {**found, "findings": numbered.findings})
        small = [_thumbnail(dataset, index, gathering, place) for index in range(len(dataset.examples))]
        rows = ({**row, "text": text} for row, text in zip(numbered.examples, small, strict=True))
        write_lines(gathering.rewritten(f"{place}/{EXAMPLES}"), rows)
    write_json(gathering.rewritten(f"{place}/{ABOUT}"), about)


def _imported(item: Item, dataset: Dataset, workspace: Workspace) -> Dataset | None:
    """What a version was made of, if it is still here."""
    root = (item.about.get("lineage") or {}).get("root", item.id)
    try:
        return dataset if root == item.id else Dataset.load(root, workspace)
    except DataError:
        return None


def _gather_originals(dataset: Dataset, item: Item, gathering: Gathering) -> None:
    """What the store holds of a dataset; of one without originals, the thumbnails in its own folder."""
    named = named_in(item.path)
    assert not isinstance(named, Damaged)  # it was just read
    own = f"datasets/{item.id}/{THUMBNAILS}" if dataset.reduced else "examples"
    missing = 0
    for one in sorted(named):
        for path in dataset.kind.files(one, dataset.store):
            if damage(path) is None:
                gathering.take(f"{own}/{path.relative_to(dataset.store).as_posix()}", path)
            else:
                missing += 1
    if missing:
        gathering.notes.append(
            counted(
                "{n} example of '{title}' is damaged or gone here, and so it is in the project.",
                "{n} examples of '{title}' are damaged or gone here, and so they are in the project.",
                n=missing, title=shown_title(dataset.title),
            )
        )  # fmt: skip


def _thumbnail(dataset: Dataset, index: int, gathering: Gathering, place: str) -> str | None:
    """Keep the thumbnail of an example in a store of the dataset's own, or give it as text; neither where it is
    damaged, or its kind has none."""
    kind, example = dataset.kind, dataset.examples[index]
    store = gathering.staging / place / THUMBNAILS
    try:
        small = kind.thumbnail(dataset.payload(index))
    except UnreadableExampleError:
        return None
    if small is None:
        return None
    text: str | None = kind.keep(small, example.id, store)
    for path in kind.files(example.id, store):
        gathering.take(f"{place}/{THUMBNAILS}/{path.relative_to(store).as_posix()}", path)
    return text


def _shortened_changes(about: dict[str, Any], kind: Modality[Any, Any]) -> dict[str, Any]:
    """The lineage of a dataset, in which examples that were added are as short as all others."""
    lineage = about.get("lineage")
    if not lineage:
        return {}

    def short(example: dict[str, Any]) -> dict[str, Any]:
        text = example.get("text")
        small = None if text is None else kind.thumbnail(kind.load(example["id"], text, Path()))
        return {**example, "text": None if small is None else kind.keep(small, example["id"], Path())}

    changes = [{**change, "added": [short(one) for one in change["added"]]} for change in lineage["changes"]]
    return {"lineage": {**lineage, "changes": changes}}


# --- runs, studies, exports -------------------------------------------------------------------------------------------


def _gather_job(item: Item, gathering: Gathering) -> None:
    folder = RunFolder(item.path)
    try:
        for _ in range(_TRIES):
            before = folder.about()
            files = _files_of(folder, gathering) if not folder.status().active else _snapshot(folder, gathering)
            if folder.about() == before:
                break
        status = folder.status()
    except (UserError, FileNotFoundError) as error:
        raise ProjectError(
            Message("'{title}' was deleted while it was being saved.", title=item.title),
            Message("Save the project again."),
        ) from error
    place = f"{item.path.parent.name}/{item.id}"
    for name, path in files.items():
        gathering.take(f"{place}/{name}", path)
    elsewhere: dict[str, Any] = {"claim": "", "runner": {"by": "project"}}
    if status.active or status.state != before["state"]:
        elsewhere |= {"state": "interrupted", "reason": status.reason or _UNDER_WAY}
    if status.active:
        gathering.notes.append(
            Message(
                "'{title}' is under way: it is saved as far as it has come (a training: to its last checkpoint).",
                title=item.title,
            )
        )
    elif status.resumable and not gathering.originals:
        gathering.notes.append(
            Message("'{title}' was left unfinished, and cannot be resumed without the originals.", title=item.title)
        )
    about = _without_places({**before, **elsewhere}, gathering.workspace)
    write_json(gathering.rewritten(f"{place}/run.json"), about, indent=1)
    if log := files.get(LOG):
        _gather_log(log, f"{place}/{LOG}", gathering)


def _gather_log(log: Path, place: str, gathering: Gathering) -> None:
    """The log of a job as it is, unless it tells where the workspace lies: what a disk refused names the folder."""
    told = json.dumps(str(gathering.workspace.root), ensure_ascii=False)[1:-1].encode()
    if told in log.read_bytes():
        path = gathering.rewritten(place)
        for row in read_log(log).rows:
            append_line(path, json.dumps(_without_places(row, gathering.workspace), ensure_ascii=False))


def _without_places(data: Any, workspace: Workspace) -> Any:
    """The same data, in which no text says where the workspace lies."""
    if isinstance(data, Message):
        return Message.from_dict(_without_places(data.to_dict(), workspace))
    if isinstance(data, dict):
        return {key: _without_places(value, workspace) for key, value in data.items()}
    if isinstance(data, (list, tuple)):
        return [_without_places(value, workspace) for value in data]
    return data.replace(str(workspace.root), "\u2026") if isinstance(data, str) else data


_UNDER_WAY = Message("It was under way when the project was saved.")


def _files_of(folder: RunFolder, gathering: Gathering) -> dict[str, Path]:
    """The files of a job by their names in its folder, save what others must not see."""
    found: dict[str, Path] = {}
    for path in sorted(folder.path.rglob("*")):
        name = path.relative_to(folder.path).as_posix()
        if not path.is_file() or name in ("run.json", "error.txt") or path.name.startswith("."):
            continue
        if not gathering.originals and path == folder.checkpoint:
            continue
        if not gathering.originals and path.parent.name == "added" and path.suffix == ".safetensors":
            path = _shortened_addition(path, folder, gathering)
        found[name] = path
    return found


def _snapshot(folder: RunFolder, gathering: Gathering) -> dict[str, Path]:
    """The files of a job that is under way, as they are now: the checkpoint first, so that the log knows of all that
    it holds, as after a kill."""
    here = gathering.staging / folder.id
    shutil.rmtree(here, ignore_errors=True)
    found = _files_of(folder, gathering)
    copied: dict[str, Path] = {}
    for name, path in sorted(found.items(), key=lambda pair: pair[1] != folder.checkpoint):
        with suppress(FileNotFoundError):  # it is over now, and its checkpoint gone
            (here / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, here / name)
            copied[name] = here / name
    return copied


def _shortened_addition(path: Path, folder: RunFolder, gathering: Gathering) -> Path:
    """What was added to a model, whose examples have numbers for names; messages, which are named by themselves, their
    beginnings."""
    here = gathering.staging / "added" / folder.id / path.name
    here.parent.mkdir(parents=True, exist_ok=True)
    kind = get_modality(about_model(folder.id, gathering.workspace)["card"]["modality"])
    number = count(1)
    write_sealed(here, with_names(path, lambda name: str(kind.thumbnail(name) if kind.is_text else next(number))))
    return here
