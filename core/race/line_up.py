"""The start of a race: its time is shared out among all. No torch here: the page shows it beforehand."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import asdict, dataclass

from core.data.dataset import Dataset
from core.events import EntrantLeftOut, Event, RacePlanned
from core.experiment.said import Said
from core.race.entrants import Entrant
from core.race.held_back import HeldBack
from core.race.timing import costs_of, share_out
from core.workspace import Workspace


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
