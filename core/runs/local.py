"""The launchers of this machine: worker processes, and the process that asks. Neither imports what a job imports.

A worker is `python -m core.jobs`: it announces "ready", takes jobs one a line on stdin (a claim and a folder), and says
"done" after each. End of input tells it that the server is gone. One idle worker is always kept warm, since importing
torch takes seconds. Training jobs run `slots` at a time and the rest wait; short jobs (reading files, trying a model)
never wait for training.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

from core.errors import UserError
from core.hardware import CONSIDERATE
from core.messages import Message
from core.runs.folder import RunFolder
from core.runs.runner import is_alive
from core.workspace import Workspace

_PROJECT = Path(__file__).resolve().parents[2]
_STOP_PATIENCE = 30.0
_MAX_IDLE = 2


@dataclass(eq=False)
class _Worker:
    process: subprocess.Popen[str]
    job: RunFolder | None = None
    heavy: bool = False
    was_ready: bool = False
    timers: list[threading.Timer] = field(default_factory=list)


def usual_slots() -> int:
    """How many trainings at once this machine is good for: on two cores two are about five times slower than one after
    the other, so each gets four."""
    return max(1, (os.cpu_count() or 1) // 4)


class LocalLauncher:
    """Worker processes: one launcher for each server. See `core.runs.launcher.Launcher`; `close` ends every worker."""

    def __init__(self, workspace: Workspace, slots: int | None = None) -> None:
        self.slots = slots or usual_slots()
        self._workspace = workspace
        self._threads = max(1, (os.cpu_count() or 1) // self.slots)
        self._lock = threading.RLock()
        self._workers: list[_Worker] = []
        self._waiting: deque[RunFolder] = deque()
        self._closed = False

    def warm_up(self) -> None:
        """Have a worker ready before anyone asks for it."""
        with self._lock:
            if not self._closed and not any(worker.job is None for worker in self._workers):
                self._spawn()

    def start(self, job: RunFolder, *, heavy: bool = True) -> None:
        with self._lock:
            if heavy:
                self._waiting.append(job)
                self._start_waiting()
            else:
                self._give(job, heavy=False)

    def stop(self, job: RunFolder) -> None:
        """Ask `job` to stop and keep its best; insist after half a minute."""
        job.ask_to_stop()
        with self._lock:
            if waiting := self._unqueued(job):
                waiting.end("stopped", Message("It was stopped before it started."))
                return
            for worker in self._workers:
                if worker.job and worker.job.id == job.id:
                    self._insist(worker)

    def pause(self, job: RunFolder) -> None:
        job.ask_to_pause()
        with self._lock:
            if waiting := self._unqueued(job):
                waiting.end("paused")

    def _unqueued(self, job: RunFolder) -> RunFolder | None:
        """`job` as it waits here, and from now on no longer does."""
        found = next((waiting for waiting in self._waiting if waiting.id == job.id), None)
        if found:
            self._waiting.remove(found)
        return found

    def resume(self, job: RunFolder) -> None:
        job.reopen()
        self.start(job)

    def position(self, job: RunFolder) -> int | None:
        with self._lock:
            ids = [waiting.id for waiting in self._waiting]
            return ids.index(job.id) if job.id in ids else None

    def alive(self, job: RunFolder) -> bool:
        with self._lock:
            mine = any(worker.job is not None and worker.job.id == job.id for worker in self._workers)
        return mine or self.position(job) is not None or is_alive(job.about()["runner"])

    def close(self) -> None:
        """End all workers. Training pauses at its next step and can go on later; other jobs stop."""
        with self._lock:
            self._closed = True
            workers = list(self._workers)
        for worker in workers:
            if worker.process.stdin:
                worker.process.stdin.close()
        for worker in workers:
            try:
                worker.process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                worker.process.kill()
                worker.process.wait()

    def _start_waiting(self) -> None:
        while self._waiting and sum(worker.heavy for worker in self._workers) < self.slots:
            self._give(self._waiting.popleft(), heavy=True)

    def _give(self, job: RunFolder, *, heavy: bool) -> None:
        worker = next((w for w in self._workers if w.job is None), None) or self._spawn()
        worker.job, worker.heavy = job, heavy
        try:
            assert worker.process.stdin is not None
            worker.process.stdin.write(f"{job.claim} {job.path}\n")
            worker.process.stdin.flush()
        except OSError:  # it died while idle
            self._forget(worker)
            self._give(job, heavy=heavy)

    def _spawn(self) -> _Worker:
        environment = {**CONSIDERATE, **os.environ, "FINETUNE_LAB_HOME": str(self._workspace.root)}
        for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
            environment[name] = str(self._threads)
        with self._log() as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "core.jobs"],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True, encoding="utf-8",
                cwd=_PROJECT, env=environment, start_new_session=True,
            )  # fmt: skip
        worker = _Worker(process)
        self._workers.append(worker)
        threading.Thread(target=self._listen, args=(worker,), daemon=True).start()
        return worker

    def _log(self) -> TextIO:
        """Where workers write down what nobody foresaw; nowhere, if the disk does not allow it."""
        try:
            self._workspace.root.mkdir(parents=True, exist_ok=True)
            return (self._workspace.root / "worker.log").open("a", encoding="utf-8")
        except OSError:
            return Path(os.devnull).open("w", encoding="utf-8")

    def _listen(self, worker: _Worker) -> None:
        """Follow one worker until it dies; the only place where its job is taken off it."""
        assert worker.process.stdout is not None
        for line in worker.process.stdout:
            worker.was_ready = True
            if line.strip() == "done":
                with self._lock:
                    self._release(worker)
        worker.process.wait()
        with self._lock:
            if worker.job is not None:
                with suppress(OSError, UserError):  # its folder was deleted or is damaged, or the disk is full
                    worker.job.close_if_open()
            self._forget(worker)
            self._release(worker)
            if not self._closed and worker.was_ready:  # one that cannot even start is not started again and again
                self.warm_up()

    def _release(self, worker: _Worker) -> None:
        for timer in worker.timers:
            timer.cancel()
        worker.timers.clear()
        worker.job, worker.heavy = None, False
        idle = [w for w in self._workers if w.job is None]
        if len(idle) > _MAX_IDLE and worker.process.stdin:
            worker.process.stdin.close()
            self._forget(worker)
        if not self._closed:
            self._start_waiting()

    def _forget(self, worker: _Worker) -> None:
        if worker in self._workers:
            self._workers.remove(worker)

    def _insist(self, worker: _Worker) -> None:
        for patience, insist in ((_STOP_PATIENCE, worker.process.terminate), (2 * _STOP_PATIENCE, worker.process.kill)):
            timer = threading.Timer(patience, insist)
            timer.daemon = True
            worker.timers.append(timer)
            timer.start()


class InProcess:
    """Does each job in this process, to its end, before `start` returns: where one worker is all there is anyway, as in
    a race on a small machine, and in tests. `work` does a job."""

    slots = 1

    def __init__(self, work: Callable[[RunFolder], object]) -> None:
        self._work = work

    def start(self, job: RunFolder, *, heavy: bool = True) -> None:
        self._work(job)

    def stop(self, job: RunFolder) -> None:
        job.ask_to_stop()

    def pause(self, job: RunFolder) -> None:
        job.ask_to_pause()

    def resume(self, job: RunFolder) -> None:
        job.reopen()
        self.start(job)

    def position(self, job: RunFolder) -> int | None:
        return None

    def alive(self, job: RunFolder) -> bool:
        return is_alive(job.about()["runner"])

    def close(self) -> None:
        return None
