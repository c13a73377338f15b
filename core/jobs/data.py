"""Jobs about data: read files in, add more, look for what may be wrong."""

from __future__ import annotations

import shutil
from collections.abc import Generator
from contextlib import suppress
from pathlib import Path
from typing import Any

from core.data.album import Album, reading_of
from core.data.dataset import Dataset, describe_dataset, kept_datasets
from core.data.findings import Finding, load_findings, save_findings
from core.data.intake import IntakeReport, take_in, take_more, take_reading
from core.data.readers.guesses import ignored_columns
from core.data.readers.reading import ReadOptions, Skip
from core.data.versions import lineage
from core.doctor.examine import examine
from core.errors import DataError
from core.events import Event, JobEnded
from core.jobs.base import Stop
from core.messages import Message
from core.runs.folder import RunFolder, list_runs
from core.workspace import Workspace

_TOLD = 50
"""So many of those left out are named in a job's result; the set's own report has them all."""

Taken = Generator[Event, None, tuple[Dataset, IntakeReport]]


def intake(folder: RunFolder, workspace: Workspace, stop: Stop) -> Generator[Event, None, None]:
    """Read `source` into the workspace. Result: the data set's id, and how many were used, skipped, and kept without a
    class.

    The set `replaces`, the same source understood otherwise, goes, unless something was done with it.
    """
    request = folder.request
    options = ReadOptions(**request.get("options", {}))
    try:
        yield from _ended(take_in(request["source"], workspace, options, stop), request, workspace, stop)
    finally:
        if stop():
            _forget_upload(request["source"], workspace)


def add(folder: RunFolder, workspace: Workspace, stop: Stop) -> Generator[Event, None, None]:
    """Add `source` to the set `into`, or begin one; see `take_more`. Result and `replaces` as of `intake`."""
    request = folder.request
    taken = take_more(
        request["source"],
        workspace,
        into=request.get("into"),
        label=request.get("label"),
        title=request.get("title"),
        burst=bool(request.get("burst")),
        options=ReadOptions(**request.get("options") or {}),
        stop=stop,
    )
    yield from _ended(taken, request, workspace, stop)


def shots(folder: RunFolder, workspace: Workspace, stop: Stop) -> Generator[Event, None, None]:
    """Make a dataset called `title` of the pictures in `albums` (of each who gave them, and its folder), or add them to
    the set `into`. Result and `replaces` as of `intake`. With `moves` they are in the album no more afterwards."""
    request = folder.request
    given = [(giver, Album(Path(place))) for giver, place in request["albums"]]
    taken = [(giver, album.shots, album.folder) for giver, album in given]
    into = Dataset.load(request["into"], workspace) if request.get("into") else None
    if into:
        into.require_originals()
    reading = reading_of(taken)
    yield from _ended(
        take_reading(reading, workspace, into=into, called=request["title"], title=request["title"], stop=stop),
        request, workspace, stop,
    )  # fmt: skip
    if request.get("moves") and not stop():
        for (_, album), (_, read, _) in zip(given, taken, strict=True):
            album.remove(shot.id for shot in read)


def doctor(folder: RunFolder, workspace: Workspace, stop: Stop) -> Generator[Event, None, None]:
    """Look for what may be wrong with `dataset`, likely wrong labels included, unless somebody else who asked for the
    same has done it meanwhile. Its findings are kept beside it."""
    dataset_id = folder.request["dataset"]
    known = load_findings(dataset_id, workspace)
    if known is None or not known.complete:
        found = yield from look_over(Dataset.load(dataset_id, workspace), workspace, stop=stop)
        if found is None:
            yield JobEnded("stopped", Message("Looking for problems was stopped."))
            return
        save_findings(dataset_id, workspace, found, complete=True)
    else:
        found = list(known.found)
    yield JobEnded("completed", result={"dataset": dataset_id, "findings": len(found)})


def look_over(
    dataset: Dataset, workspace: Workspace, *, quick: bool = False, stop: Stop = lambda: False
) -> Generator[Event, None, list[Finding] | None]:
    """The findings about a kept dataset, worst first; None after a stop."""
    report = describe_dataset(dataset.id, workspace).get("report") or {}
    skipped = [Skip(**skip) for skip in report.get("skipped", ())]
    proposal = report.get("proposal") or {}
    found = yield from examine(
        dataset, workspace, skipped=skipped, notes=report.get("notes", ()), ignored=ignored_columns(proposal),
        quick=quick, stop=stop,
    )  # fmt: skip
    return None if stop() else found


def _ended(taken: Taken, request: dict[str, Any], workspace: Workspace, stop: Stop) -> Generator[Event, None, None]:
    try:
        dataset, report = yield from taken
    except DataError as error:
        if not stop():
            raise
        yield JobEnded("stopped", error.message)
        return
    replaced = request.get("replaces")
    if replaced and replaced != dataset.id and not _is_used(replaced, workspace):
        shutil.rmtree(workspace.datasets / replaced, ignore_errors=True)
    counts = {"used": report.used, "skipped": len(report.skipped), "unlabelled": len(report.unlabelled)}
    result = {"dataset": dataset.id, **counts}
    told = {"left_out": report.to_dict()["skipped"][:_TOLD], "notes": list(report.notes)}
    yield JobEnded("completed", result={**result, **told})


def _is_used(dataset_id: str, workspace: Workspace) -> bool:
    """True when a set was changed by a person, or trained on."""
    used = any(run.request.get("dataset") == dataset_id for run in list_runs(workspace))
    return used or any(
        about.get("lineage", {}).get("parent") == dataset_id
        or (about.get("lineage", {}).get("root") == dataset_id and lineage(other, workspace).changes)
        for other, about in kept_datasets(workspace)
    )


def _forget_upload(source: str, workspace: Workspace) -> None:
    """A copy of what was uploaded is of no use once reading it was cancelled."""
    path = Path(source)
    if path.is_relative_to(workspace.uploads) and path != workspace.uploads:
        with suppress(OSError):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
