"""Before the start of a race: what all entrants share is done once."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Sequence
from dataclasses import asdict, dataclass

from core.data.dataset import Dataset
from core.events import (
    EntrantJudged,
    EntrantLeftOut,
    EntrantStarted,
    Event,
    FinalJudged,
    Progress,
    RacePlanned,
    RunStarted,
)
from core.hardware import measured_speed
from core.messages import NOTHING
from core.models import catalogue as catalog
from core.runs.folder import RunFolder, ending
from core.studies.benchmark.candidates import Entrant, checked
from core.studies.benchmark.cost import MARGIN, costs_of, final_seconds, looks_first, share_out, survivors
from core.studies.benchmark.design import FEWEST_SEEDS, RaceDesign
from core.studies.benchmark.executor import Lanes
from core.studies.benchmark.findings import recommend
from core.studies.benchmark.table import Standings
from core.studies.benchmark.test_evaluation import HeldBack, keep_version, open_test, times_opened
from core.studies.said import Said
from core.workspace import Workspace


def look_once(
    dataset: Dataset, entrants: Sequence[Entrant], workspace: Workspace, stop: Callable[[], bool]
) -> Generator[Event, None, bool]:
    """Time the models that never were, and let the pretrained ones see every example that is not held back. Yields
    progress; False when stopped on the way."""
    # They need torch, which the page of a benchmark does not.
    from core.models.embeddings import embed_dataset
    from core.models.trained import load_backbone

    for model in dict.fromkeys(one.recipe.model for one in entrants):
        if measured_speed(workspace, model, "probe-full") is None:
            from core.training.engine.measure import measure

            if (yield from measure(model, workspace, stop)) is None:
                return False
    pool = [i for i, example in enumerate(dataset.examples) if example.split != "test"]
    looks = dict.fromkeys((one.recipe.model, one.recipe.image_size) for one in entrants if looks_first(one.recipe))
    for model, size in looks:
        card = catalog.get_card(model, workspace)
        seen = yield from embed_dataset(
            dataset, card, lambda model=model: load_backbone(model, workspace), workspace,
            size or card.input_size, pool, stop,
        )  # fmt: skip
        if seen is None:
            return False
    return True


# The start of a race: its time is shared out among all. No torch here: the page shows it beforehand.


@dataclass
class Grid:
    """Everybody at the start, with the times they were given, and the seconds that a run of each should take."""

    entrants: list[Entrant]
    expected: dict[int, float]


def line_up(
    dataset: Dataset, held: HeldBack, entrants: Sequence[Entrant], seeds: tuple[int, ...], seconds: float,
    workspace: Workspace, now: float,
) -> Generator[Event, None, Grid]:  # fmt: skip
    """Share `seconds` of training out among all, `now` seconds after the race began. Yields RacePlanned, and an
    EntrantLeftOut for each that does not fit."""
    costs = costs_of(entrants, len(seeds), dataset, workspace)
    assert costs is not None  # every model was timed
    shares = share_out(costs, seconds)
    grid = Grid([], {})
    for entrant, cost, share in zip(entrants, costs, shares, strict=True):
        shrunk = share is not None and share < cost.whole
        grid.entrants.append(entrant.within(share - cost.after) if shrunk else entrant)
        grid.expected[entrant.number] = share if shrunk else cost.whole
    racers = tuple(one.to_dict() for one in grid.entrants)
    yield RacePlanned(dataset.id, racers, seeds, held.n, asdict(held.says), now)
    for entrant, cost, share in zip(entrants, costs, shares, strict=True):
        if share is None:
            why = Said(_NO_ROOM, {"least": seconds_of(cost.least), "n": str(len(seeds))})
            yield EntrantLeftOut(entrant.number, asdict(why), now)
    return grid


def seconds_of(value: float) -> str:
    """ "48 s"."""
    return f"{max(1, round(value))}\u00a0s"


_NO_ROOM = (
    "left out: a run of it takes at least about {least} here, and {n} of them beside all others do not fit into the "
    "time of this race"
)


# `race(dataset, design)`: everybody trains under the same seeds, round by round, as a stream of events.

_COMPARED = 2
"""So many at least are left in for another round: one alone would be compared with nobody."""


def race(
    dataset: Dataset, design: RaceDesign, workspace: Workspace, lanes: Lanes, race_id: str,
    stop: Callable[[], bool] = lambda: False, clock: Callable[[], float] = time.monotonic,
) -> Generator[Event, None, bool]:  # fmt: skip
    """Run a race; its trainings are runs of their own, which name `race_id`. `clock` tells seconds.

    Yields RacePlanned, EntrantStarted, EntrantJudged, EntrantLeftOut and, at the end, FinalJudged, and progress.
    Returns False when it was stopped: what was judged before counts all the same. DataError, ModelError and RecipeError
    are raised before the first event.
    """
    held, entrants = checked(dataset, design, workspace)
    one = _Race(keep_version(dataset, held, workspace), held, entrants, design, workspace, lanes, race_id, stop, clock)
    stream = one.run()
    while True:
        try:
            event = next(stream)
        except StopIteration as end:
            return end.value
        if not isinstance(event, Progress):
            one.told.append(event)
        yield event


class _Race:
    """A race under way. `told` is what happened so far; `race` keeps it."""

    def __init__(
        self, dataset: Dataset, held: HeldBack, entrants: list[Entrant], design: RaceDesign, workspace: Workspace,
        lanes: Lanes, race_id: str, stop: Callable[[], bool], clock: Callable[[], float],
    ) -> None:  # fmt: skip
        self.dataset, self.held, self.design, self.workspace = dataset, held, design, workspace
        self.lanes, self.id, self.stop, self.clock = lanes, race_id, stop, clock
        self.began = clock()
        self.reserved = final_seconds(dataset, held.n, {one.recipe.model for one in entrants}, workspace)
        self.grid = Grid(entrants, {})
        self.told: list[Event] = []

    @property
    def seconds(self) -> float:
        return round(self.clock() - self.began, 3)

    @property
    def left(self) -> float:
        """Seconds until all training must be over."""
        return self.design.budget - self.reserved - self.seconds

    @property
    def racing(self) -> list[Entrant]:
        out = Standings(self.told).left_out
        return [one for one in self.grid.entrants if one.number not in out]

    def run(self) -> Generator[Event, None, bool]:
        ready = yield from look_once(self.dataset, self.grid.entrants, self.workspace, self.stop)
        if not ready:
            return False
        seconds = self.left * MARGIN * self.lanes.width
        self.grid = yield from line_up(
            self.dataset, self.held, self.grid.entrants, self.design.all_seeds, seconds, self.workspace, self.seconds
        )
        for number, seed in enumerate(self.design.all_seeds):
            if number:
                has_room = yield from self._make_room(number)
                if not has_room:
                    break
            yield from self._round(number, seed)
            if self.stop():
                return False
            if number + 1 < self.design.seeds:
                yield from self._halve(number + 1)
        return (yield from self._open_test())

    def _round(self, number: int, seed: int) -> Generator[Event, None, None]:
        """Everybody under one seed. In the first round those that no longer fit are left out; later the round ends."""
        waiting, under_way = self.racing, {}
        while waiting or under_way:
            while waiting and len(under_way) < self.lanes.width and not self._over():
                entrant = waiting.pop(0)
                if self.grid.expected[entrant.number] > self.left:
                    if number == 0:
                        yield self._leave_out(entrant, self._too_late(entrant))
                    continue
                run = self._create(entrant, seed)
                under_way[run.id] = entrant, self.seconds
                yield EntrantStarted(entrant.number, seed, run.id, self.seconds)
                self.lanes.start(run)
            if not under_way:
                break
            run = self.lanes.finished(self._over)
            yield from self._judged(*under_way.pop(run.id), seed, run)
            yield self._how_far()

    def _over(self) -> bool:
        return self.stop() or self.left <= 0

    def _create(self, entrant: Entrant, seed: int) -> RunFolder:
        title = f"{self.dataset.title} (race, seed {seed})"
        request = {"dataset": self.dataset.id, "recipe": entrant.under(seed).to_dict()}
        return RunFolder.create(self.workspace.runs, "train", title, {**request, "sealed": True, "race": self.id})

    def _judged(self, entrant: Entrant, began: float, seed: int, run: RunFolder) -> Generator[Event, None, None]:
        """What a run that ended says; nothing of one that was cut short, which is another thing than one that was
        not."""
        events = run.events()
        ended = ending(events)
        if ended is None or ended.reason == "failed":
            why = str((ended.message if ended else NOTHING) or run.status().reason)
            yield self._leave_out(entrant, Said(_FAILED, {"why": why}))
        elif ended.reason == "completed" and ended.validation is None:
            yield self._leave_out(entrant, Said(_UNJUDGED))
        elif ended.reason != "completed":  # by hand, or since time was up: then a later seed merely does not count
            if not self._over() or seed == self.design.seed:
                yield self._leave_out(entrant, Said(_CUT_SHORT))
        else:
            took = round(self.seconds - began, 3)
            self.grid.expected[entrant.number] = took
            started = next(event for event in events if isinstance(event, RunStarted))
            yield EntrantJudged(
                entrant.number, seed, run.id, ended.validation, started.n_train, took, _megabytes(run), self.seconds
            )

    def _how_far(self) -> Progress:
        found = Standings(self.told)
        done = sum(map(len, found.judged.values()))
        still = sum(
            self.design.seeds - len(found.judged.get(one.number, {}))
            for one in self.grid.entrants if one.number not in found.left_out
        )  # fmt: skip
        return Progress("ways", done, done + still)

    def _make_room(self, number: int) -> Generator[Event, None, bool]:
        """True if another round fits as a whole, so that like is compared with like.

        While there are too few seeds to tell luck by, the slowest are left out for it, though not the one in front.
        """
        while sum(self.grid.expected[one.number] for one in self.racing) / self.lanes.width > self.left:
            if number >= FEWEST_SEEDS or len(self.racing) <= _COMPARED:
                return False
            front = Standings(self.told).ranking[:1]
            others = [one for one in self.racing if one.number not in front]
            slowest = max(others, key=lambda one: self.grid.expected[one.number])
            yield self._leave_out(slowest, self._too_late(slowest))
        return bool(self.racing)

    def _halve(self, rounds: int) -> Generator[Event, None, None]:
        """Of those that differ in what is searched only, the better half goes on (successive halving)."""
        scores = Standings(self.told).means()
        groups: dict[tuple[str, str], list[Entrant]] = {}
        for entrant in self.racing:
            groups.setdefault(entrant.group, []).append(entrant)
        for group in groups.values():
            ranked = sorted(group, key=lambda one: (-scores.get(one.number, 0.0), one.number))
            for entrant in ranked[survivors(len(group)) :]:
                yield self._leave_out(entrant, Said(_HALVED, {"n": str(rounds)}))

    def _open_test(self) -> Generator[Event, None, bool]:
        """The final test of the one that is recommended, and of the one that it has to be compared with."""
        choice = recommend(Standings(self.told))
        if not self.held.n or choice.run is None:
            return True
        yield Progress("final", 0, 1)
        seen_before = times_opened(self.dataset, self.workspace)
        for entrant, run_id in ((choice.entrant, choice.run), (choice.rival, choice.rival_run)):
            if run_id is None or entrant is None:
                continue
            run = RunFolder.find(run_id, self.workspace)
            found: FinalJudged | None = yield from open_test(
                run, entrant, self.dataset, self.workspace, self.stop, seen_before
            )
            if found is None:
                return False
            yield found
        return True

    def _leave_out(self, entrant: Entrant, why: Said) -> EntrantLeftOut:
        return EntrantLeftOut(entrant.number, asdict(why), self.seconds)

    def _too_late(self, entrant: Entrant) -> Said:
        takes, left = seconds_of(self.grid.expected[entrant.number]), seconds_of(max(0.0, self.left))
        return Said(_TOO_LATE, {"takes": takes, "left": left})


def _megabytes(run: RunFolder) -> float:
    """What the model of a run takes on the disk."""
    return round(sum(file.stat().st_size for file in run.path.glob("model.*")) / 1e6, 3)


_TOO_LATE = "left out: a run of it takes about {takes}, and {left} were left"
_FAILED = "left out: a run of it failed. {why}"
_CUT_SHORT = "left out: a run of it was stopped before its end"
_UNJUDGED = "left out: nothing was held back to judge it by"
_HALVED = "left out after {n} of the seeds: others that differ only in what is searched did better"
