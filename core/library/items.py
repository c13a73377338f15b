"""What a workspace keeps: datasets with their versions, runs, studies and exports, each with what tells it from others.

Everything is read from the few files that say so, so that hundreds of runs are listed in a moment. What is damaged, or
was made by an earlier version of the program, is an item as well: it takes room, and can be deleted.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from core.data.dataset import ABOUT, REDUCED, damaged_datasets, kept_datasets
from core.errors import RunError, UserError
from core.library.remarks import Remark, read_remark
from core.messages import NOTHING, Message, counted
from core.modalities import get_modality
from core.models.catalogue import RUN
from core.runs.folder import ACTIVE, REMOVE, RunFolder
from core.storage import Damaged, not_ours, read_json
from core.studies.comparison.design import OWN, SHARED
from core.studies.registry import STUDIES
from core.training.spec.recipe import model_and_method, model_title
from core.workspace import Workspace, is_safe_id

Kind = Literal["dataset", "run", "study", "export"]

KINDS: dict[Kind, Message] = {
    "dataset": Message("Dataset"), "run": Message("Run"), "study": Message("Study"), "export": Message("Export"),
}  # fmt: skip
"""What each is called."""


_JOBS = {"runs": "train", "studies": "study"}
"""The one kind of job that each of these folders holds."""
_FOLDERS: dict[str, Kind] = {"datasets": "dataset", "runs": "run", "studies": "study", "jobs": "export"}


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that is kept. `created` is in seconds since 1970; `detail` tells it from others of its kind (how many
    examples, how good); `about` is what its own file says, nothing where that cannot be read, and `why` then says it.
    """

    kind: Kind
    id: str
    path: Path
    title: str
    created: float
    state: str
    detail: Message
    remark: Remark
    about: dict[str, Any] = field(default_factory=dict)
    why: Message = NOTHING

    @property
    def needs(self) -> set[str]:
        """The ids of what it was made from, and cannot go on without."""
        return needed_by(self.about) - {self.id}

    @property
    def bytes(self) -> int:
        """What its own folder takes; the pictures of a dataset lie elsewhere (see `core.data.store`)."""
        return folder_bytes(self.path)


def needed_by(about: dict[str, Any]) -> set[str]:
    """The ids that a `dataset.json` or a `run.json` names."""
    request, design = about.get("request", {}), about.get("request", {}).get("design", {})
    recipe, result = request.get("recipe", {}), about.get("result") or {}
    lineage, model = about.get("lineage") or {}, str(recipe.get("model", ""))
    named = [
        lineage.get("root"), request.get("dataset"), request.get("into"), request.get("run"), request.get("study"),
        *request.get("runs", ()), *design.get("runs", ()), design.get("on"), result.get("dataset"),
        model.removeprefix(RUN) if model.startswith(RUN) else None,
    ]  # fmt: skip
    return {one for one in named if isinstance(one, str) and one not in ("", OWN, SHARED, *STUDIES)}


def list_items(workspace: Workspace) -> list[Item]:
    """All there is, the newest first; what is pinned before all others."""
    found = [
        *_datasets(workspace), *_jobs(workspace.runs, "run"), *_jobs(workspace.studies, "study"),
        *_jobs(workspace.jobs, "export"),
    ]  # fmt: skip
    return sorted(found, key=lambda item: (not item.remark.pinned, -item.created))


def find_items(given: Iterable[str], workspace: Workspace) -> list[Item]:
    """The items with these ids ("run:" and the like may stand before them), each once. UserError where there is none
    under one of them."""
    items = {item.id: item for item in list_items(workspace)}
    asked = dict.fromkeys(one.rpartition(":")[2] for one in given)
    for one in asked:
        if one not in items:
            for parent in _FOLDERS:
                if binned := workspace.binned(parent, one, ABOUT if parent == "datasets" else "run.json"):
                    raise UserError(*binned)
            raise UserError(
                Message("There is no run, study or dataset with the id '{id}'.", id=one),
                Message("`python -m core usage` lists what there is."),
            )
    return [items[one] for one in asked]


def parts_of(whole: Item, items: Iterable[Item]) -> list[Item]:
    """What cannot do without an item, and goes where it goes: the later versions of a dataset, which are changes of
    what was imported, and the runs of a benchmark."""
    return [item for item in items if item.id != whole.id and whole.id in (_root(item), _study(item))]


def kind_of_folder(parent: str) -> Kind:
    """What lies in the folder of the workspace with this name."""
    return _FOLDERS[parent]


def title_in(folder: Path) -> str:
    """What the thing in a folder is called; "" where that is not known any more."""
    about = read_json(folder / (ABOUT if (folder / ABOUT).exists() else "run.json"))
    known = about.rescued or {} if isinstance(about, Damaged) else about
    return str(known.get("title", ""))


def folder_bytes(place: Path | str) -> int:
    """How much room a file takes, or all files in a folder; what goes away meanwhile counts nothing."""
    try:
        with os.scandir(place) as entries:
            found = list(entries)
    except NotADirectoryError:
        return Path(place).stat().st_size
    except OSError:
        return 0
    size = 0
    for entry in found:
        with suppress(OSError):
            size += folder_bytes(entry.path) if entry.is_dir(follow_symlinks=False) else entry.stat().st_size
    return size


def _root(item: Item) -> str:
    return str((item.about.get("lineage") or {}).get("root", ""))


def _study(item: Item) -> str:
    return str(item.about["request"].get("study", "")) if item.kind == "run" and item.about else ""


def _datasets(workspace: Workspace) -> Iterator[Item]:
    for dataset_id, about in kept_datasets(workspace):
        path = workspace.datasets / dataset_id
        with suppress(FileNotFoundError):  # it was deleted meanwhile
            made, remark = (path / ABOUT).stat().st_mtime, read_remark(path)
            detail = _dataset_detail(about)
            yield Item("dataset", dataset_id, path, about["title"], made, "completed", detail, remark, about)
    for entry in damaged_datasets(workspace):
        yield _unreadable("dataset", entry.path, entry.title, "damaged", entry.why)


def _dataset_detail(about: dict[str, Any]) -> Message:
    size = get_modality(about["modality"]).count(sum(about["counts"].values()))
    classes = counted("{n} class", "{n} classes", n=len(about["counts"]))
    detail = Message("{examples}, {classes}", examples=size, classes=classes)
    if version := (about.get("lineage") or {}).get("version"):
        detail = Message("version {n}: {size}", n=version, size=detail)
    return Message("{size}, to look at only", size=detail) if about.get(REDUCED) else detail


def _jobs(parent: Path, kind: Kind) -> Iterator[Item]:
    for path in parent.glob("*"):
        with suppress(FileNotFoundError, NotADirectoryError):  # it was deleted meanwhile, or is a stray file
            if is_safe_id(path.name) and any(path.iterdir()) and (kind != "export" or is_export(path)):
                yield _job(RunFolder(path), kind)


def is_export(job: Path) -> bool:
    """Whether the folder of a short job holds an export, which is kept until somebody deletes it. One that is damaged
    goes with the others, when its time is over."""
    with suppress(RunError):
        return about_job(job)["kind"] == "export"
    return False


def about_job(folder: Path) -> dict[str, Any]:
    """What `run.json` in a job's folder says; read again only when it was written again. Errors as of
    `RunFolder.about`."""
    try:
        file = (folder / "run.json").stat()
    except OSError:
        return RunFolder(folder).about()  # which says why
    return _about(folder, (file.st_ino, file.st_size, file.st_mtime_ns))


@lru_cache(8192)
def _about(folder: Path, written: tuple[int, ...]) -> dict[str, Any]:
    about = RunFolder(folder).about()
    try:
        if about["kind"] != _JOBS.get(folder.parent.name, about["kind"]):
            raise ValueError(about["kind"])
        if detail := _DETAILS.get(about["kind"]):  # what lists say of it can be said
            str(detail(about, _workspace_of(folder)))
            needed_by(about)
    except (ValueError, TypeError, KeyError, AttributeError, ArithmeticError) as error:
        raise RunError(not_ours(folder / "run.json").why, REMOVE) from error
    return about


def _job(folder: RunFolder, kind: Kind) -> Item:
    path = folder.path
    try:
        about = about_job(path)
    except RunError as error:
        return _unreadable(kind, path, title_in(path), "earlier" if folder.is_earlier else "damaged", error.problem)
    state = folder.status().state if about["state"] in ACTIVE else about["state"]
    made = datetime.fromisoformat(about["created"]).timestamp()
    detail = _DETAILS[about["kind"]](about, _workspace_of(path))
    return Item(kind, folder.id, path, about["title"], made, state, detail, read_remark(path), about)


def _unreadable(kind: Kind, path: Path, title: str, state: str, why: Message) -> Item:
    return Item(kind, path.name, path, title, path.stat().st_mtime, state, why, read_remark(path), {}, why)


def _workspace_of(job: Path) -> Workspace:
    return Workspace(job.parent.parent)


def _run_detail(about: dict[str, Any], workspace: Workspace) -> Message:
    model, method = model_and_method(about["request"]["recipe"], workspace)
    result = about.get("result") or {}
    score = result.get("test") or result.get("validation")
    if not score:
        return Message("{model} · {method}", model=model, method=method)
    return Message("{share:percent} · {model} · {method}", share=score["accuracy"], model=model, method=method)


def _study_detail(about: dict[str, Any], workspace: Workspace) -> Message:
    kind = STUDIES.get(about["request"].get("study", ""))
    if kind is None:
        return Message("of a kind that this version does not know")
    try:
        design = kind.design.from_dict(about["request"]["design"])
    except UserError:  # another version of the program made it
        return kind.title
    about, models = design.title(), [model_title(model, workspace) for model in design.model_ids()]
    if models:
        return Message("{study} · {models:list} · {title}", study=kind.title, models=models, title=about)
    return Message("{study} · {title}", study=kind.title, title=about) if about else kind.title


def _export_detail(about: dict[str, Any], workspace: Workspace) -> Message:
    size = (about.get("result") or {}).get("bytes")
    return Message("{size:bytes}, to use elsewhere", size=size) if size else NOTHING


_DETAILS = {"train": _run_detail, "study": _study_detail, "export": _export_detail}
"""By the kind of job."""
