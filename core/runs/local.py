"""The launchers of this machine: worker processes, and the process that asks. Neither imports what a job imports.

A worker is `python -m core.jobs`: it announces "ready", takes jobs one a line on stdin (a claim and a folder), and says
"done" after each. End of input tells it that the server is gone. One idle worker is always kept warm, since importing
torch takes seconds. Training jobs run `slots` at a time and the rest wait; short jobs (reading files, trying a model)
never wait for training.
"""

from __future__ import annotations

import math
import os
import subprocess
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Protocol, TextIO

from core.errors import UserError
from core.hardware import CONSIDERATE
from core.messages import NOTHING, Message
from core.runs.folder import RunFolder
from core.runs.runner import is_alive
from core.runs.turns import Turns, Waiting, expected_of, owner_of, seconds_until
from core.workspace import Workspace

_PROJECT = Path(__file__).resolve().parents[2]
_STOP_PATIENCE = 30.0
_MAX_IDLE = 2
_LEARNT, _MOST_OFF = 0.3, 4.0
"""How much of the next estimate the last job decides, and by how many times one can be off."""


HERE, BRIEF = "here", "brief"
"""Where jobs are done, each place with a queue of its own: trainings in the workers of this machine, and short jobs,
which take nobody's turn."""


class Process(Protocol):
    """What a launcher knows of a process that works for it, as `subprocess.Popen` has it."""

    stdin: Any
    stdout: Any

    def wait(self, timeout: float | None = None) -> int | None: ...
    def terminate(self) -> None: ...
    def kill(self) -> None: ...


@dataclass(eq=False)
class Worker:
    process: Process
    job: RunFolder | None = None
    place: str = ""
    seconds: float = 0.0
    began: float = 0.0
    was_ready: bool = False
    timers: list[threading.Timer] = field(default_factory=list)


SLOTS = "FINETUNE_LAB_SLOTS"
"""The environment variable by which a worker is told how many trainings a study of its may have under way."""


def usual_slots() -> int:
    """How many trainings at once this machine is good for: on two cores two are about five times slower than one after
    the other, so each gets four."""
    told = os.environ.get(SLOTS, "")
    return int(told) if told.isdecimal() and int(told) > 0 else max(1, (os.cpu_count() or 1) // 4)


@dataclass(frozen=True)
class Rules:
    """How many share a launcher. `slots` heavy jobs are under way at once, and `light_slots` others (None: all that are
    asked for). `reserved` of the slots never have a job that takes longer than `long` seconds, so that short ones
    always get through. A heavy job is stopped, and what it has is kept, after `most()` seconds. `refuses` says why
    somebody may not have a job done, or nothing; `is_held`, whether a job must wait whatever is free."""

    slots: int = field(default_factory=usual_slots)
    light_slots: int | None = None
    reserved: int = 0
    long: float = 120.0
    most: Callable[[], float] = lambda: math.inf
    refuses: Callable[[RunFolder], Message] = lambda job: NOTHING
    is_held: Callable[[RunFolder], bool] = lambda job: False


@dataclass(frozen=True, slots=True)
class UnderWay:
    """A job that waits or is done: `position` in the queue (None: it is being done), and seconds until it begins or,
    as far as can be told, ends."""

    job: RunFolder
    owner: str
    position: int | None
    seconds: float


class LocalLauncher:
    """Worker processes: one launcher for each server. See `core.runs.launcher.Launcher`; `close` ends every worker."""

    def __init__(self, workspace: Workspace, slots: int | None = None, rules: Rules | None = None) -> None:
        self._rules = rules or (Rules(slots) if slots else Rules())
        self._workspace = workspace
        self._threads = max(1, (os.cpu_count() or 1) // self._rules.slots)
        self._lock = threading.RLock()
        self._workers: list[Worker] = []
        self._queues: defaultdict[str, Turns] = defaultdict(Turns)
        self._pace = 1.0
        self._closed = False

    @property
    def slots(self) -> int:
        return self._rules.slots

    def warm_up(self) -> None:
        """Have a worker ready before anyone asks for it."""
        with self._lock:
            if not self._closed and not any(worker.job is None for worker in self._workers):
                self._spawn()

    def start(self, job: RunFolder, *, heavy: bool = True) -> None:
        if why := self._rules.refuses(job):
            job.end("failed", why)
            return
        with self._lock:
            self._queues[self._place_of(job) if heavy else BRIEF].add(job)
            self._start_waiting()

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
        return next((found for turns in self._queues.values() if (found := turns.remove(job.id))), None)

    def resume(self, job: RunFolder) -> None:
        job.reopen()
        self.start(job)

    def position(self, job: RunFolder) -> int | None:
        with self._lock:
            found = (turns.position(job.id) for turns in self._queues.values())
            return next((position for position in found if position is not None), None)

    def waits(self, job: RunFolder) -> float | None:
        with self._lock:
            for place, turns in self._queues.items():
                if place != BRIEF and turns.position(job.id) is not None:
                    seconds = seconds_until(job.id, turns, map(self._left, self._busy(place)), self._room(place) or 1)
                    return None if seconds is None else seconds * self._pace
        return None

    def under_way(self) -> list[UnderWay]:
        """All that is done or waits, in the order in which it began or will."""
        with self._lock:
            done = [
                UnderWay(worker.job, owner_of(worker.job), None, self._left(worker) * self._pace)
                for worker in self._workers if worker.job
            ]  # fmt: skip
            waiting = [
                UnderWay(one.job, one.owner, number, self.waits(one.job) or 0.0)
                for turns in self._queues.values() for number, one in enumerate(turns)
            ]  # fmt: skip
        return done + waiting

    def stop_all(self, owner: Workspace) -> None:
        """Stop whatever somebody has under way."""
        for one in self.under_way():
            if one.owner == str(owner.root):
                with suppress(UserError):  # its folder is damaged or gone
                    self.stop(one.job)

    def wake(self) -> None:
        """Somebody who was held is not any more."""
        with self._lock:
            self._start_waiting()

    def _place_of(self, job: RunFolder) -> str:
        """Where a heavy job is done."""
        return HERE

    def _room(self, place: str) -> int | None:
        """How many jobs are under way at once in a place; None: all that are asked for."""
        return self._rules.light_slots if place == BRIEF else self._rules.slots

    def _busy(self, place: str) -> list[Worker]:
        return [worker for worker in self._workers if worker.job is not None and worker.place == place]

    def _left(self, worker: Worker) -> float:
        """Seconds that the job of a worker still takes, at the pace that was estimated; a while, where it should have
        been done."""
        assert worker.job is not None
        with suppress(UserError):  # its folder was deleted
            spent = (time.monotonic() - worker.began) / self._pace
            return max(expected_of(worker.job) - spent, spent / 5)
        return 0.0

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
        """Give away what is free. A job that is too long for the last slots, or held, is passed over."""
        for place, turns in self._queues.items():
            room = self._room(place)
            while room is None or len(self._busy(place)) < room:
                one = turns.take(partial(self._may_begin, place))
                if one is None:
                    break
                self._give(one, place)

    def _may_begin(self, place: str, one: Waiting) -> bool:
        room, long = self._room(place), self._rules.long
        if place != BRIEF and room and one.seconds > long:
            under_way = sum(worker.seconds > long for worker in self._busy(place))
            leaves_room = under_way < max(1, room - self._rules.reserved)
        else:
            leaves_room = True
        return leaves_room and not self._rules.is_held(one.job)

    def _give(self, one: Waiting, place: str) -> None:
        job = RunFolder(one.job.path, one.job.claim)  # whoever asked for it may take it up again, with another claim
        worker = self._worker_for(job, place)
        worker.job, worker.place, worker.seconds, worker.began = job, place, one.seconds, time.monotonic()
        if place != BRIEF and (most := self._rules.most()) < math.inf:
            self._after(most, lambda: self.stop(job), worker)

    def _worker_for(self, job: RunFolder, place: str) -> Worker:
        """One that has been given the job."""
        worker = next((w for w in self._workers if w.job is None), None) or self._spawn()
        try:
            worker.process.stdin.write(f"{job.claim} {job.path}\n")
            worker.process.stdin.flush()
        except OSError:  # it died while idle
            self._forget(worker)
            return self._worker_for(job, place)
        return worker

    def _spawn(self) -> Worker:
        environment = {**CONSIDERATE, **os.environ, "FINETUNE_LAB_HOME": str(self._workspace.root)}
        for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
            environment[name] = str(self._threads)
        if self._rules.light_slots is not None:  # a study takes one turn, and does its trainings in it
            environment[SLOTS] = "1"
        with self._log() as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "core.jobs"],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True, encoding="utf-8",
                cwd=_PROJECT, env=environment, start_new_session=True,
            )  # fmt: skip
        worker = Worker(process)
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

    def _listen(self, worker: Worker) -> None:
        """Follow one worker until it dies."""
        for line in worker.process.stdout:
            worker.was_ready = True
            if line.strip() == "done":
                with self._lock:
                    self._release(worker)
        worker.process.wait()
        with self._lock:
            self._end(worker)
            if not self._closed and worker.was_ready:  # one that cannot even start is not started again and again
                self.warm_up()

    def _end(self, worker: Worker) -> None:
        """A worker is gone, whatever it worked on."""
        if worker.job is not None:
            with suppress(OSError, UserError):  # its folder was deleted or is damaged, or the disk is full
                worker.job.close_if_open()
        self._forget(worker)
        self._release(worker)

    def _release(self, worker: Worker) -> None:
        for timer in worker.timers:
            timer.cancel()
        worker.timers.clear()
        self._learn_pace(worker)
        worker.job = None
        idle = [w for w in self._workers if w.job is None]
        if len(idle) > _MAX_IDLE and worker.process.stdin:
            worker.process.stdin.close()
            self._forget(worker)
        if not self._closed:
            self._start_waiting()

    def _learn_pace(self, worker: Worker) -> None:
        """How much longer, or shorter, a job took than was estimated tells something of the next ones."""
        if worker.job is None or worker.place == BRIEF:
            return
        with suppress(UserError):
            if worker.job.request.get("expected") and worker.job.about()["state"] == "completed":
                ratio = (time.monotonic() - worker.began) / expected_of(worker.job)
                self._pace += _LEARNT * (min(_MOST_OFF, max(1 / _MOST_OFF, ratio)) - self._pace)

    def _forget(self, worker: Worker) -> None:
        if worker in self._workers:
            self._workers.remove(worker)

    def _insist(self, worker: Worker) -> None:
        for patience, insist in ((_STOP_PATIENCE, worker.process.terminate), (2 * _STOP_PATIENCE, worker.process.kill)):
            self._after(patience, insist, worker)

    def _after(self, seconds: float, act: Callable[[], object], worker: Worker) -> None:
        """Do something, if the job that a worker has now lasts so long."""
        job = worker.job

        def act_on_it() -> None:
            with self._lock:  # it may have been given the next one this very moment
                if worker.job is job:
                    act()

        timer = threading.Timer(seconds, act_on_it)
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

    def waits(self, job: RunFolder) -> float | None:
        return None

    def alive(self, job: RunFolder) -> bool:
        return is_alive(job.about()["runner"])

    def close(self) -> None:
        return None
