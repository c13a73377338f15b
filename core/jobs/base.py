"""What a job is, and how one is run whatever happens.

A job is a function from its folder to a stream of events. That stream is appended to the folder's log, and whatever
goes wrong is turned into an end that a person can read.
"""

from __future__ import annotations

import errno
import traceback
from collections.abc import Callable, Generator
from contextlib import suppress

from core.errors import UserError, is_out_of_memory
from core.events import Event, JobEnded, RunEnded, to_dict
from core.messages import Message
from core.runs.folder import RunFolder
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
    """Run the job of `folder` in this process, whatever happens. Returns the event that ended it.

    When `is_closing` turns true, because the program ends, training pauses and any other job stops.
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
                _tell(folder, event, listen)
        assert last is not None
    except Exception as error:
        if not isinstance(error, UserError):
            traceback.print_exc()
            with suppress(OSError):  # the disk may be full
                (folder.path / "error.txt").write_text(traceback.format_exc(), encoding="utf-8")
        message = _cause(error)
        last = RunEnded(folder.id, "failed", message=message) if is_training else JobEnded("failed", message)
    _tell(folder, last, listen)
    result = last.result if isinstance(last, JobEnded) else to_dict(last)
    folder.end(last.reason, last.message, result)  # last: whoever sees the end finds the whole log
    return last


def _tell(folder: RunFolder, event: Event, listen: Callable[[Event], object]) -> None:
    folder.append(event)
    listen(event)


def _cause(error: Exception) -> Message:
    """What went wrong, for a person; never a library's own words."""
    if isinstance(error, UserError):
        return error.message
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        return Message("The disk is full. Make some room and try again.")
    if is_out_of_memory(error):
        return Message("The computer ran out of memory. Try a smaller batch size or picture size.")
    return Message("Something went wrong inside the program. The details are in the run's folder (error.txt).")
