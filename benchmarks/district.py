"""How many trainings at once a class, a school or a district needs, so that nobody waits long.

    python benchmarks/district.py --students 300 --every 240 --seconds 20 --slots 16 24 32
    python benchmarks/district.py --check        # the simulation against real trainings on this machine

Students train, look at the result and change something for `--every` seconds on average (exponentially distributed),
and train again. A training takes `--seconds` on average (lognormal, with the coefficient of variation `--cv`); what was
estimated beforehand is off by a factor (lognormal, `--off`). Told for each number of slots:

- by arithmetic, the mean wait in an M/G/c queue: Erlang's C formula, times (1 + cv^2) / 2 (Lee & Longton 1959). What
  comes a second is N / (every + wait + seconds), since whoever waits does not ask again.
- by simulation, the waits in the launcher of this program: its queue, its rules, its estimates. Only the clock and the
  workers are made up.
"""

from __future__ import annotations

import argparse
import heapq
import itertools
import json
import math
import os
import random
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from core.runs import local
from core.runs.folder import RunFolder
from core.runs.local import LocalLauncher, Rules, Worker
from core.workspace import Workspace

# --- arithmetic ------------------------------------------------------------------------------------------------------


def erlang_c(load: float, slots: int) -> float:
    """The share of those that have to wait in an M/M/c queue, where `load` (arrivals a second times seconds of each) is
    less than `slots`."""
    blocked = 1.0  # Erlang B, by its recursion
    for n in range(1, slots + 1):
        blocked = load * blocked / (n + load * blocked)
    return slots * blocked / (slots - load * (1 - blocked))


def mean_wait(rate: float, seconds: float, cv: float, slots: int) -> float:
    """Seconds in an M/G/c queue to which `rate` jobs come a second; infinite where they are too many."""
    load = rate * seconds
    if load >= slots:
        return math.inf
    return erlang_c(load, slots) * seconds / (slots - load) * (1 + cv**2) / 2


def expected_wait(students: int, every: float, seconds: float, cv: float, slots: int) -> float:
    """The same where so many come again `every` so many seconds after they are served."""
    low, high = 0.0, students * seconds
    for _ in range(60):
        wait = (low + high) / 2
        if mean_wait(students / (every + wait + seconds), seconds, cv, slots) > wait:
            low = wait
        else:
            high = wait
    return high


# --- simulation ------------------------------------------------------------------------------------------------------


@dataclass
class Clock:
    """Time that passes from one event to the next."""

    now: float = 0.0
    coming: list[tuple[float, int, Callable[[], object]]] = field(default_factory=list)
    number: Iterator[int] = field(default_factory=itertools.count)

    def monotonic(self) -> float:
        return self.now

    def after(self, seconds: float, act: Callable[[], object]) -> None:
        heapq.heappush(self.coming, (self.now + seconds, next(self.number), act))

    def run(self, until: float) -> None:
        while self.coming and self.coming[0][0] <= until:
            self.now, _, act = heapq.heappop(self.coming)
            act()


class Simulated(LocalLauncher):
    """A launcher whose workers take as long as a job's request says, by a clock of its own."""

    def __init__(self, workspace: Workspace, rules: Rules, clock: Clock, began: Callable[[RunFolder], object]) -> None:
        super().__init__(workspace, rules=rules)
        self.clock, self.began = clock, began

    def _worker_for(self, job: RunFolder, place: str) -> Worker:
        worker = Worker(SimpleNamespace(stdin=None))
        self._workers.append(worker)
        self.began(job)
        self.clock.after(float(job.request["takes"]), partial(self._finish, worker))
        return worker

    def _finish(self, worker: Worker) -> None:
        assert worker.job is not None
        worker.job.begin()
        worker.job.end("completed")
        self._end(worker)


@dataclass(frozen=True)
class Plan:
    """What one student does: how long they think, how long each training takes, and what is estimated of it."""

    thinks: Sequence[float]
    takes: Sequence[float]
    estimates: Sequence[float]


@dataclass
class Met:
    """What all of them met: how long each training waited, what was foretold, and which were under way at the end."""

    waits: list[float] = field(default_factory=list)
    foretold: list[float] = field(default_factory=list)
    served: int = 0


def simulate(plans: Sequence[Plan], rules: Rules, until: float) -> Met:
    """Let students do what is planned, for so many seconds."""
    clock, met = Clock(), Met()
    asked: dict[str, tuple[int, float]] = {}

    def began(job: RunFolder) -> None:
        _, at = asked[job.id]
        met.waits.append(clock.now - at)
        number, _ = asked[job.id]
        clock.after(float(job.request["takes"]), partial(ask_later, number))

    def ask_later(number: int) -> None:
        step = steps[number] = steps[number] + 1
        met.served += step > 0
        if step < len(plans[number].thinks):
            clock.after(plans[number].thinks[step], partial(ask, number, step))

    def ask(number: int, step: int) -> None:
        plan = plans[number]
        request = {"expected": plan.estimates[step], "takes": plan.takes[step]}
        job = RunFolder.create(homes[number].runs, "train", "t", request)
        asked[job.id] = number, clock.now
        launcher.start(job)
        met.foretold.append(launcher.waits(job) or 0.0)

    with tempfile.TemporaryDirectory() as folder, _made_up(clock):
        homes = [Workspace(Path(folder) / str(number)) for number in range(len(plans))]
        steps = [-1] * len(plans)
        launcher = Simulated(Workspace(Path(folder)), rules, clock, began)
        for number in range(len(plans)):
            ask_later(number)
        clock.run(until)
    return met


class _made_up:
    """The launcher's clock is this one, and nothing waits for the disk."""

    def __init__(self, clock: Clock) -> None:
        self.clock, self.real = clock, (vars(local)["time"], os.fsync)

    def __enter__(self) -> None:
        vars(local)["time"], os.fsync = self.clock, lambda fd: None

    def __exit__(self, *raised: object) -> None:
        vars(local)["time"], os.fsync = self.real


def drawn(students: int, every: float, seconds: float, cv: float, off: float, until: float, seed: int) -> list[Plan]:
    """Plans by chance, for `until` seconds and more."""
    chance = random.Random(seed)
    spread = math.sqrt(math.log(1 + cv**2))
    plans = []
    for _ in range(students):
        n = 2 + int(3 * until / (every + seconds))
        takes = [chance.lognormvariate(math.log(seconds) - spread**2 / 2, spread) for _ in range(n)]
        thinks = [chance.expovariate(1 / every) for _ in range(n)]
        plans.append(Plan(thinks, takes, [one * chance.lognormvariate(0, off) for one in takes]))
    return plans


# --- the real launcher -----------------------------------------------------------------------------------------------


def check(students: int, every: float, slots: int, minutes: float) -> dict[str, Any]:
    """Real trainings, asked for by so many at once; and the same simulated, with the same thoughts, and trainings that
    take as long as they took."""
    from benchmarks.machine import temporary_workspace
    from core.data.intake import take_in
    from core.data.samples import sample_folder
    from core.events import drain

    chance, until = random.Random(1), 60 * minutes
    thinks = [[chance.expovariate(1 / every) for _ in range(1000)] for _ in range(students)]
    epochs = [[chance.choice((10, 20, 40, 80)) for _ in range(1000)] for _ in range(students)]
    with temporary_workspace() as place:
        os.environ["FINETUNE_LAB_CACHE"] = str(place.cache)
        homes = [Workspace(place.root / str(number)) for number in range(students)]
        datasets = [drain(take_in(str(sample_folder() / "school_messages.csv"), home))[0].id for home in homes]
        launcher = LocalLauncher(place, slots=slots)

        def job_of(number: int, epochs: int, estimate: float) -> RunFolder:
            recipe = {"model": "small-text", "strategy": "scratch", "epochs": epochs}
            request = {"dataset": datasets[number], "recipe": recipe, "sealed": True, "expected": estimate}
            return RunFolder.create(homes[number].runs, "train", "t", request)

        try:
            seconds = {n: statistics.mean(_real(launcher, job_of(0, n, 5.0)).took for _ in range(2)) for n in (10, 80)}
            each = (seconds[80] - seconds[10]) / 70
            began, kept = time.monotonic(), [list[_Real]() for _ in range(students)]

            def student(number: int) -> None:
                for think, n in zip(thinks[number], epochs[number], strict=True):
                    time.sleep(think)
                    if time.monotonic() - began > until:
                        return
                    kept[number].append(_real(launcher, job_of(number, n, seconds[10] + each * (n - 10))))

            beside = [threading.Thread(target=student, args=(number,)) for number in range(students)]
            for one in beside:
                one.start()
            for one in beside:
                one.join()
        finally:
            launcher.close()
    plans = [
        Plan(thinks[number][: len(own)], [one.took for one in own], [one.estimate for one in own])
        for number, own in enumerate(kept)
    ]
    met = simulate(plans, Rules(slots), 10 * until)
    real = [one for own in kept for one in own]
    return {
        "students": students, "every": every, "slots": slots, "trainings": len(real),
        "seconds": round(statistics.mean(one.took for one in real), 2),
        "real": _spread([one.waited for one in real], [one.foretold for one in real]),
        "simulated": _spread(met.waits, met.foretold),
    }  # fmt: skip


@dataclass(frozen=True)
class _Real:
    waited: float
    foretold: float
    took: float
    estimate: float


def _real(launcher: LocalLauncher, job: RunFolder) -> _Real:
    """Have it trained, and measure."""
    began = time.monotonic()
    launcher.start(job)
    foretold = launcher.waits(job) or 0.0
    while launcher.position(job) is not None:
        time.sleep(0.01)
    turn = time.monotonic()
    while job.status().active:
        time.sleep(0.01)
    return _Real(turn - began, foretold, time.monotonic() - turn, float(job.request["expected"]))


def _spread(waits: Sequence[float], foretold: Sequence[float]) -> dict[str, float]:
    ordered = sorted(waits)
    kept = sum(abs(real - told) <= max(5.0, told / 3) for real, told in zip(waits, foretold, strict=False))
    return {
        "mean": round(statistics.mean(ordered), 2), "median": round(statistics.median(ordered), 2),
        "p95": round(ordered[int(0.95 * len(ordered))], 2), "worst": round(ordered[-1], 2),
        "estimated_within_a_third": round(kept / len(ordered), 2),
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--students", type=int, default=30, help="who train at the same time")
    parser.add_argument("--every", type=float, default=240.0, help="seconds between a result and the next training")
    parser.add_argument("--seconds", type=float, default=20.0, help="that a training takes on average")
    parser.add_argument("--cv", type=float, default=1.0, help="standard deviation of that, divided by its mean")
    parser.add_argument("--off", type=float, default=0.3, help="standard deviation of the estimate's logarithm")
    parser.add_argument("--slots", type=int, nargs="+", default=[2], help="trainings at once")
    parser.add_argument("--minutes", type=float, default=45.0, help="a lesson")
    parser.add_argument("--check", action="store_true", help="against real trainings, with few students")
    flags = parser.parse_args()
    if flags.check:
        print(json.dumps(check(8, 6.0, 2, min(flags.minutes, 2.0)), indent=1))
        return
    for slots in flags.slots:
        until, shape = 60 * flags.minutes, (flags.students, flags.every, flags.seconds, flags.cv)
        rules = Rules(slots, light_slots=slots, reserved=1 if slots > 1 else 0)
        met = simulate(drawn(*shape, flags.off, until, seed=1), rules, until)
        told = {
            "slots": slots, "trainings_a_minute": round(len(met.waits) / flags.minutes, 1),
            "wait_by_formula": round(expected_wait(*shape, slots), 1), **_spread(met.waits, met.foretold),
        }  # fmt: skip
        print(json.dumps(told))


if __name__ == "__main__":
    main()
