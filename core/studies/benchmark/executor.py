"""Where the runs of a benchmark happen: one after the other in this process, or several at once in workers.

Which of the two changes nothing about a result: everything in a run follows from its recipe.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import Protocol

from core.runs.folder import RunFolder
from core.runs.local import LocalLauncher
from core.workspace import Workspace

_LOOK = 0.1
"""Seconds between two looks at runs that are under way."""
RunOne = Callable[[RunFolder, Callable[[], bool]], object]
"""Does one run to its end in this process; the second argument is asked whether to stop."""


class Executor(Protocol):
    """`width` runs can be under way at once."""

    width: int

    def start(self, run: RunFolder) -> None: ...

    def finished(self, stop: Callable[[], bool]) -> RunFolder:
        """Wait for one of those that were started to end; all are asked to stop when `stop` turns true."""
        ...

    def close(self) -> None: ...


class InTurn:
    """One after the other, here."""

    width = 1

    def __init__(self, run_one: RunOne) -> None:
        self._run_one = run_one
        self._waiting: list[RunFolder] = []

    def start(self, run: RunFolder) -> None:
        self._waiting.append(run)

    def finished(self, stop: Callable[[], bool]) -> RunFolder:
        run = self._waiting.pop(0)
        self._run_one(run, lambda: run.stop_requested() or stop())
        return run

    def close(self) -> None:
        return None


class AtOnce:
    """As many at once as the machine allows, each in a worker process."""

    def __init__(self, workspace: Workspace, width: int) -> None:
        self.width = width
        self._launcher = LocalLauncher(workspace, width)
        self._under_way: list[RunFolder] = []

    def start(self, run: RunFolder) -> None:
        self._under_way.append(run)
        self._launcher.start(run)

    def finished(self, stop: Callable[[], bool]) -> RunFolder:
        while True:
            ended = next((run for run in self._under_way if not run.status().active), None)
            if ended is not None:
                self._under_way.remove(ended)
                return ended
            if stop():
                for run in self._under_way:
                    if not run.stop_requested():
                        self._launcher.stop(run)
            time.sleep(_LOOK)

    def close(self) -> None:
        self._launcher.close()


def usual_slots() -> int:
    """How many trainings at once help: each wants four cores (see `core.runs.launcher`)."""
    return max(1, (os.cpu_count() or 1) // 4)


def usual_executor(workspace: Workspace, run_one: RunOne) -> Executor:
    width = usual_slots()
    return AtOnce(workspace, width) if width > 1 else InTurn(run_one)
