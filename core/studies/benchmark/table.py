"""A race's events folded into a leaderboard, as far as it has come. No torch here: pages use it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from statistics import fmean, median
from typing import Any

from core.evaluation.intervals import wilson
from core.evaluation.repeated_splits import Estimate, accuracy_over_repeats, difference_over_repeats
from core.events import EntrantJudged, EntrantLeftOut, EntrantStarted, Event, FinalJudged, RacePlanned
from core.studies.benchmark.candidates import Entrant
from core.studies.said import Said


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the leaderboard.

    `mean` accuracy over the seeds that count, with its 95 % `interval`: corrected for splits that share examples
    (Nadeau & Bengio 2003), Wilson's after a single seed, and none after two, which bound no mean. `lag`: how much
    less than the leader, seed by seed; None for the leader, and where there are too few seeds in common. `n` examples
    judge under each seed. `scores` has the accuracy under each seed that was judged. `took` is the median time of a
    run in seconds; `why` says why one was left out.
    """

    entrant: Entrant
    scores: dict[int, float] = field(default_factory=dict)
    mean: float | None = None
    interval: tuple[float, float] | None = None
    n: int = 0
    baseline: float = 0.0
    lag: Estimate | None = None
    took: float | None = None
    megabytes: float | None = None
    why: Said | None = None


class Standings:
    """Who was judged how under which seed, and what follows from it."""

    def __init__(self, events: Iterable[Event]) -> None:
        self.plan: RacePlanned | None = None
        self.entrants: dict[int, Entrant] = {}
        self.judged: dict[int, dict[int, EntrantJudged]] = {}
        self.running: dict[str, EntrantStarted] = {}
        self.left_out: dict[int, Said] = {}
        self.final: dict[int, FinalJudged] = {}
        self.seconds = 0.0
        for event in events:
            self._take(event)

    def _take(self, event: Event) -> None:
        match event:
            case RacePlanned():
                self.plan = event
                self.entrants = {one.number: one for one in map(Entrant.from_dict, event.entrants)}
                self.seconds = event.shared
            case EntrantStarted():
                self.running[event.run] = event
                self.seconds = event.seconds
            case EntrantJudged():
                self.judged.setdefault(event.entrant, {})[event.seed] = event
                self.running.pop(event.run, None)
                self.seconds = event.seconds
            case EntrantLeftOut():
                self.left_out[event.entrant] = Said(**event.why)
                self.running = {run: e for run, e in self.running.items() if e.entrant != event.entrant}
                self.seconds = event.seconds
            case FinalJudged():
                self.final[event.entrant] = event

    @property
    def contenders(self) -> list[int]:
        """Those that were judged and not left out."""
        return [number for number in self.entrants if number in self.judged and number not in self.left_out]

    @property
    def common(self) -> list[int]:
        """The seeds under which all contenders were judged: only these compare like with like."""
        if not self.contenders:
            return []
        return sorted(set.intersection(*(set(self.judged[number]) for number in self.contenders)))

    def counting(self, number: int) -> list[int]:
        """The seeds that count for an entrant: those in common, or, for one that was left out, its own."""
        own = sorted(self.judged.get(number, {}))
        return (self.common or own) if number in self.contenders else own

    def means(self) -> dict[int, float]:
        """The mean accuracy of everybody who was judged."""
        return {
            number: fmean(own[seed].validation.accuracy for seed in self.counting(number))
            for number, own in self.judged.items()
        }

    @property
    def ranking(self) -> list[int]:
        """Contenders, the best first; of equals the simpler one (they come in that order)."""
        means = self.means()
        return sorted(self.contenders, key=lambda number: (-round(means[number], 9), number))

    def rows(self) -> list[Row]:
        """The leaderboard: contenders, then those that were judged and left out, then the others."""
        means, ranking = self.means(), self.ranking
        out = sorted((n for n in self.left_out if n in means), key=lambda number: -means[number])
        others = [number for number in self.entrants if number not in {*ranking, *out}]
        return [self.row(number) for number in (*ranking, *out, *others)]

    def row(self, number: int) -> Row:
        """The line of one entrant."""
        entrant, own, why = self.entrants[number], self.judged.get(number, {}), self.left_out.get(number)
        if not own:
            return Row(entrant, why=why)
        counted = [own[seed] for seed in self.counting(number)]
        accuracies, n = [event.validation.accuracy for event in counted], counted[0].validation.n
        found = accuracy_over_repeats(accuracies, n, counted[0].n_train)
        interval = wilson(found.mean * n, n) if found.repeats == 1 else found.interval
        return Row(
            entrant, {seed: event.validation.accuracy for seed, event in sorted(own.items())}, found.mean, interval, n,
            fmean(event.validation.baseline for event in counted), self.lag(number),
            median(event.took for event in own.values()), median(event.megabytes for event in own.values()), why,
        )  # fmt: skip

    def lag(self, number: int) -> Estimate | None:
        """How much less often an entrant was right than the leader, on the seeds that both have."""
        leader = next(iter(self.ranking), None)
        return None if leader in (None, number) else self.difference(leader, number)

    def difference(self, number: int, other: int) -> Estimate | None:
        """How much more often `number` was right than `other`; None with fewer than two seeds in common, and without an
        interval for two."""
        mine, theirs = self.judged[number], self.judged[other]
        seeds = sorted(set(self.counting(number)) & set(self.counting(other)))
        if len(seeds) < 2:
            return None
        by_seed = [mine[seed].validation.accuracy - theirs[seed].validation.accuracy for seed in seeds]
        return difference_over_repeats(by_seed, mine[seeds[0]].validation.n, mine[seeds[0]].n_train)

    def to_dict(self) -> dict[str, Any]:
        """The leaderboard as plain data."""
        return {
            "standings": [_plain(place, row, self) for place, row in enumerate(self.rows(), 1)],
            "seeds": self.common, "seconds": self.seconds,
            "dataset": self.plan.dataset if self.plan else None, "n_test": self.plan.n_test if self.plan else 0,
        }  # fmt: skip


def _plain(place: int, row: Row, standings: Standings) -> dict[str, Any]:
    recipe, number = row.entrant.recipe, row.entrant.number
    return {
        "place": place if number in standings.contenders else None, "entrant": number, "model": recipe.model,
        "strategy": recipe.strategy, "chosen": row.entrant.chosen, "time_budget": recipe.time_budget,
        "mean": row.mean, "interval": row.interval, "n": row.n, "baseline": row.baseline,
        "scores": {str(seed): score for seed, score in row.scores.items()},
        "behind": None if row.lag is None else {"mean": row.lag.mean, "interval": row.lag.interval},
        "seconds": row.took, "megabytes": row.megabytes, "left_out": str(row.why) if row.why else "",
        "runs": [event.run for _, event in sorted(standings.judged.get(number, {}).items())],
    }  # fmt: skip
