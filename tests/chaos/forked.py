"""Processes for tests that kill many: forks of one that has imported everything, which takes most of the time.

In all of them `tiny-image` and `tiny-text` are in the catalogue, a checkpoint is kept at every step, and one that works
on a job whose folder has a file `dies` kills itself when it has come so far as that says: an epoch and a step, or how
many events it has told.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from multiprocessing.connection import Connection
from types import SimpleNamespace
from typing import Any

import pytest

from core.runs import local

_DIES = "dies"


def context() -> Any:
    """Of `multiprocessing`; the process that is forked is started when first needed."""
    made = multiprocessing.get_context("forkserver")
    made.set_forkserver_preload(["tests.chaos.forked_ahead"])
    return made


def fork_workers(patch: pytest.MonkeyPatch) -> None:
    """From now on launchers fork their workers."""
    patch.setattr(local, "subprocess", SimpleNamespace(**{**vars(subprocess), "Popen": ForkedWorker}))


class ForkedWorker:
    """In place of `subprocess.Popen` in `core.runs.local`: a worker as it starts them, but forked."""

    def __init__(self, command: Sequence[str], *, env: Mapping[str, str], **options: Any) -> None:
        assert command[1:] == ["-m", "core.jobs"]
        made = context()
        theirs, ours = made.Pipe(duplex=False)
        listens, speaks = made.Pipe(duplex=False)
        self._process = made.Process(target=_work, args=(theirs, speaks, dict(env)), daemon=True)
        self._process.start()
        theirs.close()
        speaks.close()
        self.pid = self._process.pid
        self.stdin = os.fdopen(os.dup(ours.fileno()), "w", encoding="utf-8")
        self.stdout = os.fdopen(os.dup(listens.fileno()), "r", encoding="utf-8")
        ours.close()
        listens.close()

    def wait(self, timeout: float | None = None) -> int | None:
        self._process.join(timeout)
        return self._process.exitcode

    def kill(self) -> None:
        self._process.kill()

    terminate = kill


def command_line(env: Mapping[str, str], *arguments: str) -> int:
    """What `python -m core ARGUMENTS` does, to its end; gives its exit status, or the signal that killed it, negative.

    In a run that it begins it dies where `DIES` in `env` says, "EPOCH STEP".
    """
    process = context().Process(target=_command, args=(dict(env), arguments))
    process.start()
    process.join()
    status: int = process.exitcode
    return status


def _command(env: dict[str, str], arguments: Sequence[str]) -> None:
    from core.__main__ import main

    os.environ.update(env)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    _may_die()
    sys.exit(main(list(arguments)))


def _work(stdin: Connection, stdout: Connection, env: dict[str, str]) -> None:
    from core.jobs import __main__ as jobs

    os.environ.update(env)
    os.dup2(stdin.fileno(), 0)
    os.dup2(stdout.fileno(), 1)
    stdin.close()
    stdout.close()
    sys.stdin = os.fdopen(0, encoding="utf-8", closefd=False)
    jobs._IDLE_SECONDS = 1000  # it has imported everything
    _may_die()
    jobs.worker()


def _may_die() -> None:
    from core.events import Event, StepEnd
    from core.runs.folder import RunFolder
    from core.training.engine.checkpoint import Checkpoint

    Checkpoint.due = True  # type: ignore[assignment, method-assign]
    append, told = RunFolder.append, Counter[str]()

    def and_die(self: RunFolder, event: Event) -> None:
        append(self, event)
        told[self.id] += 1
        asked = self.path / _DIES
        moment = asked.read_text() if asked.exists() else os.environ.get("DIES", "")
        step = f"{event.epoch} {event.step}" if isinstance(event, StepEnd) else ""
        if moment and moment in (step, str(told[self.id])):
            asked.unlink(missing_ok=True)
            os.kill(os.getpid(), signal.SIGKILL)

    RunFolder.append = and_die  # type: ignore[method-assign]
