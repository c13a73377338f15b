"""`run(design, context)`: every candidate is trained under the same seeds, round by round, as a stream of events."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Sequence
from functools import partial

from core.data.dataset import Dataset
from core.events import Event, Progress, RunStarted
from core.messages import NOTHING, Message, sentences
from core.models.catalogue import get_card
from core.models.embeddings import embed_dataset
from core.models.trained import load_backbone
from core.runs.folder import RunFolder, ending
from core.runs.launcher import Launcher
from core.runs.local import InProcess
from core.studies.base import Context, Stop
from core.studies.benchmark.candidates import Candidate, checked
from core.studies.benchmark.cost import MARGIN, Schedule, looks_first, schedule, survivors, test_seconds
from core.studies.benchmark.design import FEWEST_SEEDS, BenchmarkDesign
from core.studies.benchmark.findings import recommend
from core.studies.benchmark.table import BenchmarkTable
from core.studies.benchmark.test_set import HeldBack, evaluate_on_test, keep_version, times_evaluated
from core.studies.events import CandidateEvaluated, CandidateLeftOut, CandidateStarted
from core.training.engine.measure import measure
from core.training.spec.estimate import is_timed
from core.workspace import Workspace

_LOOK = 0.1
"""Seconds between two looks at runs that are under way."""
_COMPARED = 2
"""So many at least are left in for another round: one alone would be compared with nothing."""


def run(
    design: BenchmarkDesign, context: Context, launcher: Launcher | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> Generator[Event, None, bool]:  # fmt: skip
    """Run a benchmark; its trainings are runs of their own, which name the study. `clock` tells seconds.

    `launcher` runs the trainings, as many at once as it has slots, and is closed at the end. Without one they happen
    where the `context` says, or one after the other in this process. Which it is changes
    nothing about a result: everything in a run follows from its recipe.

    Yields BenchmarkPlanned, CandidateStarted, CandidateEvaluated, CandidateLeftOut and, at the end, TestEvaluated, and
    progress. Returns False when it was stopped. DataError, ModelError and RecipeError are raised before the first
    event.
    """
    workspace = context.workspace
    held, candidates = checked(context.dataset, design, workspace)
    dataset = keep_version(context.dataset, held, workspace)
    one = _Benchmark(dataset, held, candidates, design, context, launcher, clock)
    try:
        return (yield from one.remembered())
    finally:
        one.launcher.close()


class _Benchmark:
    """A benchmark under way. `past` is what happened so far."""

    def __init__(
        self, dataset: Dataset, held: HeldBack, candidates: list[Candidate], design: BenchmarkDesign, context: Context,
        launcher: Launcher | None, clock: Callable[[], float],
    ) -> None:  # fmt: skip
        self.dataset, self.held, self.design, self.workspace = dataset, held, design, context.workspace
        self.id, self.stop, self.clock = context.kept.id, context.stop, clock
        self.launcher = launcher or context.launcher() or self._here(context)
        self.began = clock()
        self.reserved = test_seconds(dataset, held.n, {one.recipe.model for one in candidates}, self.workspace)
        self.schedule = Schedule(candidates, {})
        self.past: list[Event] = []

    def _here(self, context: Context) -> Launcher:
        return InProcess(lambda run: context.run_one(run, lambda: run.stop_requested() or self._over()))

    def remembered(self) -> Generator[Event, None, bool]:
        """The stream, of which everything but progress is kept in `past`."""
        stream = self._run()
        while True:
            try:
                event = next(stream)
            except StopIteration as end:
                complete: bool = end.value
                return complete
            if not isinstance(event, Progress):
                self.past.append(event)
            yield event

    @property
    def table(self) -> BenchmarkTable:
        return BenchmarkTable(self.design, self.past)

    @property
    def seconds(self) -> float:
        return round(self.clock() - self.began, 3)

    @property
    def left(self) -> float:
        """Seconds until all training must be over."""
        return self.design.budget - self.reserved - self.seconds

    @property
    def remaining(self) -> list[Candidate]:
        """The candidates that were not left out."""
        out = self.table.left_out
        return [one for one in self.schedule.candidates if one.number not in out]

    def _run(self) -> Generator[Event, None, bool]:
        ready = yield from _look_once(self.dataset, self.schedule.candidates, self.workspace, self.stop)
        if not ready:
            return False
        seconds, seeds = self.left * MARGIN * self.launcher.slots, self.design.all_seeds
        self.schedule = yield from schedule(
            self.dataset, self.held, self.schedule.candidates, seeds, seconds, self.workspace, self.seconds
        )
        for number, seed in enumerate(seeds):
            if number:
                has_room = yield from self._make_room(number)
                if not has_room:
                    break
            yield from self._round(number, seed)
            if self.stop():
                return False
            if number + 1 < self.design.seeds:
                yield from self._halve(number + 1)
        return (yield from self._evaluate_on_test())

    def _round(self, number: int, seed: int) -> Generator[Event, None, None]:
        """All under one seed. In the first round those that no longer fit are left out; later the round ends."""
        waiting, under_way = self.remaining, dict[str, tuple[RunFolder, Candidate, float]]()
        while waiting or under_way:
            while waiting and len(under_way) < self.launcher.slots and not self._over():
                candidate = waiting.pop(0)
                if self.schedule.expected[candidate.number] > self.left:
                    if number == 0:
                        yield self._leave_out(candidate, self._too_late(candidate))
                    continue
                run = self._create(candidate, seed)
                under_way[run.id] = run, candidate, self.seconds
                yield CandidateStarted(candidate.number, seed, run.id, self.seconds)
                self.launcher.start(run)
            if not under_way:
                break
            run, candidate, began = under_way.pop(self._wait_for_one([run for run, *_ in under_way.values()]).id)
            yield from self._evaluated(candidate, began, seed, run)
            yield self._how_far()

    def _wait_for_one(self, under_way: list[RunFolder]) -> RunFolder:
        """The first of them that ends; when time is up, or somebody stops the benchmark, all are asked to."""
        while True:
            if ended := next((run for run in under_way if not run.status().active), None):
                return ended
            if self._over():
                for run in under_way:
                    if not run.stop_requested():
                        self.launcher.stop(run)
            time.sleep(_LOOK)

    def _over(self) -> bool:
        return self.stop() or self.left <= 0

    def _create(self, candidate: Candidate, seed: int) -> RunFolder:
        title = f"{self.dataset.title} (seed {seed})"
        request = {"dataset": self.dataset.id, "recipe": candidate.under(seed).to_dict()}
        return RunFolder.create(self.workspace.runs, "train", title, {**request, "sealed": True, "study": self.id})

    def _evaluated(self, candidate: Candidate, began: float, seed: int, run: RunFolder) -> Generator[Event, None, None]:
        """What a run that ended says; nothing of one that was cut short, which is another thing than one that was
        not."""
        events = run.events()
        ended = ending(events)
        if ended is None or ended.reason in ("failed", "interrupted"):
            why = (ended.message if ended else NOTHING) or run.status().reason
            yield self._leave_out(candidate, sentences(Message("skipped: a run of it failed."), why))
        elif ended.reason == "completed" and ended.validation is None:
            yield self._leave_out(candidate, Message("skipped: there were no validation examples"))
        elif ended.reason != "completed" or ended.validation is None:
            # Stopped by hand, or since time was up: then a later seed merely does not count.
            if not self._over() or seed == self.design.seed:
                yield self._leave_out(candidate, Message("skipped: a run of it was stopped before its end"))
        else:
            took = round(self.seconds - began, 3)
            self.schedule.expected[candidate.number] = took
            started = next(event for event in events if isinstance(event, RunStarted))
            yield CandidateEvaluated(
                candidate.number, seed, run.id, ended.validation, started.n_train, took, _megabytes(run), self.seconds
            )

    def _how_far(self) -> Progress:
        found = self.table
        done = sum(map(len, found.evaluated.values()))
        still = sum(
            self.design.seeds - len(found.evaluated.get(one.number, {}))
            for one in self.schedule.candidates if one.number not in found.left_out
        )  # fmt: skip
        return Progress("ways", done, done + still)

    def _make_room(self, number: int) -> Generator[Event, None, bool]:
        """True if another round fits as a whole, so that like is compared with like.

        While there are too few seeds to tell chance by, the slowest are left out for it, though not the best so far.
        """
        while sum(self.schedule.expected[one.number] for one in self.remaining) / self.launcher.slots > self.left:
            if number >= FEWEST_SEEDS or len(self.remaining) <= _COMPARED:
                return False
            best = self.table.ranking[:1]
            others = [one for one in self.remaining if one.number not in best]
            slowest = max(others, key=lambda one: self.schedule.expected[one.number])
            yield self._leave_out(slowest, self._too_late(slowest))
        return bool(self.remaining)

    def _halve(self, rounds: int) -> Generator[Event, None, None]:
        """Of those that differ in what is searched only, the better half goes on (successive halving)."""
        scores = self.table.means()
        groups: dict[tuple[str, str], list[Candidate]] = {}
        for candidate in self.remaining:
            groups.setdefault(candidate.group, []).append(candidate)
        for group in groups.values():
            ranked = sorted(group, key=lambda one: (-scores.get(one.number, 0.0), one.number))
            for candidate in ranked[survivors(len(group)) :]:
                why = Message(
                    "skipped after {n} of the seeds: others that differ only in what is searched did better", n=rounds
                )
                yield self._leave_out(candidate, why)

    def _evaluate_on_test(self) -> Generator[Event, None, bool]:
        """The one that is recommended answers the test set, and the one that it has to be compared with."""
        choice = recommend(self.table)
        if not self.held.n or choice.run is None:
            return True
        yield Progress("final", 0, 1)
        seen_before = times_evaluated(self.dataset, self.workspace)
        for candidate, run_id in ((choice.candidate, choice.run), (choice.rival, choice.rival_run)):
            if run_id is None or candidate is None:
                continue
            run = RunFolder.find(run_id, self.workspace)
            found = yield from evaluate_on_test(run, candidate, self.dataset, self.workspace, self.stop, seen_before)
            if found is None:
                return False
            yield found
        return True

    def _leave_out(self, candidate: Candidate, why: Message) -> CandidateLeftOut:
        return CandidateLeftOut(candidate.number, why, self.seconds)

    def _too_late(self, candidate: Candidate) -> Message:
        takes, left = self.schedule.expected[candidate.number], max(0.0, self.left)
        return Message(
            "skipped: a run of it takes {takes:duration}, and {left:duration} were left", takes=takes, left=left
        )


def _look_once(
    dataset: Dataset, candidates: Sequence[Candidate], workspace: Workspace, stop: Stop
) -> Generator[Event, None, bool]:
    """What all candidates share is done once: time the models that never were, and let the pretrained ones see every
    example that is not held back. Yields progress; False when stopped on the way."""
    for model in dict.fromkeys(one.recipe.model for one in candidates):
        timed = is_timed(get_card(model, workspace), workspace)
        if not timed and (yield from measure(model, workspace, stop)) is None:
            return False
    pool = [i for i, example in enumerate(dataset.examples) if example.split != "test"]
    looks = dict.fromkeys((one.recipe.model, one.recipe.image_size) for one in candidates if looks_first(one.recipe))
    for model, size in looks:
        card = get_card(model, workspace)
        seen = yield from embed_dataset(
            dataset, card, partial(load_backbone, model, workspace), workspace,
            size or card.input_size, pool, stop,
        )  # fmt: skip
        if seen is None:
            return False
    return True


def _megabytes(run: RunFolder) -> float:
    """What the model of a run takes on the disk."""
    return round(sum(file.stat().st_size for file in run.path.glob("model.*")) / 1e6, 3)
