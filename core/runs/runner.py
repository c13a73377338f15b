"""Who works on a job, as `run.json` keeps it, and whether they still live.

A job is claimed by a runner: a record that names under "by" what kind of place wrote it ("local": a process on this
machine). The rest of the record is that place's own business, and only its answer in RUNNERS reads it. So a page can
ask about any run, whoever started it, in whatever server; nothing has to notice at the time when a process dies.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import psutil

Runner = dict[str, Any]


def this_process() -> Runner:
    """The record of the process that asks."""
    return {"by": "local", "pid": os.getpid(), "started": _started(psutil.Process())}


def is_alive(runner: Runner) -> bool:
    """Whether the runner of a job still lives; False for one that nobody here can answer for."""
    answer = RUNNERS.get(runner.get("by", ""))
    return answer is not None and answer(runner)


def _started(process: psutil.Process) -> float:
    """When a process began, in seconds that nobody sets: on Linux psutil adds when the computer was booted, and that
    moves whenever its clock is put right, as after a sleep."""
    return process.create_time() - (psutil.boot_time() if psutil.LINUX else 0.0)


def _process_lives(runner: Runner) -> bool:
    # A recycled pid is a stranger's process, so the start time must match too.
    try:
        found = psutil.Process(int(runner["pid"]))
        return abs(_started(found) - runner["started"]) < 1 and found.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


RUNNERS: dict[str, Callable[[Runner], bool]] = {"local": _process_lives}
"""Whether a runner lives, by what wrote its record. Another place to run adds its own answer."""
