"""The jobs by name, and the worker that runs them: `python -m core.jobs`.

A job is a function from its folder to a stream of events. The worker appends that stream to the folder's log, and
turns whatever goes wrong into an end that a person can read.
"""

from __future__ import annotations

import errno
import os
import queue
import re
import sys
import threading
import traceback
from collections.abc import Callable, Generator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.data.dataset import Dataset
from core.data.intake import ReadOptions, take_in
from core.errors import DataError, UserError
from core.events import Event, JobEnded, RunEnded, to_dict
from core.runs.folder import RunFolder
from core.training.answers import write_answers
from core.training.recipe import Recipe
from core.workspace import Workspace

if TYPE_CHECKING:
    from core.modalities.base import Payload
    from core.models.trained import TrainedModel

Stop = Callable[[], bool]
Job = Callable[[RunFolder, Workspace, Stop], Generator[Event, None, None]]


def intake(folder: RunFolder, workspace: Workspace, stop: Stop) -> Generator[Event, None, None]:
    """Read `source` into the workspace. Result: the data set's id."""
    request = folder.request
    options = ReadOptions(**request.get("options", {}))
    try:
        dataset, report = yield from take_in(request["source"], workspace, options, stop)
    except DataError as error:
        if not stop():
            raise
        yield JobEnded("stopped", str(error))
        return
    yield JobEnded("completed", result={"dataset": dataset.id, "used": report.used, "skipped": len(report.skipped)})


def train(folder: RunFolder, workspace: Workspace, stop: Stop) -> Generator[Event, None, None]:
    """Train `recipe` on `dataset`; leaves the model and its answers in the folder."""
    from core.training import train as training

    request = folder.request
    dataset = Dataset.load(request["dataset"], workspace)
    recipe = Recipe.from_dict(request["recipe"])
    stream = training.train(dataset, recipe, workspace, run=folder.id, title=folder.title, stop=stop)
    end: RunEnded | None = None
    while True:
        try:
            event = next(stream)
        except StopIteration as finished:
            result = finished.value
            break
        if isinstance(event, RunEnded):
            end = event  # said only when the model is safely on disk
        else:
            yield event
    if result:
        result.model.save(folder.path)
        write_answers(result.answers, folder.path)
    assert end is not None
    yield end


def predict(folder: RunFolder, workspace: Workspace, stop: Stop) -> Generator[Event, None, None]:
    """Ask the model of `run` about `inputs`: paths of picture files, or messages. Result: one answer an input."""
    from core.models.trained import TrainedModel

    request = folder.request
    model = TrainedModel.load(RunFolder.find(request["run"], workspace).path, workspace)

    def show(number: int, payload: Payload) -> None:
        if model.modality == "image":  # pages show this one: what a stranger gave is only decoded here
            payload.save(folder.path / f"input-{number}.jpg", quality=90)

    yield JobEnded("completed", result={"answers": answers(model, request["inputs"], show)})


def answers(
    model: TrainedModel, inputs: list[str], show: Callable[[int, Payload], object] = lambda number, payload: None
) -> list[dict[str, Any]]:
    """One dictionary an input: `input`, then `label` and `probabilities`, or `error` for one that cannot be read.

    `show` is given the number and the decoded payload of every readable one.
    """
    from core.modalities import get_modality

    kind = get_modality(model.modality)
    found: list[dict[str, Any]] = []
    readable, payloads = [], []
    for number, given in enumerate(inputs):
        entry: dict[str, Any] = {"input": given}
        found.append(entry)
        try:
            payloads.append(kind.read(_bytes_of(given, model.modality)))
            readable.append(entry)
            show(number, payloads[-1])
        except UserError as error:
            entry["error"] = str(error)
    for entry, answer in zip(readable, model.predict(payloads) if payloads else [], strict=True):
        entry.update(label=answer.label, probabilities=answer.probabilities)
    return found


def _bytes_of(given: str, modality: str) -> bytes:
    if modality == "text":
        return given.encode()
    try:
        return Path(given).expanduser().read_bytes()
    except OSError as error:
        raise UserError(f"There is no picture '{given}'.", "Check the name and try again.") from error


JOBS: dict[str, Job] = {"intake": intake, "train": train, "predict": predict}


def run_job(
    folder: RunFolder, workspace: Workspace, stop: Stop, listen: Callable[[Event], object] = lambda event: None
) -> Event:
    """Run the job of `folder` in this process, whatever happens. Returns the event that ended it."""
    about = folder.about()
    folder.begin()
    last: Event | None = None
    try:
        for event in JOBS[about["kind"]](folder, workspace, stop):
            if isinstance(event, (RunEnded, JobEnded)):
                last = event
            else:
                _tell(folder, event, listen)
        assert last is not None
    except Exception as error:
        if not isinstance(error, UserError):
            traceback.print_exc()
            with suppress(OSError):  # the disk may be full
                (folder.path / "error.txt").write_text(traceback.format_exc(), encoding="utf-8")
        message = _cause(error)
        last = (
            RunEnded(folder.id, "failed", message=message) if about["kind"] == "train" else JobEnded("failed", message)
        )
    _tell(folder, last, listen)
    result = last.result if isinstance(last, JobEnded) else to_dict(last)
    folder.end(last.reason, last.message, result)  # last: whoever sees the end finds the whole log
    return last


def _tell(folder: RunFolder, event: Event, listen: Callable[[Event], object]) -> None:
    folder.append(event)
    listen(event)


def _cause(error: Exception) -> str:
    """What went wrong, for a person; never a library's own words."""
    if isinstance(error, UserError):
        return str(error)
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        return "The disk is full. Make some room and try again."
    if isinstance(error, MemoryError) or re.search("out of memory|not enough memory|can't allocate memory", str(error)):
        return "The computer ran out of memory. Try a smaller batch size or picture size."
    return "Something went wrong inside the program. The details are in the run's folder (error.txt)."


def worker() -> None:
    """Take job folders from stdin until it closes; while there are none, get ready for the next."""
    if hasattr(os, "nice"):
        os.nice(10)
    replies = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # a library's chatter must not reach the launcher
    closing = threading.Event()
    waiting: queue.Queue[str | None] = queue.Queue()

    def listen() -> None:
        for line in sys.stdin:
            waiting.put(line.strip())
        closing.set()  # the server is gone: stop at the next step and keep the best
        waiting.put(None)

    threading.Thread(target=listen, daemon=True).start()
    workspace = Workspace.default()
    replies.write("ready\n")
    replies.flush()
    can_prepare = threading.Event()
    imports = threading.Thread(target=_import_ahead, args=(can_prepare,), daemon=True)
    prepared = False
    while True:
        try:
            path = waiting.get(timeout=None if prepared else _IDLE_SECONDS)
        except queue.Empty:
            if imports.ident is None:  # not before: reading files, often the first job, needs none of it
                imports.start()
            elif can_prepare.is_set():
                _prepare_pictures(workspace)
                prepared = True
            continue
        if path is None:
            return
        folder = RunFolder(Path(path))
        run_job(folder, workspace, lambda folder=folder: closing.is_set() or folder.stop_requested())
        replies.write("done\n")
        replies.flush()


_IDLE_SECONDS = 0.3
"""An idle worker waits this long before it uses its time to get the next job off to a faster start."""


def _import_ahead(torch_is_here: threading.Event) -> None:
    """Import what jobs need, in a thread beside them: it takes seconds, and a job that is not concerned goes on."""
    import core.models.trained
    import core.training.train  # noqa: F401

    torch_is_here.set()
    from transformers import AutoModel, AutoTokenizer, BertModel  # noqa: F401


def _prepare_pictures(workspace: Workspace) -> None:
    """Translate the bundled picture model once, so that the first pictures need not wait for it."""
    from core.models.embeddings import prepare_encoder

    try:
        prepare_encoder("efficientnet-lite0", workspace)
    except Exception:  # whoever needs this model will be told; others must not lose their worker
        traceback.print_exc()


if __name__ == "__main__":
    worker()
