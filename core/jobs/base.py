"""What a job is, and how one is run whatever happens.

A job is a function from its folder to a stream of events. That stream is appended to the folder's log, and whatever
goes wrong is turned into an end that a person can read.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Generator
from contextlib import suppress
from dataclasses import replace

from core.errors import StorageError, UserError, is_out_of_memory, print_details
from core.events import Event, JobEnded, RunEnded, to_dict
from core.messages import Message
from core.runs.folder import CLOSED, RunFolder
from core.storage import refusal, write
from core.workspace import Workspace

Stop = Callable[[], bool]
Job = Callable[[RunFolder, Workspace, Stop], Generator[Event, None, None]]
JOBS: dict[str, Job] = {}
"""All there are, by name: `core.jobs` fills it in. A job may run others by it, and none needs to import another."""


def run_job(
    folder: RunFolder,
    workspace: Workspace,
    stop: Stop,
    listen: Callable[[Event], object] = lambda event: None,
    is_closing: Stop = lambda: False,
) -> RunEnded | JobEnded:
    """Run the job of `folder` in this process, whatever happens. Returns the event that ended it. StorageError where
    there was no room to write down that it begins or ends; then it counts as interrupted.

    When `is_closing` turns true, because the program ends, training pauses and any other job stops. Where the disk
    refuses, the job is interrupted: a training goes on from its last checkpoint when it is resumed.
    """
    about = folder.about()
    is_training = about["kind"] == "train"
    folder.begin()

    def ends() -> bool:
        if is_training and is_closing():
            folder.ask_to_pause()
        return stop() or (is_closing() and not is_training)

    last: RunEnded | JobEnded | None = None
    try:
        for event in JOBS[about["kind"]](folder, workspace, ends):
            if isinstance(event, (RunEnded, JobEnded)):
                last = event
            else:
                folder.append(event)
                listen(event)
        assert last is not None
        if last.reason == "paused" and is_closing():
            last = replace(last, message=CLOSED)
    except Exception as raised:
        error = refusal(raised, folder.path) or raised
        if not isinstance(error, UserError):
            print_details(error)
            with suppress(StorageError):
                write(folder.path / "error.txt", "".join(traceback.format_exception(error)).encode())
        # What the disk refuses it may allow later; everything else would go wrong again.
        reason, message = "interrupted" if isinstance(error, StorageError) else "failed", _cause(error)
        last = RunEnded(folder.id, reason, message=message) if is_training else JobEnded(reason, message)
    with suppress(StorageError):
        folder.append(last)
    listen(last)
    result = last.result if isinstance(last, JobEnded) else to_dict(last)
    try:
        folder.end(last.reason, last.message, result)  # last: whoever sees the end finds the whole log
    except StorageError:
        if last.reason != "interrupted":  # which it counts as now
            raise
    return last


def _cause(error: Exception) -> Message:
    """What went wrong, for a person; never a library's own words."""
    if isinstance(error, UserError):
        return error.message
    if is_out_of_memory(error):
        return Message("The computer ran out of memory. Try a smaller batch size or picture size.")
    return Message("Something went wrong inside the program. The details are in the run's folder (error.txt).")
